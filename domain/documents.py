"""Documents that somebody uploads for a request: what they are for, and which kinds are taken.

A document is judged by its first bytes, never by its name or by what the browser calls it. It is
kept as it came, encrypted; nothing of ours opens it.
"""

from enum import StrEnum

DOCUMENT_SENT = "document_sent"
"""Kind of the inbox row whose evidence is the document."""

DELIVERY_CHOSEN = "delivery_chosen"
"""Kind of the inbox row by which the consumer says how a copy of the data is to come."""


class DocumentPurpose(StrEnum):
    """What a document is to show."""

    PERMISSION = "permission"
    POWER_OF_ATTORNEY = "power_of_attorney"
    PARENT = "parent"
    CONSERVATOR = "conservator"
    REGISTRATION = "registration"
    CORRECTION = "correction"
    OTHER = "other"


AUTHORITY = frozenset(
    {
        DocumentPurpose.PERMISSION,
        DocumentPurpose.POWER_OF_ATTORNEY,
        DocumentPurpose.PARENT,
        DocumentPurpose.CONSERVATOR,
        DocumentPurpose.REGISTRATION,
    }
)
"""Documents that show that somebody may ask for another (AGT-01 to AGT-04, MIN-05)."""


FOR_PROOF_ALONE = f"{DOCUMENT_SENT}:{DocumentPurpose.OTHER}"
"""Documents that the record does not need: they go soon after the close (VER-02, REC-02)."""


class Delivery(StrEnum):
    """How a copy of the data comes: to be downloaded, or on paper by post (NOT-07)."""

    ONLINE = "online"
    POST = "post"


_SIGNATURES: dict[str, bytes] = {
    "application/pdf": b"%PDF-",
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
}


def media_type_of(content: bytes) -> str | None:
    """Return what a document is by its first bytes; ``None`` for a kind that is not taken."""
    return next((kind for kind, mark in _SIGNATURES.items() if content.startswith(mark)), None)
