"""The answer: which outcome a request comes to, which letter says so, and when it is closed."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from domain import clocks, months
from domain import events as e
from domain.decisions import letters
from domain.links import LinkPurpose
from domain.notice_words import Situation
from domain.paths import Fulfilment, path_of
from domain.policy import Policy
from domain.state import RequestState
from domain.vocabulary import Decision, NoticeKind, Requester, RequestType

Letter = tuple[NoticeKind, Callable[[RequestState, Policy, datetime], dict[str, Any]]]

_DENIED: Letter = (NoticeKind.DENIAL, letters.denial)

_LETTERS_OF: dict[Fulfilment, dict[Decision, Letter]] = {
    Fulfilment.ERASE: {
        Decision.GRANT: (NoticeKind.DELETION_COMPLETE, letters.deletion_complete),
        Decision.GRANT_PARTIAL: (NoticeKind.PARTIAL_OUTCOME, letters.partial_outcome),
    },
    Fulfilment.DISCLOSE: {
        Decision.GRANT: (NoticeKind.ACCESS_REPORT, letters.access_report),
        Decision.GRANT_PARTIAL: (NoticeKind.ACCESS_REPORT, letters.access_report),
    },
    Fulfilment.CORRECT: {
        Decision.GRANT: (NoticeKind.CORRECTION_RESULT, letters.correction_result),
        Decision.GRANT_PARTIAL: (NoticeKind.CORRECTION_RESULT, letters.correction_result),
        Decision.DENY: (NoticeKind.CORRECTION_RESULT, letters.correction_result),
    },
    Fulfilment.CHOOSE: {Decision.GRANT: (NoticeKind.OPT_OUT_DONE, letters.choice_done)},
    Fulfilment.DEACTIVATE: {
        Decision.GRANT: (NoticeKind.DELETION_COMPLETE, letters.deactivated),
    },
}
"""The letter that tells an outcome, by the last thing that the path does."""

_LETTERS_OF_ALL: dict[Decision, Letter] = {
    Decision.DENY: _DENIED,
    Decision.UNVERIFIED_DENY: _DENIED,
    Decision.NO_DATA: (NoticeKind.NOTHING_FOUND, letters.nothing_found),
    Decision.WITHDRAWN: _DENIED,
    Decision.DUPLICATE: (NoticeKind.MERGED, letters.merged),
    Decision.REFUSE_EXCESS: (NoticeKind.EXCESS_REFUSAL, letters.excess_refusal),
    Decision.UNVERIFIED_TREAT_AS_OPT_OUT: (
        NoticeKind.UNVERIFIED_DELETION,
        letters.unverified_deletion,
    ),
}


def outcome_letter(state: RequestState) -> Letter:
    """Return which letter tells the outcome, and the function that gives its facts."""
    path = path_of(state.request_type)
    result = outcome(state)
    if path.opts_in and result is Decision.GRANT:
        return (NoticeKind.MINOR_OPT_IN, letters.opted_in)
    if result is Decision.DENY and state.decision_reason in letters.FINDINGS:
        return _LETTERS_OF_ALL[Decision.REFUSE_EXCESS]
    special = _LETTERS_OF[path.fulfilment[-1]].get(result)
    return special or _LETTERS_OF_ALL[result]


def outcome(state: RequestState) -> Decision:
    """Return what the request comes to, by what was done and not by what was decided (DEL-02)."""
    assert state.decision is not None
    if state.decision is not Decision.GRANT:
        return state.decision
    judge = _JUDGES.get(path_of(state.request_type).fulfilment[-1])
    return judge(state) if judge else Decision.GRANT


def _of_erasure(state: RequestState) -> Decision:
    if state.erased is None:
        return Decision.GRANT
    kept = any(each.rows for each in state.erased.retained)
    if any(state.erased.planned.values()):
        return Decision.GRANT_PARTIAL if kept else Decision.GRANT
    return Decision.DENY if kept else Decision.NO_DATA


def _of_disclosure(state: RequestState) -> Decision:
    if state.report is None:
        return Decision.GRANT
    if not any(state.report.rows.values()):
        return Decision.NO_DATA
    short = state.downgraded or bool(state.report.withheld)
    return Decision.GRANT_PARTIAL if short else Decision.GRANT


def _of_correction(state: RequestState) -> Decision:
    if state.corrected is None or not state.corrected.refused:
        return Decision.GRANT
    return Decision.GRANT_PARTIAL if state.corrected.fields else Decision.DENY


_JUDGES: dict[Fulfilment, Callable[[RequestState], Decision]] = {
    Fulfilment.ERASE: _of_erasure,
    Fulfilment.DISCLOSE: _of_disclosure,
    Fulfilment.CORRECT: _of_correction,
}


def answer(state: RequestState, policy: Policy, now: datetime) -> tuple[e.Event, ...]:
    """Ask for the outcome letter; a package is fetched behind its link (KNO-07)."""
    kind, facts = outcome_letter(state)
    has_package = kind is NoticeKind.ACCESS_REPORT and state.report is not None
    with_package = has_package and bool(state.report and state.report.specific_pieces)
    opens = _links_of(state, kind, with_package=with_package)
    letter = e.NoticeRequested(
        notice=kind,
        facts=facts(state, policy, now),
        tells_outcome=True,
        links=opens,
        links_expire_at=_link_expires(opens, policy, now),
    )
    return (letter, *_tell_agent(state, policy, now))


def _tell_agent(state: RequestState, policy: Policy, now: datetime) -> tuple[e.Event, ...]:
    """Write to an agent that the answer went to the consumer; software asks for the status."""
    if not letters.agent_is_told(state):
        return ()
    facts = letters.agent_told(state, policy, now)
    return (e.NoticeRequested(notice=NoticeKind.AGENT_TOLD, facts=facts),)


def _links_of(
    state: RequestState, kind: NoticeKind, *, with_package: bool
) -> tuple[LinkPurpose, ...]:
    """Return what the letter's reader can open: a package, or what holds of a choice (OPT-04).

    Whoever has not confirmed the address can say that it was not them (NOT-05).
    """
    tells_choice = kind in {NoticeKind.OPT_OUT_DONE, NoticeKind.MINOR_OPT_IN}
    wanted = {
        LinkPurpose.PACKAGE: with_package,
        LinkPurpose.STATUS: tells_choice and not with_package,
        LinkPurpose.DISOWN: not state.address_confirmed,
    }
    return tuple(purpose for purpose, holds in wanted.items() if holds)


def _link_expires(opens: tuple[LinkPurpose, ...], policy: Policy, now: datetime) -> datetime | None:
    if LinkPurpose.PACKAGE in opens:
        return letters.package_link_expires(policy, now)
    return now + timedelta(days=policy.links.confirm_address_days) if opens else None


def is_answered_by_letter(state: RequestState) -> bool:
    """Tell whether anybody is told the outcome: not a bare signal, not who said it was not them.

    Who reports a young person learns that the report came in, and nothing else (MIN-06).
    """
    nobody = state.disowned or state.request_type is RequestType.GPC_SIGNAL
    return not nobody and state.requester is not Requester.REPORTER


def is_told(state: RequestState) -> bool:
    """Tell whether whoever must hear the outcome has; an answer that came back was not given."""
    return state.answered or not is_answered_by_letter(state)


def letter_sent(state: RequestState, letter: int, accepted_at: datetime) -> tuple[e.Event, ...]:
    """Say that a letter is out, with what follows from it."""
    sent = e.NoticeSent(letter=letter, accepted_at=accepted_at)
    return (sent, *follows_from_letter(state, letter, accepted_at))


def follows_from_letter(
    state: RequestState, letter: int, accepted_at: datetime
) -> tuple[e.Event, ...]:
    """Say what follows from a letter that is out, once: an extension holds, a clock stops."""
    return (*_extended(state, letter, accepted_at), *_answered(state, letter, accepted_at))


def unsaid_of_letters(state: RequestState) -> tuple[e.Event, ...]:
    """Say what follows from letters that are out, where a workflow was lost before it could."""
    out = ((n, each.accepted_at) for n, each in state.letters.items())
    return tuple(
        event for n, at in out if at is not None for event in follows_from_letter(state, n, at)
    )


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
    asked = state.letter_of(NoticeKind.SUPPLEMENT) is not None
    if not state.answered or asked or not letters.news_of_providers(state):
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
    if extension is None or extension.letter != letter or extension.status != "approved":
        return ()
    if accepted_at > extension.notice_deadline:
        return ()
    return (e.DeadlineExtended(new_due=extension.new_due),)


def _answered(state: RequestState, letter: int, accepted_at: datetime) -> tuple[e.Event, ...]:
    if state.answered or state.outcome_letter != letter:
        return ()
    answered = e.RequestAnswered(outcome=outcome(state), letter=letter, accepted_at=accepted_at)
    return (answered,)
