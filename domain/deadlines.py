"""The request's one clock: every instant at which something is due, and what happens then (CLK).

The workflow arms a single timer for the earliest instant and asks again whenever the state moves.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain import clocks, sequence
from domain import events as e
from domain.days import local_instant
from domain.decisions import identity, letters
from domain.decisions.outcome import is_answered_by_letter
from domain.notice_words import Situation
from domain.policy import Policy
from domain.state import RequestState
from domain.vocabulary import NoticeKind, Urgency

SOON = timedelta(days=7)

Fire = Callable[[RequestState, Policy, datetime], tuple[e.Event, ...]]


@dataclass(frozen=True)
class Due:
    """One instant; ``what`` is what the Web UI's timeline calls its timer."""

    at: datetime
    what: str
    fire: Fire


def next_due(state: RequestState, policy: Policy) -> Due | None:
    """Return the earliest instant at which the clock has something to say, if any."""
    return min(_all_due(state, policy), key=lambda due: due.at, default=None)


def _all_due(state: RequestState, policy: Policy) -> Iterator[Due]:
    if state.answered and not state.closed and state.package_ends_at is not None:
        yield Due(state.package_ends_at, "end of the package", _end_package)
    if state.dates is None or state.closed or state.answered or not _is_owed_an_answer(state):
        return
    yield from _warnings(state, policy)
    yield from _window(state)
    yield from _extension(state, policy)
    yield from _confirmation(state, policy)
    yield from _response(state, policy)
    yield from _provider_wait(state)
    yield from _report_wait(state, policy)
    yield from _fee(state)
    yield from _undoing(state)


def _is_owed_an_answer(state: RequestState) -> bool:
    undecided = state.decision is None and not state.disowned
    return is_answered_by_letter(state) or undecided or not state.fulfilled


def urgency(state: RequestState, policy: Policy) -> Urgency:
    """Tell what the lists of requests say of the due date; it moves when the clock fires.

    Soon is from the policy's first warning within the last seven days.
    """
    if state.answered or state.closed or not _is_owed_an_answer(state):
        return Urgency.ANSWERED
    if state.respond_by in state.breached:
        return Urgency.OVERDUE
    return Urgency.DUE_SOON if any(_is_late_warning(state, policy)) else Urgency.ON_TIME


def _is_late_warning(state: RequestState, policy: Policy) -> Iterator[bool]:
    if state.dates is None or state.respond_by is None:
        return
    for warning in _due_warnings(state, policy):
        left = state.respond_by - clocks.local_date(warning.at, policy)
        is_response = warning.kind != "acknowledgement"
        yield is_response and _key(warning) in state.warned and left <= SOON


def _warnings(state: RequestState, policy: Policy) -> Iterator[Due]:
    for warning in _due_warnings(state, policy):
        confirmed = warning.kind == "acknowledgement" and _confirmed(state)
        if _key(warning) not in state.warned and not confirmed:
            yield Due(warning.at, f"warning on day {warning.day}", _warn(warning))


def _due_warnings(state: RequestState, policy: Policy) -> tuple[clocks.Warning, ...]:
    extended = state.extension
    extended_due = extended.new_due if extended and extended.status == "effective" else None
    return clocks.warnings(policy, _dates(state, policy), extended_due)


def _key(warning: clocks.Warning) -> str:
    return f"{warning.kind}:{warning.day}"


def _warn(warning: clocks.Warning) -> Fire:
    def fire(state: RequestState, policy: Policy, now: datetime) -> tuple[e.Event, ...]:
        warned = e.DeadlineWarned(kind=warning.kind, day=warning.day)
        left = (state.respond_by - clocks.local_date(now, policy)).days if state.respond_by else 0
        situation = Situation.DEADLINE_NEAR
        if _should_offer_extension(state, policy, warning):
            situation = Situation.EXTENSION_OFFERED
        alert = letters.staff_alert(
            state, policy, situation, now, due=state.respond_by, days_left=max(left, 0)
        )
        return (warned, alert)

    return fire


def _should_offer_extension(state: RequestState, policy: Policy, warning: clocks.Warning) -> bool:
    """Verified and undecided late in the clock: staff get a prefilled extension (CLK-16)."""
    offer_at = _dates(state, policy).extension_offer_at
    late = warning.kind == "response" and offer_at is not None and warning.at >= offer_at
    return late and state.awaits_decision and state.extension is None


def _window(state: RequestState) -> Iterator[Due]:
    closes = state.dates.window_closes_at if state.dates else None
    proved = state.identity_settled and state.authority_settled
    if closes is not None and not proved and state.decision is None:
        yield Due(closes, "end of the evidence window", _close_window)


def _close_window(state: RequestState, policy: Policy, now: datetime) -> tuple[e.Event, ...]:
    return identity.close_window(state, policy)


def _extension(state: RequestState, policy: Policy) -> Iterator[Due]:
    if state.extension is not None and state.extension.status == "approved":
        last = _settled(state.extension.notice_deadline, policy)
        yield Due(last, "last instant for the extension letter", _lapse)


def _lapse(state: RequestState, policy: Policy, now: datetime) -> tuple[e.Event, ...]:
    assert state.extension is not None
    lapsed = e.ExtensionLapsed(letter=state.extension.letter)
    return (lapsed, letters.staff_alert(state, policy, Situation.EXTENSION_LAPSED, now))


def _confirmation(state: RequestState, policy: Policy) -> Iterator[Due]:
    due = state.dates.confirm_by if state.dates else None
    if due is not None and not _confirmed(state) and not state.confirmation_breached:
        at = _settled(clocks.deadline_instant(due, policy), policy)
        yield Due(at, "deadline for confirming receipt", _breach("confirm", due))


def _response(state: RequestState, policy: Policy) -> Iterator[Due]:
    """Yield the due date in force, the outer limit, and reminders once one is missed."""
    limits = {state.respond_by, state.dates.latest_respond_by if state.dates else None}
    for due in sorted(day for day in limits if day and day not in state.breached):
        at = _settled(clocks.deadline_instant(due, policy), policy)
        yield Due(at, f"deadline {due}", _breach("response", due))
    if state.breached:
        yield _overdue_reminder(state, policy)


def _overdue_reminder(state: RequestState, policy: Policy) -> Due:
    weeks = 1 + sum(key.startswith("overdue:") for key in state.warned)
    clock = policy.clock_for(state.request_type, state.residency)
    days = weeks * clock.warnings.overdue_every_days
    at = clocks.deadline_instant(state.breached[0], policy) + timedelta(days=days)
    warning = clocks.Warning(kind="overdue", day=days, at=at)
    return Due(at, f"{days} days overdue", _warn(warning))


def _breach(kind: str, due: date) -> Fire:
    def fire(state: RequestState, policy: Policy, now: datetime) -> tuple[e.Event, ...]:
        breached = e.DeadlineBreached.model_validate({"kind": kind, "due": due})
        alert = letters.staff_alert(state, policy, Situation.DEADLINE_BREACHED, now, due=due)
        return (breached, alert, *_apology(state, policy, kind, due, now))

    return fire


def _apology(
    state: RequestState, policy: Policy, kind: str, due: date, now: datetime
) -> tuple[e.Event, ...]:
    """N-18; not to an unconfirmed address, which gets no more than two letters (NOT-05, CLK-16)."""
    if kind == "confirm" and not state.address_confirmed:
        return ()
    facts = letters.late_answer(state, policy, due, now)
    return (e.NoticeRequested(notice=NoticeKind.LATE_ANSWER, facts=facts),)


def _provider_wait(state: RequestState) -> Iterator[Due]:
    until = state.wait_for_providers_until
    if until is not None and not state.providers_ended and not state.provider_wait_ended:
        yield Due(until, "last day to wait for providers", _end_wait)


def _end_wait(state: RequestState, policy: Policy, now: datetime) -> tuple[e.Event, ...]:
    return (e.ProviderWaitEnded(),)


def _report_wait(state: RequestState, policy: Policy) -> Iterator[Due]:
    if state.waits_for_reports and state.respond_by is not None:
        last = sequence.erase_at_latest(policy, state.respond_by)
        at = local_instant(last, policy.warn_at, policy)
        yield Due(at, "last day to wait for the report", _end_report_wait)


def _end_report_wait(state: RequestState, policy: Policy, now: datetime) -> tuple[e.Event, ...]:
    return (e.ReportWaitEnded(),)


def _end_package(state: RequestState, policy: Policy, now: datetime) -> tuple[e.Event, ...]:
    return (e.PackageEnded(),)


def _undoing(state: RequestState) -> Iterator[Due]:
    if state.undoing is not None and state.can_be_undone:
        yield Due(state.undoing.until, "last instant to undo the deletion", _end_undoing)


def _end_undoing(state: RequestState, policy: Policy, now: datetime) -> tuple[e.Event, ...]:
    return (e.RestoreJournalEnded(),)


def _fee(state: RequestState) -> Iterator[Due]:
    closes = state.dates.window_closes_at if state.dates else None
    if state.awaits_fee and state.decision is None and closes is not None:
        yield Due(closes, "last instant to accept the estimate", _refuse_unpaid)


def _refuse_unpaid(state: RequestState, policy: Policy, now: datetime) -> tuple[e.Event, ...]:
    """No acceptance by the due date: refused, with its letter (FEE-03)."""
    assert state.fee is not None
    return (e.ExcessRefused(actor=e.ENGINE, reason=state.fee.reason),)


def _confirmed(state: RequestState) -> bool:
    """Receipt is confirmed by the first letter that says so, whatever becomes of a later copy."""
    sent = (one for one in state.letters.values() if one.notice is NoticeKind.ACKNOWLEDGEMENT)
    return any(letter.accepted_at is not None for letter in sent)


def _settled(deadline: datetime, policy: Policy) -> datetime:
    """A letter handed over in time may be reported a little later; wait for that before judging."""
    return deadline + timedelta(minutes=policy.mail.settle_minutes)


def _dates(state: RequestState, policy: Policy) -> clocks.RequestDates:
    assert state.received_at is not None
    return clocks.request_dates(policy, state.request_type, state.residency, state.received_at)
