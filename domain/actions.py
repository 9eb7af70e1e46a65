"""What staff can do to a request: the table of its actions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from domain import messages
from domain.action_table import Action, ActionTable
from domain.citation import EXAMPLE
from domain.decisions import correspondence, incident, merging, reissue, review, staff, undoing
from domain.entitlement import (
    SOMEBODY,
    Sender,
    agreed,
    decides_on_health,
    must_be_entitled,
    sent_by,
)
from domain.events import Event
from domain.handling_actions import HANDLING
from domain.messages import Message
from domain.policy import Policy
from domain.refusals import Refused
from domain.state import RequestState

ACTIONS = ActionTable(
    Action(
        "approve",
        messages.Approve,
        staff.approve,
        "Grant the request. Name every ground under which something is kept.",
        {"decided_by": "s.lee", "confirm_grounds": ["EX8"]},
        irreversible=True,
    ),
    Action(
        "approve_in_part",
        messages.ApproveInPart,
        staff.approve_in_part,
        "Grant the request, and keep a collection under a ground that the data map does not name.",
        {
            "decided_by": "s.lee",
            "confirm_grounds": ["EX8"],
            "keep": [{"collection": "shop.orders", "ground": "EX1"}],
        },
        irreversible=True,
        in_approvals="approve",
    ),
    Action(
        "deny",
        messages.Deny,
        staff.deny,
        "Refuse the request for a coded reason; its sentence stands in the letter.",
        {"decided_by": "s.lee", "reason": "conflict_with_law", "law": EXAMPLE},
        irreversible=True,
    ),
    Action(
        "extend_deadline",
        messages.ExtendDeadline,
        staff.extend_deadline,
        "Take more days, once; the consumer is told in writing before the due date.",
        {"decided_by": "s.lee", "reason": "complex_systems"},
    ),
    Action(
        "withdraw",
        messages.Withdraw,
        staff.withdraw,
        "Record that the consumer took the request back.",
        {"decided_by": "s.lee"},
    ),
    Action(
        "accept_authority",
        messages.AcceptAuthority,
        staff.accept_authority,
        "Say that the agent, parent or conservator may ask, and what the proof shows.",
        {"decided_by": "s.lee", "form": "signed_permission", "seen": ["registration"]},
    ),
    Action(
        "refuse_authority",
        messages.RefuseAuthority,
        staff.refuse_authority,
        "Turn a proof of authority down and ask for a better one.",
        {"decided_by": "s.lee", "reason": "not_signed"},
    ),
    Action(
        "establish_age",
        messages.EstablishAge,
        staff.establish_age,
        "Record how a young person's age was established.",
        {"decided_by": "s.lee", "method": "parent_called"},
        in_approvals="confirm_age",
    ),
    Action(
        "quote_fee",
        messages.QuoteFee,
        staff.quote_fee,
        "Send an estimate; nothing is done until the consumer accepts it.",
        {"decided_by": "s.lee", "work_minutes": 90},
    ),
    Action(
        "review_items",
        messages.ReviewItems,
        review.review_items,
        "Withhold, redact or release items of the package; easier on the case page.",
        {
            "decided_by": "s.lee",
            "decisions": [
                {"item": "shop.orders/3/note", "action": "withhold", "reason": "OTHER_PERSON"}
            ],
        },
    ),
    Action(
        "rebuild_report",
        messages.RebuildReport,
        review.rebuild_report,
        "Build the package anew by what the review decided.",
        {"decided_by": "s.lee"},
    ),
    Action(
        "release_report",
        messages.ReleaseReport,
        review.release_report,
        "Let the package go out, after looking it through.",
        {"decided_by": "s.lee"},
        irreversible=True,
    ),
    Action(
        "refuse_excess",
        messages.RefuseExcess,
        staff.refuse_excess,
        "Refuse a request to know that is one too many in twelve months.",
        {"decided_by": "s.lee"},
        irreversible=True,
    ),
    Action(
        "mark_duplicate",
        messages.MarkDuplicate,
        merging.mark_duplicate,
        "Say that the same person asked the same before, in a request that is still open. Both "
        "must be verified. This one closes; its letter says which answer answers both, and when.",
        {"decided_by": "s.lee", "duplicate_of": "PR-4106-105S"},
        irreversible=True,
    ),
    Action(
        "reissue_package",
        messages.ReissuePackage,
        reissue.reissue_package,
        "Send a new link to a package that stands; the links before it open nothing any more.",
        {"decided_by": "s.lee"},
    ),
    Action(
        "restore",
        messages.Restore,
        undoing.restore,
        "Have a wrong deletion undone while its journal stands; a second person must ask it too.",
        {"decided_by": "s.lee", "reason": "wrong_person"},
        in_approvals="undo_erasure",
    ),
    Action(
        "letter_posted",
        messages.LetterPosted,
        correspondence.letter_posted,
        "Say on which day a letter on paper was posted; that is when it counts as sent.",
        {"decided_by": "s.lee", "letter": 2, "posted_on": "2026-11-23"},
        in_approvals="record_posting",
    ),
    Action(
        "messages_read",
        messages.MessagesRead,
        correspondence.messages_read,
        "Say that the consumer's messages were read, and dealt with where that was needed.",
        {"decided_by": "s.lee"},
    ),
    *HANDLING,
    Action(
        "retry_step",
        messages.RetryStep,
        staff.retry_step,
        "Try the parked step again, after its cause was mended.",
        {"decided_by": "s.lee"},
    ),
)

CLOSED = (
    "This request is closed. Run privacy incident if something of it reached the wrong person, "
    "which freezes it and tells counsel; or privacy request reopen where it was not granted."
)


def decide(
    name: str,
    payloads: Sequence[Any],
    state: RequestState,
    policy: Policy,
    now: datetime,
    sender: Sender = SOMEBODY,
) -> tuple[Event, ...]:
    """Return the events that an action causes.

    Raises:
        Refused: the action is unknown, unreadable, unlawful or pointless in this state, or the
            policy asks for somebody else, or better known.
    """
    action, message = ACTIONS.read(name, payloads)
    _must_be_reachable(state, action)
    events = _caused(action, message, state, policy, now, sender)
    must_be_entitled(policy, state, action, sender)
    agreed_on = agreed(policy, state, action, message, events)
    return sent_by(sender, agreed_on, on_health=decides_on_health(policy, state, sender))


def must_be_complete(name: str, payloads: Sequence[Any]) -> None:
    """Refuse what comes in without all that its letter has to say; asked beside ``decide``.

    Not part of it, since what was decided by an earlier release is decided again at a replay.

    Raises:
        Refused: it lacks something; says what.
    """
    message = ACTIONS.read(name, payloads)[1]
    if isinstance(message, messages.Deny):
        staff.must_name_the_law(message)


def is_open(action: Action, state: RequestState, policy: Policy, now: datetime) -> bool:
    """Tell whether ``decide`` would take some input of an action now, from whoever may send it."""
    try:
        _must_be_reachable(state, action)
    except Refused:
        return False
    return action.decide.is_open(state, policy, now)


def _must_be_reachable(state: RequestState, action: Action) -> None:
    if state.closed:
        raise Refused(CLOSED)
    incident.must_be_possible(state, action.name)


def _caused(
    action: Action,
    message: Message,
    state: RequestState,
    policy: Policy,
    now: datetime,
    sender: Sender,
) -> tuple[Event, ...]:
    """Decide; what an action needs that is personal stands in the row that it came by."""
    if not action.personal:
        return action.decide(state, message, policy, now)
    if sender.row is None:
        raise Refused(
            f"{action.name} needs something personal ({action.personal}), which is never sent "
            "from here. Enter it on the case page, or on the command line."
        )
    return action.decide(state, message, policy, now, row=sender.row)
