"""The one kind of failure whose sentence staff may read in clear in Temporal."""

STAFF_INPUT = "StaffInput"
"""``ApplicationError`` type of a refusal: its message is a sentence of ours for staff, without
personal data, and is the only failure message that leaves the workers unencrypted."""
