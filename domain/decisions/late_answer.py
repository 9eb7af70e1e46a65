"""An answer that came too late for the consumer's letter: who has to hear of it."""

from datetime import datetime

from domain import events as e
from domain import messages
from domain.decisions import letters, posting
from domain.decisions.direction import Order, alert
from domain.decisions.guarded import guarded
from domain.direction import LAST_WORDS
from domain.late_answer import LateAnswerState
from domain.notice_words import Situation
from domain.policy import Policy
from domain.request_parts import ProviderView
from domain.state import RequestState
from domain.vocabulary import NoticeKind, ProviderStanding

_TELL_OF_PROVIDERS = frozenset(
    {
        NoticeKind.PARTIAL_OUTCOME,
        NoticeKind.DELETION_COMPLETE,
        NoticeKind.CORRECTION_RESULT,
    }
)
"""Answers that say what each provider has confirmed."""


def is_news(standing: ProviderStanding, ended_as: ProviderStanding) -> bool:
    """Tell whether a late answer can change what the consumer was told."""
    return standing in LAST_WORDS and ended_as not in LAST_WORDS


def contradicts(standing: ProviderStanding, ended_as: ProviderStanding) -> bool:
    """Tell whether a provider takes its own last word back; the first one stands."""
    return standing in LAST_WORDS and ended_as in LAST_WORDS and standing is not ended_as


def told(request: RequestState, provider: str) -> ProviderStanding | None:
    """Return what the last letter to the consumer says of a provider; none if it names nobody."""
    answer = request.letters.get(request.outcome_letter or 0)
    if answer is None or answer.notice not in _TELL_OF_PROVIDERS:
        return None
    return request.told.get(provider)


def tells_itself(request: RequestState, provider: str, standing: ProviderStanding) -> bool:
    """Tell whether an open request knows a late answer and has yet to write about it."""
    view = (request.providers or {}).get(provider)
    writes = not request.closed and request.letter_of(NoticeKind.SUPPLEMENT) is None
    return writes and view is not None and view.standing is standing


def compared(
    order: Order,
    standing: ProviderStanding,
    ended_as: ProviderStanding,
    policy: Policy,
    now: datetime,
    request: RequestState | None = None,
) -> tuple[e.Event, ...]:
    """Return what a late answer comes to; ``request`` is there when it is news.

    The consumer gets S-01 where the last letter said "not yet confirmed"; staff hear of a refusal
    and of a contradiction.
    """
    was_told = told(request, order.provider) if request else None
    seen = e.LateAnswerCompared(provider=order.provider, standing=standing, told=was_told)
    if contradicts(standing, ended_as):
        return (seen, alert(order, policy, Situation.PROVIDER_CONTRADICTS, now))
    if not is_news(standing, ended_as):
        return (seen,)
    refuses = standing is ProviderStanding.REFUSED
    staff = (alert(order, policy, Situation.PROVIDER_REFUSED, now),) if refuses else ()
    if request is None or was_told is None or was_told in LAST_WORDS:
        return (seen, *staff)
    return (seen, *staff, _supplement(request, order, standing, policy, now))


def letter_queued(order: Order, letter: int, policy: Policy, now: datetime) -> tuple[e.Event, ...]:
    """Note that the supplement is printed and not posted yet, and have staff post it (NOT-07)."""
    return (e.LetterQueued(letter=letter), alert(order, policy, Situation.LETTER_ON_PAPER, now))


def _must_have_a_letter_to_post(state: LateAnswerState, *_: object) -> None:
    posting.must_have_a_letter_to_post(state.letters)


@guarded(_must_have_a_letter_to_post)
def letter_posted(
    state: LateAnswerState, message: messages.LetterPosted, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Take the day on which staff posted the supplement: that is when it was sent (NOT-07)."""
    posted, at = posting.posted(state.letters, message, policy, now)
    return (posted, e.NoticeSent(letter=message.letter, accepted_at=at))


def _supplement(
    request: RequestState,
    order: Order,
    standing: ProviderStanding,
    policy: Policy,
    now: datetime,
) -> e.NoticeRequested:
    """Ask for S-01 about this provider, beside those that are open still."""
    known = request.providers or {}
    still_open = {
        key: view.model_copy(update={"at": None})
        for key, view in known.items()
        if key != order.provider and view.standing not in LAST_WORDS
    }
    word = ProviderView(name=order.name, standing=standing, at=now, final=True)
    shown = request.model_copy(update={"providers": {order.provider: word, **still_open}})
    facts = letters.supplement(shown, policy, now)
    return e.NoticeRequested(notice=NoticeKind.SUPPLEMENT, facts=facts)
