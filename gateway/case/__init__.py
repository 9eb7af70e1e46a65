"""The case page: everything about one request that is personal, for signed-in staff."""
