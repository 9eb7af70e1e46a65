"""Actions of people signed in at the case page: the gateway's inbox row says who it was.

Whoever names that row to the workflow adds nothing to it: in the Web UI, too, it would carry out
what the signed-in person asked for, once.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from pydantic import field_serializer

from domain import events as e
from domain.entitlement import Sender
from domain.refusals import Refused
from domain.vocabulary import Role
from domain.waiting_message import row_number

KIND = "staff_acted"
"""The inbox's kind of such a row."""

NAMED_BY = "signed_in"
"""The only field of an update that names a row instead of saying what to do."""

Decide = Callable[[str, Sequence[Any], Sender], tuple[e.Event, ...]]


class SignedInAction(e.Fact):
    """What a row says: the action, its input, and the roles of whoever sent it."""

    action: str
    input: dict[str, Any]
    roles: frozenset[Role]
    known: Literal["self-asserted", "authenticated"] = "authenticated"
    """Of whom the command line takes an action by a row, only what they say is known."""

    @field_serializer("roles")
    def _in_order(self, roles: frozenset[Role]) -> list[Role]:
        return sorted(roles)

    @property
    def actor(self) -> e.Actor:
        """Who sent it."""
        return e.Actor(id=self.input["decided_by"], known=self.known)


def self_asserted(action: str, staff_id: str) -> SignedInAction:
    """Return an action that the command line takes: nobody signed in, so no role came with it."""
    return SignedInAction(
        action=action, input={"decided_by": staff_id}, roles=frozenset(), known="self-asserted"
    )


def reference(row: int) -> dict[str, int]:
    """Return the input of an update that stands for a row."""
    return {NAMED_BY: row}


def referred_row(payloads: Sequence[Any]) -> int | None:
    """Return the row that an update stands for, or ``None`` where it says itself what to do."""
    sent = payloads[0] if len(payloads) == 1 else None
    if not isinstance(sent, dict) or [*sent] != [NAMED_BY]:
        return None
    return row_number(sent[NAMED_BY])


def carried_out(row: int, facts: Mapping[str, Any], decide: Decide) -> tuple[e.Event, ...]:
    """Return the events of a row: that it was sent, and what it comes to or why not."""
    sent = SignedInAction.model_validate(facts)
    acted = e.StaffActed(inbox=row, action=sent.action, actor=sent.actor)
    sender = Sender(known=sent.known, roles=sent.roles, row=row)
    try:
        return (acted, *decide(sent.action, [sent.input], sender))
    except Refused as refused:
        return (acted, e.ActionRefused(action=sent.action, refusal=refused.sentence))


def refusal_in(events: Sequence[e.Event]) -> str | None:
    """Return the sentence by which a row was refused, if it was."""
    refused = [event.refusal for event in events if isinstance(event, e.ActionRefused)]
    return refused[0] if refused else None
