"""The note that a message from outside waits in the inbox: ``{"row": 17}``."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from domain.vouched import message_to

LAST_ROW = 2**63 - 1
"""The largest number that a row can have."""


class Waiting(NamedTuple):
    """A row of the inbox; ``item`` is its content where one of our processes vouches for it."""

    row: int
    item: Mapping[str, Any] | None = None


def waiting(stream: str, payloads: Sequence[Any]) -> Waiting | None:
    """Return what a signal says that waits, or ``None`` when it names nothing that can be a row.

    Anybody who reaches Temporal can signal. So content counts only where it is vouched for; of
    any other signal the row alone does, and is read.
    """
    message = message_to(stream, payloads)
    row = row_number(message.said.get("row")) if message else None
    if message is None or row is None:
        return None
    item = message.said.get("item") if message.vouched else None
    return Waiting(row, item if isinstance(item, dict) else None)


def row_number(named: object) -> int | None:
    """Return what can be the number of a row."""
    if not isinstance(named, int) or isinstance(named, bool):
        return None
    return named if 0 < named <= LAST_ROW else None
