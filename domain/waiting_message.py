"""The note that a message from outside waits in the inbox: ``{"row": 17}`` (design, 4b)."""

from collections.abc import Sequence
from typing import Any

LAST_ROW = 2**63 - 1
"""The largest number that a row can have."""


def row_of(payloads: Sequence[Any]) -> int | None:
    """Return the row that a signal names, or ``None`` when it names nothing that can be a row."""
    note = payloads[0] if len(payloads) == 1 else None
    row = note.get("row") if isinstance(note, dict) else None
    if not isinstance(row, int) or isinstance(row, bool):
        return None
    return row if 0 < row <= LAST_ROW else None
