"""What staff may do to a direction, and the sentence they read when they may not."""

from datetime import datetime

from domain import direction_messages as messages
from domain import events as e
from domain.decisions.direction import Order, answered, is_news
from domain.decisions.guarded import guarded
from domain.direction import DirectionState
from domain.policy import Policy
from domain.refusals import Refused
from domain.vocabulary import ProviderStanding

_REASONED = frozenset({ProviderStanding.PARTLY, ProviderStanding.REFUSED})

BY_STAFF = "entered by staff"
"""How an answer was verified that staff entered."""


def _must_be_open(state: DirectionState, *_: object) -> None:
    if state.issued is None:
        raise Refused("The direction is still being opened. Try again in a moment.")
    if state.over:
        raise Refused(f"This direction has ended: {state.standing}. Nothing can change it here.")


@guarded(_must_be_open)
def record_provider_answer(
    state: DirectionState,
    message: messages.RecordProviderAnswer,
    order: Order,
    policy: Policy,
    now: datetime,
) -> tuple[e.Event, ...]:
    """Take an answer that staff have on paper or by telephone (SVC-02)."""
    standing = ProviderStanding(message.answer)
    if not is_news(state, standing):
        raise Refused(f"The provider's standing is {state.standing} already; nothing changes.")
    if standing in _REASONED and message.reason is None:
        raise Refused('Something stays at the provider; say why, for example "legal_obligation".')
    if standing not in _REASONED and message.reason is not None:
        raise Refused('A reason goes with "partly" and "refused" only; leave it out.')
    word = e.AcknowledgementRecorded(
        standing=standing,
        at=now,
        scheme=BY_STAFF,
        reason=message.reason or "",
        actor=message.actor,
    )
    return answered(word, order, policy, now)


@guarded(_must_be_open)
def close_direction(
    state: DirectionState,
    message: messages.CloseDirection,
    order: Order,
    policy: Policy,
    now: datetime,
) -> tuple[e.Event, ...]:
    """Stop waiting. The consumer's letter says no more than the provider itself has said."""
    closed = e.DirectionClosed(actor=message.actor, reason=message.reason)
    return (closed,)


def _must_be_sendable(state: DirectionState, *_: object) -> None:
    _must_be_open(state)
    if state.to_post:
        raise Refused("The letter waits to be posted. Post it, then send record_posted.")
    if any(state.letters[n].audience == "provider" for n in state.waiting_letters):
        raise Refused("A letter is just being handed to the mail server. Try again in a moment.")
    if state.owed is not None:
        raise Refused("The direction is being sent just now and is tried until it arrives.")
    if state.copy_owed:
        raise Refused("The copy is being fetched just now and is tried until it is here.")


@guarded(_must_be_sendable)
def send_again(
    state: DirectionState,
    message: messages.SendAgain,
    order: Order,
    policy: Policy,
    now: datetime,
) -> tuple[e.Event, ...]:
    """Send once more what was refused, or remind; or fetch a copy once more."""
    return (e.SendingRetried(actor=message.actor),)


def _must_wait_to_be_posted(state: DirectionState, *_: object) -> None:
    _must_be_open(state)
    if not state.to_post:
        raise Refused("No printed letter waits to be posted here; there is nothing to record.")


@guarded(_must_wait_to_be_posted)
def record_posted(
    state: DirectionState,
    message: messages.RecordPosted,
    order: Order,
    policy: Policy,
    now: datetime,
) -> tuple[e.Event, ...]:
    """Say that the letter is on its way by post; from now on the provider counts as told."""
    repeat = max(state.in_letters, 0)
    return (e.DirectionSent(repeat=repeat, actor=message.actor),)
