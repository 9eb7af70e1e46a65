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

MANUAL = "manual"
"""The protocol of a provider that staff write to by post."""

_DIRECTIONS = frozenset(
    {
        NoticeKind.PROVIDER_DIRECTION,
        NoticeKind.THIRD_PARTY_NOTICE,
        NoticeKind.PROVIDER_REMINDER,
    }
)


class DirectionState(e.Fact):
    """Everything about a direction that its workflow needs; nothing personal.

    ``asked`` counts repetitions that are due: 0 for the direction itself, one more for each
    reminder; ``handed_over`` is the count that is known to have arrived, ``in_letters`` the count
    that a letter was asked for. A hand-over counts for all repetitions that were due by then.
    """

    stream: str
    n: int = 0
    at: AwareDatetime | None = None
    issued: e.DirectionIssued | None = None
    issued_at: AwareDatetime | None = None
    asked: int = 0
    handed_over: int = -1
    handed_over_at: AwareDatetime | None = None
    in_letters: int = -1
    to_post: bool = False
    delayed: str = ""
    undeliverable: str = ""
    letters: Letters = Field(default_factory=dict)
    inbox_seen: frozenset[int] = frozenset()
    standing: ProviderStanding = ProviderStanding.NOT_REACHED
    standing_at: AwareDatetime | None = None
    reason: str = ""
    sub_processors: tuple[str, ...] = ()
    copy_waits: int = 0
    copy_problem: str = ""
    reminded: bool = False
    escalated: bool = False
    given_up: bool = False
    closed: e.DirectionClosed | None = None
    ended: bool = False
    last_refusal: e.ActionRefused | None = None
    sender_differed: e.SenderDiffered | None = None

    def apply(self, recorded: e.Recorded) -> "DirectionState":
        """Return the state after one more event. Every event type is accepted."""
        changes = _fold(recorded.event, self, recorded)
        return self.model_copy(update={"n": recorded.n, "at": recorded.at, **changes})

    @property
    def waiting_letters(self) -> tuple[int, ...]:
        """Numbers of the letters to be sent; once it is over, a provider needs none any more."""
        waiting = letterbook.waiting(self.letters)
        over = self.over
        return tuple(n for n in waiting if not (over and self.letters[n].audience == "provider"))

    @property
    def over(self) -> bool:
        """Whether nothing more is awaited: the last word is there, or nobody waits for it."""
        answered = self.standing in LAST_WORDS and not self.copy_waits
        return answered or self.given_up or self.closed is not None

    @property
    def owed(self) -> int | None:
        """Which repetition is to be handed over now; none while a letter is on its way."""
        blocked = self.issued is None or self.over or bool(self.undeliverable)
        if blocked or self.in_letters > self.handed_over or self.handed_over >= self.asked:
            return None
        return 0 if self.handed_over < 0 else self.asked

    @property
    def copy_owed(self) -> bool:
        """Whether a returned copy is to be fetched now."""
        return bool(self.copy_waits) and not self.copy_problem and not self.over

    @property
    def confirm_by(self) -> date | None:
        """The day by which the provider is asked to confirm."""
        return self.issued.confirm_by if self.issued else None

    @property
    def by_post(self) -> bool:
        """Whether staff print and post its letters."""
        return self.issued is not None and self.issued.protocol == MANUAL

    @property
    def needs_action(self) -> str:
        """What staff must do next, as a short code for a saved view; empty when nothing waits."""
        if self.over:
            return ""
        if self.undeliverable or self.copy_problem:
            return "send_again"
        if self.to_post:
            return "record_posted"
        return "record_provider_answer" if self.escalated else ""

    @property
    def without_answer(self) -> ProviderStanding:
        """What it comes to when nobody waits any longer: never more than is known."""
        told = self.standing is ProviderStanding.DIRECTED
        return ProviderStanding.SILENT if told else self.standing


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
    return _handed_over(state, recorded)


@_fold.register
def _(event: e.DirectionDelayed, state: DirectionState, recorded: e.Recorded) -> Changes:
    return {"delayed": event.reason}


@_fold.register
def _(event: e.DirectionUndeliverable, state: DirectionState, recorded: e.Recorded) -> Changes:
    return {"undeliverable": event.reason, "delayed": ""}


@_fold.register
def _(event: e.SendingRetried, state: DirectionState, recorded: e.Recorded) -> Changes:
    changes: Changes = {"undeliverable": "", "copy_problem": "", "in_letters": state.handed_over}
    nothing_owed = state.handed_over >= state.asked and not state.copy_waits
    return {**changes, "asked": state.asked + 1} if nothing_owed else changes


@_fold.register
def _(event: e.NoticeRequested, state: DirectionState, recorded: e.Recorded) -> Changes:
    asked = {"in_letters": state.asked} if event.notice in _DIRECTIONS else {}
    return {"letters": letterbook.requested(state.letters, event, recorded), **asked}


@_fold.register
def _(event: e.NoticeSent, state: DirectionState, recorded: e.Recorded) -> Changes:
    changes: Changes = {"letters": letterbook.sent(state.letters, event)}
    if not _is_direction(state, event.letter):
        return changes
    if state.by_post:
        return {**changes, "to_post": True}
    return {**changes, **_handed_over(state, recorded)}


@_fold.register
def _(event: e.NoticeRefused, state: DirectionState, recorded: e.Recorded) -> Changes:
    return {"letters": letterbook.refused(state.letters, event)}


@_fold.register
def _(event: e.MessageIgnored, state: DirectionState, recorded: e.Recorded) -> Changes:
    return {"inbox_seen": state.inbox_seen | {event.inbox}}


@_fold.register
def _(event: e.AcknowledgementRecorded, state: DirectionState, recorded: e.Recorded) -> Changes:
    named = dict.fromkeys((*state.sub_processors, *event.sub_processors))
    # Whoever answers has what was sent, whatever became of our own call or letter.
    return _handed_over(state, recorded) | {
        "inbox_seen": state.inbox_seen | ({event.inbox} if event.inbox else set()),
        "standing": event.standing,
        "standing_at": event.at,
        "reason": event.reason,
        "sub_processors": tuple(named),
        "copy_waits": event.inbox if event.copy_waits else 0,
    }


@_fold.register
def _(event: e.CopyReceived, state: DirectionState, recorded: e.Recorded) -> Changes:
    return {"copy_waits": 0}


@_fold.register
def _(event: e.CopyNotReceived, state: DirectionState, recorded: e.Recorded) -> Changes:
    return {"copy_problem": event.reason}


@_fold.register
def _(event: e.ProviderReminded, state: DirectionState, recorded: e.Recorded) -> Changes:
    return {"reminded": True, "asked": state.asked + 1}


@_fold.register
def _(event: e.ProviderEscalated, state: DirectionState, recorded: e.Recorded) -> Changes:
    return {"escalated": True}


@_fold.register
def _(event: e.StaffActed, state: DirectionState, recorded: e.Recorded) -> Changes:
    return {"inbox_seen": state.inbox_seen | {event.inbox}}


@_fold.register
def _(event: e.ActionRefused, state: DirectionState, recorded: e.Recorded) -> Changes:
    return {"last_refusal": event}


@_fold.register
def _(event: e.SenderDiffered, state: DirectionState, recorded: e.Recorded) -> Changes:
    return {"sender_differed": event}


@_fold.register
def _(event: e.ProviderGivenUp, state: DirectionState, recorded: e.Recorded) -> Changes:
    return {"given_up": True}


@_fold.register
def _(event: e.DirectionClosed, state: DirectionState, recorded: e.Recorded) -> Changes:
    return {"closed": event}


@_fold.register
def _(event: e.DirectionEnded, state: DirectionState, recorded: e.Recorded) -> Changes:
    moved = {} if event.standing is state.standing else {"standing_at": recorded.at}
    return {"ended": True, "standing": event.standing, **moved}


def _is_direction(state: DirectionState, n: int) -> bool:
    letter = state.letters.get(n)
    return letter is not None and letter.notice in _DIRECTIONS


def _handed_over(state: DirectionState, recorded: e.Recorded) -> Changes:
    """Return what changes when the provider is known to have what was due by now."""
    changes: Changes = {
        "handed_over": state.asked,
        "handed_over_at": recorded.at,
        "to_post": False,
        "delayed": "",
        "undeliverable": "",
    }
    if state.standing is not ProviderStanding.NOT_REACHED:
        return changes
    return {**changes, "standing": ProviderStanding.DIRECTED, "standing_at": recorded.at}
