"""Who sent a signal, by what Temporal wrote down of it.

Two things may stand beside a signal in the history: the *identity*, free text that any client may
set, and the *principal*, whom the server itself authenticated. Programs set identities that name
nobody; those say nothing. Nothing of either is kept but a staff id.
"""

import re

from domain import events as e
from domain.entitlement import Sender

SOMEBODY_ELSE = "somebody-else"
"""Stands for a principal that is no staff id of ours; what it says stays in Temporal's history."""

_STAFF_ID = re.compile(r"[a-z0-9._-]{1,40}")
_PROCESS = re.compile(r"\d+@.*", re.DOTALL)
_COMMAND_LINE = "temporal-cli:"


class SentBy(e.Fact):
    """The staff ids that a history gives for a signal; empty where it gives none."""

    stated: str = ""
    proven: str = ""

    @property
    def who(self) -> e.Actor | None:
        """Whoever is known best, if anybody is."""
        if self.proven:
            return e.Actor(id=self.proven, known="authenticated")
        return e.Actor(id=self.stated, known="stated by client") if self.stated else None


def sent_by(identity: str, principal: str, domain: str) -> SentBy:
    """Read the two texts; ``domain`` is that of the addresses by which staff sign in."""
    return SentBy(stated=_stated(identity), proven=_proven(principal, domain))


def sender(sent: SentBy, decided_by: str) -> Sender:
    """Return how well whoever a message names is known: by the history only if it names the same.

    The server knows a principal's name and not the role, so the sender has none.
    """
    who = sent.who
    known = who is not None and who.id == decided_by.casefold()
    return Sender(known=who.known) if who and known else Sender()


def differing(sent: SentBy, action: str, decided_by: str) -> tuple[e.SenderDiffered, ...]:
    """Return the event that a message names another than its sender, where it does."""
    who = sent.who
    if who is None or who.id == decided_by.casefold():
        return ()
    return (e.SenderDiffered(action=action, actor=e.Actor(id=decided_by), sent_by=who),)


def in_words(event: e.SenderDiffered) -> str:
    """Say it to staff."""
    how = "signed in at Temporal" if event.sent_by.known == "authenticated" else "by its client"
    return (
        f"A signal `{event.action}` came in the name of {event.actor.id}; "
        f"who sent it is {event.sent_by.id}, {how}. Ask both of them."
    )


def _stated(identity: str) -> str:
    """Return whom an identity names: an address without its domain, or the user of a computer."""
    said = identity.removeprefix(_COMMAND_LINE).casefold()
    local = said.partition("@")[0]
    return local if not _PROCESS.fullmatch(said) and _STAFF_ID.fullmatch(local) else ""


def _proven(principal: str, domain: str) -> str:
    local, at, of = principal.casefold().partition("@")
    if not principal:
        return ""
    ours = not at or of == domain.casefold()
    return local if ours and _STAFF_ID.fullmatch(local) else SOMEBODY_ELSE
