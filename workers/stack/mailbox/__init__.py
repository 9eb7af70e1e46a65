"""A mail server that keeps what it is given and shows it on a page: everybody's inbox at once."""
