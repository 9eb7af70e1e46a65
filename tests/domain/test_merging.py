"""Closing a request that repeats an earlier one (REQ-17)."""

from datetime import date, timedelta
from typing import Any

import pytest

from domain import actions
from domain import events as e
from domain.decisions import outcome
from domain.decisions.merging import Named, judge
from domain.duplicates import OpenRequest
from domain.policy import Policy
from domain.refusals import Refused
from domain.state import RequestState, next_fulfilment
from domain.vocabulary import Decision, NoticeKind, Requester, RequestType
from tests.domain.test_handling import LATER, RECEIVED, happened, received, verified

LEAD = "PR-0000-011F"
BY_LEE = {"decided_by": "s.lee"}


def marked(state: RequestState, policy: Policy, of: str = LEAD) -> tuple[e.Event, ...]:
    """Return what marking a duplicate causes."""
    return actions.decide(
        "mark_duplicate", [{**BY_LEE, "duplicate_of": of}], state, policy, RECEIVED
    )


def lead(days: int = 3, **facts: Any) -> Named:
    """Return an earlier request of the same verified person for the same."""
    came = RECEIVED - timedelta(days=days)
    request = OpenRequest(
        request_id=LEAD,
        request_type=facts.pop("request_type", RequestType.DELETE),
        received_at=came,
        person="both",
        answered=facts.pop("answered", False),
    )
    usual = {
        "received_on": came.date(),
        "answer_by": came.date() + timedelta(days=45),
        "same_person": True,
        "same_wish": True,
    }
    return Named.model_validate({"request": request, **usual, **facts})


def compared(policy: Policy) -> RequestState:
    """Return a verified deletion of which staff say that it repeats the lead."""
    state = verified(policy)
    return happened(state, *marked(state, policy))


def test_a_repeated_request_is_closed_and_points_to_the_one_answer(policy: Policy) -> None:
    """It does nothing more; its letter names the lead and the lead's earlier date (REQ-17)."""
    state = compared(policy)
    (merged,) = judge(state, lead())
    done = happened(state, merged)
    (letter,) = outcome.answer(done, policy, LATER)
    assert done.decision is Decision.DUPLICATE
    assert next_fulfilment(done) is None
    assert isinstance(letter, e.NoticeRequested)
    assert letter.notice is NoticeKind.MERGED
    assert letter.tells_outcome
    assert letter.facts["lead"] == LEAD
    assert letter.facts["answer_by"] == str(lead().answer_by)


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (Named(), "no request of that number"),
        (lead(same_person=False), "not verified, or is another person's"),
        (lead(answered=True), "decided or answered already"),
        (lead(decision=Decision.WITHDRAWN), "decided or answered already"),
        (lead(decision=Decision.DUPLICATE), "Name that one"),
        (lead(request_type=RequestType.KNOW_BOTH), "asks for something else"),
        (lead(same_wish=False), "asks for something else"),
        (lead(requester=Requester.AGENT_SIGNED), "may take it back"),
        (lead(stopped=True), "flagged as fraud"),
        (lead(days=-2), "Send mark_duplicate there"),
        (lead(answer_by=date(2027, 1, 15)), "later than this request"),
    ],
)
def test_what_is_not_one_goes_on_by_itself(policy: Policy, other: Named, says: str) -> None:
    """Unverified, another's, answered, later or slower: nothing changes but a sentence (REQ-17)."""
    state = compared(policy)
    events = judge(state, other)
    after = happened(state, *events)
    refusal = after.last_refusal.refusal if after.last_refusal else ""
    assert says in refusal
    assert after.decision is None
    assert after.named_duplicate is None
    assert after.awaits_decision
    assert happened(after, *marked(after, policy)).named_duplicate is not None


def test_an_unverified_request_joins_none(policy: Policy) -> None:
    """Nor one of a false number, its own, or one that is being compared (REQ-17)."""
    with pytest.raises(Refused, match="not verified yet"):
        marked(received(policy), policy)
    state = verified(policy)
    for of, says in {"PR-1234-5678": "no request's number", state.request_id: "own number"}.items():
        with pytest.raises(Refused, match=says):
            marked(state, policy, of)
    with pytest.raises(Refused, match="just now"):
        marked(compared(policy), policy)


def test_a_choice_is_never_merged(policy: Policy) -> None:
    """It is carried out at once, without proof; an attacker's copy delays nothing (REQ-17)."""
    with pytest.raises(Refused, match="without proof"):
        marked(received(policy, RequestType.OPT_OUT_SALE_SHARING), policy)


def test_what_changed_while_it_was_compared_is_not_closed(policy: Policy) -> None:
    """A decision that came first stands (REQ-17)."""
    state = compared(policy)
    approved = actions.decide("approve", [BY_LEE], state, policy, LATER)
    after = happened(state, *approved)
    after = happened(after, *judge(after, lead()))
    assert after.decision is Decision.GRANT
    assert after.merged is None
