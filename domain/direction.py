"""Where one provider's direction stands: a pure fold over its stream (SVC-02)."""

from datetime import date
from functools import singledispatch

from pydantic import AwareDatetime, Field

from domain import events as e
from domain import letterbook
from domain.letterbook import Letters
from domain.vocabulary import NoticeKind, ProviderStanding

LAST_WORDS = frozenset(
    {
        ProviderStanding.DONE,
        ProviderStanding.PARTLY,
        ProviderStanding.NOT_FOUND,
        ProviderStanding.REFUSED,
    }
)
"""Standings after which a provider has nothing more to say."""

_ATTEMPTS = {
    NoticeKind.PROVIDER_DIRECTION: "direction",
    NoticeKind.THIRD_PARTY_NOTICE: "direction",
    NoticeKind.PROVIDER_REMINDER: "reminder",
}


class DirectionState(e.Fact):
    """Everything about a direction that its workflow needs; nothing personal."""

    stream: str
    n: int = 0
    at: AwareDatetime | None = None
    issued: e.DirectionIssued | None = None
    issued_at: AwareDatetime | None = None
    handed_over: frozenset[str] = frozenset()
    undeliverable: str = ""
    letters: Letters = Field(default_factory=dict)
    inbox_seen: frozenset[int] = frozenset()
    standing: ProviderStanding = ProviderStanding.DIRECTED
    standing_at: AwareDatetime | None = None
    reminded: bool = False
    escalated: bool = False
    ended: bool = False

    def apply(self, recorded: e.Recorded) -> "DirectionState":
        """Return the state after one more event. Every event type is accepted."""
        changes = _fold(recorded.event, self, recorded)
        return self.model_copy(update={"n": recorded.n, "at": recorded.at, **changes})

    @property
    def waiting_letters(self) -> tuple[int, ...]:
        """Numbers of the letters that no mail server has accepted or refused yet."""
        return letterbook.waiting(self.letters)

    @property
    def confirm_by(self) -> date | None:
        """The day by which the provider is asked to confirm."""
        return self.issued.confirm_by if self.issued else None


Changes = dict[str, object]


@singledispatch
def _fold(event: e.Event, state: DirectionState, recorded: e.Recorded) -> Changes:
    """Return the fields that an event changes; events that are only remembered change none."""
    return {}


@_fold.register
def _(event: e.DirectionIssued, state: DirectionState, recorded: e.Recorded) -> Changes:
    return {"issued": event, "issued_at": recorded.at, "standing_at": recorded.at}


@_fold.register
def _(event: e.DirectionSent, state: DirectionState, recorded: e.Recorded) -> Changes:
    return {"handed_over": state.handed_over | {event.attempt}, "undeliverable": ""}


@_fold.register
def _(event: e.DirectionUndeliverable, state: DirectionState, recorded: e.Recorded) -> Changes:
    return {"undeliverable": event.reason}


@_fold.register
def _(event: e.NoticeRequested, state: DirectionState, recorded: e.Recorded) -> Changes:
    attempt = _ATTEMPTS.get(event.notice)
    handed_over = state.handed_over | ({attempt} if attempt else set())
    return {
        "letters": letterbook.requested(state.letters, event, recorded),
        "handed_over": handed_over,
    }


@_fold.register
def _(event: e.NoticeSent, state: DirectionState, recorded: e.Recorded) -> Changes:
    return {"letters": letterbook.sent(state.letters, event)}


@_fold.register
def _(event: e.NoticeRefused, state: DirectionState, recorded: e.Recorded) -> Changes:
    return {"letters": letterbook.refused(state.letters, event)}


@_fold.register
def _(event: e.MessageIgnored, state: DirectionState, recorded: e.Recorded) -> Changes:
    return {"inbox_seen": state.inbox_seen | {event.inbox}}


@_fold.register
def _(event: e.AcknowledgementRecorded, state: DirectionState, recorded: e.Recorded) -> Changes:
    return {
        "inbox_seen": state.inbox_seen | {event.inbox},
        "standing": event.standing,
        "standing_at": event.at,
    }


@_fold.register
def _(event: e.ProviderReminded, state: DirectionState, recorded: e.Recorded) -> Changes:
    return {"reminded": True}


@_fold.register
def _(event: e.ProviderEscalated, state: DirectionState, recorded: e.Recorded) -> Changes:
    return {"escalated": True}


@_fold.register
def _(event: e.DirectionEnded, state: DirectionState, recorded: e.Recorded) -> Changes:
    return {"ended": True, "standing": event.standing, "standing_at": recorded.at}
