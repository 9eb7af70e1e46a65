"""The clock of one direction: reminder, confirmation due, last day (SVC-02)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from domain import events as e
from domain.decisions.direction import Order, alert
from domain.direction import DirectionState
from domain.notice_words import Situation
from domain.policy import Policy


@dataclass(frozen=True)
class DirectionDue:
    """An instant of a direction's clock."""

    at: datetime
    what: str


REMIND = "reminder to the provider"
ESCALATE = "confirmation is due"
GIVE_UP = "last day for this provider"


def next_due(state: DirectionState) -> DirectionDue | None:
    """Return what is due next while the provider has not had its last word."""
    return min(_all_due(state), key=lambda due: due.at, default=None)


def fire(
    due: DirectionDue, state: DirectionState, order: Order, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Return what happens at that instant."""
    return _AT[due.what](state, order, policy, now)


def _remind(
    state: DirectionState, order: Order, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Have the provider asked again; of a letter that nobody has posted yet, remind staff."""
    if state.to_post:
        return (e.ProviderReminded(), alert(order, policy, Situation.LETTER_TO_POST, now))
    return (e.ProviderReminded(),)


def _escalate(
    state: DirectionState, order: Order, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Tell staff: a silent provider is another matter than one that was never reached."""
    situation = Situation.PROVIDER_SILENT
    if state.to_post:
        situation = Situation.LETTER_TO_POST
    elif state.handed_over < 0:
        situation = Situation.DIRECTION_UNDELIVERABLE
    told = alert(order, policy, situation, now, due=state.confirm_by)
    return (e.ProviderEscalated(), told)


def _give_up(
    state: DirectionState, order: Order, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    return (e.ProviderGivenUp(),)


_Fire = Callable[[DirectionState, Order, Policy, datetime], tuple[e.Event, ...]]
_AT: Mapping[str, _Fire] = {REMIND: _remind, ESCALATE: _escalate, GIVE_UP: _give_up}


def _all_due(state: DirectionState) -> Iterator[DirectionDue]:
    if state.issued is None or state.over:
        return
    if not state.reminded:
        yield DirectionDue(state.issued.remind_at, REMIND)
    if not state.escalated:
        yield DirectionDue(state.issued.escalate_at, ESCALATE)
    yield DirectionDue(state.issued.give_up_at, GIVE_UP)
