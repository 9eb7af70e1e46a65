"""Whom a request concerns beside us, and what a reporter is told."""

from datetime import UTC, date, datetime

import pytest

from domain import actions
from domain.decisions import fulfilment, outcome
from domain.events import EarlierRequestsCounted, IdentityVerified
from domain.notice_words import DirectedAction, ExcessFinding
from domain.policy import Policy
from domain.refusals import Refused
from domain.state import RequestState
from domain.vocabulary import (
    Decision,
    NoticeKind,
    Requester,
    RequestType,
)
from tests.happenings import stand

NOW = datetime(2026, 11, 23, 18, tzinfo=UTC)


def test_an_unverified_deletion_is_passed_on_as_an_opt_out() -> None:
    """Who buys is told to stop, once the opt-out holds here; nobody is told to delete (VER-08)."""
    unverified = RequestState(
        request_id="PR-4106-105S", decision=Decision.UNVERIFIED_TREAT_AS_OPT_OUT
    )
    assert not fulfilment.owes_directions(unverified)
    applied = unverified.model_copy(update={"opted_out_on": NOW.date()})
    assert fulfilment.owes_directions(applied)
    assert fulfilment.action_of(applied) is DirectedAction.STOP_SALE_SHARING


@pytest.mark.parametrize("decision", [Decision.DENY, Decision.WITHDRAWN, Decision.UNVERIFIED_DENY])
def test_a_refused_request_is_nobody_elses_business(decision: Decision) -> None:
    """What was refused or taken back directs nobody (DEL-07)."""
    refused = RequestState(request_id="PR-4106-105S", decision=decision)
    assert not fulfilment.owes_directions(refused)


def test_a_reporter_is_told_no_outcome() -> None:
    """Only the company's own purge is answered by a letter (MIN-06, NOT-03)."""
    purge = RequestState(request_id="PR-4106-105S", request_type=RequestType.MINOR_PURGE)
    reported = purge.model_copy(update={"requester": Requester.REPORTER})
    opened = purge.model_copy(update={"requester": Requester.COMPANY})
    assert not outcome.is_answered_by_letter(reported)
    assert outcome.is_answered_by_letter(opened)


def _decided(policy: Policy, kind: RequestType, **known: object) -> RequestState:
    proved = IdentityVerified(points_counted=3, points_required=3, evidence=1)
    return stand(policy, NOW, proved, kind=kind).model_copy(update=known)


def test_a_fee_wants_a_count_or_the_finding_of_a_person(policy: Policy) -> None:
    """One deletion costs nothing, unless staff find it excessive and say so (FEE-01, FEE-02)."""
    state = _decided(policy, RequestType.DELETE)
    quote = {"decided_by": "s.lee", "work_minutes": 90}
    with pytest.raises(Refused, match="free of charge"):
        actions.decide("quote_fee", [quote], state, policy, NOW)
    priced = actions.decide("quote_fee", [{**quote, "reason": "excessive"}], state, policy, NOW)
    assert [event.type for event in priced] == ["FeeQuoted", "NoticeRequested"]


def test_what_is_found_unfounded_is_refused_with_the_finding(policy: Policy) -> None:
    """N-16 carries the finding and its reason, whatever was asked for (FEE-02)."""
    denied = {"decision": Decision.DENY, "decision_reason": "unfounded_or_excessive"}
    kind, facts = outcome.outcome_letter(state := _decided(policy, RequestType.DELETE, **denied))
    assert kind is NoticeKind.EXCESS_REFUSAL
    assert facts(state, policy, NOW)["finding"] == ExcessFinding.UNFOUNDED


def test_one_too_many_names_the_requests_that_count(policy: Policy) -> None:
    """The burden is ours: N-16 lists their days and when one more is served (FRQ-04)."""
    days = (date(2026, 2, 3), date(2026, 6, 15))
    earlier = EarlierRequestsCounted(
        counted=2, excess=True, next_allowed=date(2027, 2, 3), received_on=days
    )
    refused = {"decision": Decision.REFUSE_EXCESS, "decision_reason": "too_many"}
    state = _decided(policy, RequestType.KNOW_BOTH, **refused, earlier=earlier)
    kind, facts = outcome.outcome_letter(state)
    told = facts(state, policy, NOW)
    assert (kind, told["finding"]) == (NoticeKind.EXCESS_REFUSAL, ExcessFinding.TOO_MANY)
    assert (told["earlier"], told["next_allowed"]) == (["2026-02-03", "2026-06-15"], "2027-02-03")


@pytest.mark.parametrize(
    ("denied_on", "allowed"),
    [(None, False), (date(2026, 5, 23), False), (date(2026, 5, 24), True)],
)
def test_a_correction_is_denied_as_repeated_only_within_six_months(
    policy: Policy, denied_on: date | None, allowed: bool
) -> None:
    """Staff cannot rest a denial on one that there was not, or that is too old (COR-06)."""
    earlier = EarlierRequestsCounted(counted=0, excess=False, denied_on=denied_on)
    state = _decided(policy, RequestType.CORRECT, earlier=earlier)
    deny = {"decided_by": "s.lee", "reason": "repeated_correction"}
    if allowed:
        assert actions.decide("deny", [deny], state, policy, NOW)
    else:
        with pytest.raises(Refused, match="within 6 months"):
            actions.decide("deny", [deny], state, policy, NOW)
