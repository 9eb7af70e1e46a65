"""Messages that our own processes vouch for: sealed so that nobody else can have made them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Vouched(NamedTuple):
    """What one of our processes says to the workflow ``to``, and to no other."""

    to: str
    said: Mapping[str, Any]


class Message(NamedTuple):
    """What a signal says; ``vouched`` tells whether its content may be believed as it stands."""

    said: Mapping[str, Any]
    vouched: bool


def message_to(workflow_id: str, payloads: Sequence[Any]) -> Message | None:
    """Return what a signal says to a workflow; nothing when it is no message, or for another."""
    note = payloads[0] if len(payloads) == 1 else None
    if isinstance(note, Vouched):
        return Message(note.said, vouched=True) if note.to == workflow_id else None
    return Message(note, vouched=False) if isinstance(note, dict) else None
