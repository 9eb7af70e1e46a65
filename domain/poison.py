"""A message that cannot be read: it is put aside with a reason, and holds nothing else up."""

UNREADABLE = (KeyError, TypeError, ValueError)
"""What reading a message raises whose facts are not what its kind says; never a refusal."""


def reason_of(fault: Exception) -> str:
    """Name the kind of a fault; what it says may quote the message."""
    return f"unreadable_{type(fault).__name__}"
