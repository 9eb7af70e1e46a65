"""A misdelivery: the request is frozen until staff release it, and says so to whoever asks."""

from datetime import datetime

from domain import events as e
from domain import handling_messages as messages
from domain.decisions import letters
from domain.decisions.guarded import always, guarded
from domain.notice_words import Situation
from domain.policy import Policy
from domain.refusals import Refused
from domain.state import RequestState

OF_THE_INCIDENT = frozenset(
    {
        "unfreeze",
        "correct_contact",
        "revoke_delivery",
        "place_hold",
        "release_hold",
        "reassign",
        "messages_read",
    }
)
"""What staff may do while a request is frozen: what finds the cause, mends it, and ends it."""

FROZEN = (
    "This request is frozen, because something of it reached the wrong person. Nothing leaves and "
    "nothing is decided until staff find the cause and send unfreeze. "
    f"Meanwhile these are taken: {', '.join(sorted(OF_THE_INCIDENT))}."
)


def must_be_possible(state: RequestState, action: str) -> None:
    """Refuse every action of a frozen request but those of the incident. Raises ``Refused``."""
    if state.frozen is not None and action not in OF_THE_INCIDENT:
        raise Refused(FROZEN)


@guarded(always)
def freeze(
    state: RequestState, message: messages.Freeze, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Stop everything that could leave, and open the task to counsel; the clock runs on."""
    task = letters.staff_alert(state, policy, Situation.MISDELIVERY, now, due=state.respond_by)
    return (e.RequestFrozen(actor=message.actor), task)


def late_task(state: RequestState, policy: Policy, now: datetime) -> e.NoticeRequested:
    """Open the task to counsel for a request that is closed and has no clock any more."""
    return letters.staff_alert(state, policy, Situation.MISDELIVERY_AFTER_CLOSE, now)


def _must_be_frozen(state: RequestState, *_: object) -> None:
    if state.frozen is None:
        raise Refused("This request is not frozen.")


@guarded(_must_be_frozen)
def unfreeze(
    state: RequestState, message: messages.Unfreeze, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Let the request go on, its held letters sent or dropped as staff choose."""
    actor = message.actor
    return (e.RequestUnfrozen(actor=actor, reason=message.reason, letters=message.letters),)
