"""The answer: which outcome a request comes to, which letter says so, and when it is closed."""

from datetime import date, datetime

from domain import clocks, months
from domain import events as e
from domain.decisions import letters
from domain.notice_words import Situation
from domain.policy import Policy
from domain.state import RequestState
from domain.vocabulary import Decision, NoticeKind

OUTCOME_LETTERS = {
    Decision.GRANT: (NoticeKind.DELETION_COMPLETE, letters.deletion_complete),
    Decision.GRANT_PARTIAL: (NoticeKind.PARTIAL_OUTCOME, letters.partial_outcome),
    Decision.DENY: (NoticeKind.DENIAL, letters.denial),
    Decision.NO_DATA: (NoticeKind.NOTHING_FOUND, letters.nothing_found),
    Decision.UNVERIFIED_TREAT_AS_OPT_OUT: (
        NoticeKind.UNVERIFIED_DELETION,
        letters.unverified_deletion,
    ),
}
"""The letter that tells each outcome of a deletion."""


def outcome(state: RequestState) -> Decision:
    """Return what the request comes to, by what was done and not by what was decided (DEL-02)."""
    assert state.decision is not None
    if state.decision is not Decision.GRANT or state.erased is None:
        return state.decision
    erased = any(state.erased.planned.values())
    kept = any(each.rows for each in state.erased.retained)
    if erased:
        return Decision.GRANT_PARTIAL if kept else Decision.GRANT
    return Decision.DENY if kept else Decision.NO_DATA


def answer(state: RequestState, policy: Policy, now: datetime) -> tuple[e.Event, ...]:
    """Ask for the outcome letter (design, 4.7)."""
    kind, facts = OUTCOME_LETTERS[outcome(state)]
    letter = e.NoticeRequested(notice=kind, facts=facts(state, policy, now), tells_outcome=True)
    return (letter,)


def letter_sent(state: RequestState, letter: int, accepted_at: datetime) -> tuple[e.Event, ...]:
    """Say that a letter is out, with what follows from it: an extension holds, a clock stops."""
    sent = e.NoticeSent(letter=letter, accepted_at=accepted_at)
    return (sent, *_extended(state, letter, accepted_at), *_answered(state, letter, accepted_at))


def letter_refused(
    state: RequestState, policy: Policy, letter: int, reply_code: str, now: datetime
) -> tuple[e.Event, ...]:
    """Say that the mail server will never take a letter, and have staff decide what follows."""
    refused = e.NoticeRefused(letter=letter, reply_code=reply_code)
    known = state.letters.get(letter)
    if known is None or known.audience != "consumer":
        return (refused,)
    parked = e.StepParked(step="send_letter", reason=f"mail_{reply_code}")
    return (refused, parked, letters.staff_alert(state, policy, Situation.LETTER_REFUSED, now))


def supplement(state: RequestState, policy: Policy, now: datetime) -> tuple[e.Event, ...]:
    """Ask for the letter that tells what providers said after the answer, if they did."""
    if state.answered_at is None or not any(
        view.at is not None and view.at > state.answered_at
        for view in (state.providers or {}).values()
    ):
        return ()
    facts = letters.supplement(state, policy, now)
    return (e.NoticeRequested(notice=NoticeKind.SUPPLEMENT, facts=facts),)


def close(state: RequestState, policy: Policy, now: datetime) -> tuple[e.Event, ...]:
    """Close the request and promise how long its record is kept (REC-01)."""
    today = clocks.local_date(now, policy)
    return (e.RequestClosed(outcome=outcome(state), retain_until=_retain_until(policy, today)),)


def _retain_until(policy: Policy, closed_on: date) -> date:
    return months.at_least_months_after(closed_on, policy.retention.record_months)


def _extended(state: RequestState, letter: int, accepted_at: datetime) -> tuple[e.Event, ...]:
    extension = state.extension
    if extension is None or extension.letter != letter or accepted_at > extension.notice_deadline:
        return ()
    return (e.DeadlineExtended(new_due=extension.new_due),)


def _answered(state: RequestState, letter: int, accepted_at: datetime) -> tuple[e.Event, ...]:
    if state.answered or state.outcome_letter != letter:
        return ()
    answered = e.RequestAnswered(outcome=outcome(state), letter=letter, accepted_at=accepted_at)
    return (answered,)
