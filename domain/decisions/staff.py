"""What staff may decide, and the sentence they read when they may not (design, 4a)."""

from datetime import datetime

from domain import clocks, messages
from domain import events as e
from domain.decisions import letters
from domain.extension import RefusalCode
from domain.policy import Policy
from domain.refusals import Refused
from domain.state import RequestState
from domain.vocabulary import Decision, NoticeKind

EXTENSION_REFUSALS = {
    RefusalCode.TYPE_NOT_EXTENDABLE: "The law gives no extension for this kind of request.",
    RefusalCode.ALREADY_ANSWERED: "This request is answered already; its clock has stopped.",
    RefusalCode.ALREADY_EXTENDED: "This request was extended once; there is no second time.",
    RefusalCode.NO_REASON: "An extension needs a reason.",
    RefusalCode.DAYS_OUT_OF_RANGE: "Choose from 1 to {longest} days; the law allows no more.",
    RefusalCode.NOTICE_LATE: "The last day for an extension has passed. Answer now.",
}


def approve(
    state: RequestState, message: messages.Approve, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Grant the request, once the identity is verified and retentions are confirmed (DEL-01)."""
    _must_be_undecided(state)
    if state.verified is None:
        raise Refused(
            "The consumer's identity is not verified yet, so nothing may be granted. "
            "The current details say what is still awaited."
        )
    if state.holdings is None:
        raise Refused("What is held of this person is still being counted. Try again in a moment.")
    _must_be_code(state, policy, "approve", message.reason)
    _must_confirm(state.holdings, message.confirm_grounds)
    event = e.RequestApproved(
        actor=e.Actor(id=message.decided_by),
        reason=message.reason,
        confirmed_grounds=message.confirm_grounds,
    )
    return (event,)


def deny(
    state: RequestState, message: messages.Deny, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Refuse the request for a reason of the policy; the letter carries the reason's sentence."""
    if not (state.parked and state.decision is Decision.GRANT and state.erased is None):
        _must_be_undecided(state)
    if state.verified is None:
        raise Refused(
            "The evidence window is open until "
            f"{_pacific(state, policy)}. If the identity stays unverified, the request is "
            "denied then by itself, with its letter. Wait for that, or for the consumer."
        )
    _must_be_code(state, policy, "deny", message.reason)
    return (e.RequestDenied(actor=e.Actor(id=message.decided_by), reason=message.reason),)


def extend_deadline(
    state: RequestState, message: messages.ExtendDeadline, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Approve the one extension and ask for its letter; it holds once that is accepted (CLK-05)."""
    if state.received_at is None or state.dates is None:
        raise Refused("The request is still being opened. Try again in a moment.")
    if not state.address_confirmed:
        raise Refused(
            "The consumer has not replied yet, and silence is no ground for an extension. "
            "If they stay silent, the request is closed on its due date by itself."
        )
    days = _longest(state.dates) if message.days is None else message.days
    judged = clocks.judge_extension(
        policy,
        request_type=state.request_type,
        residency=state.residency,
        received_at=state.received_at,
        notice_at=now,
        extra_days=days,
        reason=message.reason,
        prior_extensions=0 if state.extension is None else 1,
        answered=state.answered,
    )
    if isinstance(judged, clocks.ExtensionRefused):
        raise Refused(EXTENSION_REFUSALS[judged.code].format(longest=judged.longest))
    _must_be_code(state, policy, "extend_deadline", message.reason)
    facts = letters.extension(state, policy, message.reason, judged.new_due, days, now)
    letter = e.NoticeRequested(notice=NoticeKind.EXTENSION, facts=facts)
    approved = e.ExtensionApproved(
        actor=e.Actor(id=message.decided_by),
        reason=message.reason,
        extra_days=days,
        new_due=judged.new_due,
        notice_deadline=clocks.deadline_instant(state.dates.respond_by, policy),
        letter=state.n + 1,
    )
    return (letter, approved)


def retry_step(
    state: RequestState, message: messages.RetryStep, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Have a parked step, or a refused letter, tried again."""
    if state.parked is None:
        raise Refused("No step waits for a retry; there is nothing to do.")
    actor = e.Actor(id=message.decided_by)
    retried = e.StepRetried(step=state.parked.step, actor=actor)
    refused = [n for n, letter in state.letters.items() if letter.status == "refused"]
    return (retried, *(e.LetterRetried(letter=n, actor=actor) for n in refused))


def _longest(dates: e.PromisedDates) -> int:
    latest = dates.latest_respond_by or dates.respond_by
    return (latest - dates.respond_by).days


def _must_be_undecided(state: RequestState) -> None:
    if state.answered:
        raise Refused("This request is answered already; a decision would change nothing.")
    if state.decision is not None:
        raise Refused("This request is decided already. The current details say how and by whom.")


def _must_be_code(state: RequestState, policy: Policy, action: str, code: str) -> None:
    codes = [reason.code for reason in policy.reasons_for(action, state.request_type)]
    if code not in codes:
        raise Refused(f"The policy has no such reason. Choose one of: {', '.join(codes)}.")


def _must_confirm(holdings: e.HoldingsSurveyed, confirmed: tuple[str, ...]) -> None:
    grounds = sorted({kept.ground for kept in holdings.retained})
    if sorted(set(confirmed)) == grounds:
        return
    if not grounds:
        raise Refused('Nothing is kept under a ground here: leave "confirm_grounds" out.')
    listed = ", ".join(f'"{ground}"' for ground in grounds)
    raise Refused(
        "Some records are kept by law (see the current details). "
        f'Confirm it by sending "confirm_grounds": [{listed}].'
    )


def _pacific(state: RequestState, policy: Policy) -> str:
    closes = state.dates.window_closes_at if state.dates else None
    if closes is None:
        return "its end"
    return f"{closes.astimezone(policy.zone):%Y-%m-%d %H:%M} Pacific"
