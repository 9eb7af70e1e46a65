"""The review of a package: decisions by item, versions, and what may not go out yet."""

from datetime import UTC, date, datetime
from functools import partial

import pytest

from domain import actions, policies, signed_in
from domain import events as e
from domain.decisions import inbox
from domain.package import ReviewAction
from domain.policy import Policy
from domain.refusals import Refused
from domain.request_parts import ProviderView
from domain.state import RequestState, Stage, fold
from domain.vocabulary import Decision, RequestType
from tests.happenings import happened

REQUEST = "PR-4106-105S"
NOW = datetime(2026, 12, 1, 18, tzinfo=UTC)
after = partial(happened, NOW)
FIRST = "1" * 64
SECOND = "2" * 64
WITHHOLD = {"item": "shop.orders/3/note", "action": "withhold", "reason": "OTHER_PERSON"}
HEALTH = {"item": "shop.visits/1/diagnosis", "action": "release"}


def compiled(content_hash: str, *needs_review: str, review: int = 0) -> e.ReportCompiled:
    """Say that a version was built."""
    return e.ReportCompiled(
        specific_pieces=True,
        content_hash=content_hash,
        period_from=date(2022, 1, 1),
        period_to=date(2026, 11, 22),
        report={},
        needs_review=needs_review,
        review=review,
    )


@pytest.fixture
def state(policy: Policy) -> RequestState:
    """Give a request whose package waits to be looked through."""
    opened = RequestState(
        request_id=REQUEST,
        request_type=RequestType.KNOW_SPECIFIC,
        policy=policies.pin_of(policy),
        received_at=NOW,
    )
    return after(opened, compiled(FIRST, "OTHER_PERSON"))


def decided(
    state: RequestState, policy: Policy, action: str, **fields: object
) -> tuple[e.Event, ...]:
    """Send an action as somebody who typed a staff id."""
    return actions.decide(action, [{"decided_by": "s.lee", **fields}], state, policy, NOW)


def sent(
    state: RequestState, policy: Policy, action: str, *roles: str, **fields: object
) -> tuple[e.Event, ...]:
    """Send an action at the case page."""
    facts = {"action": action, "input": {"decided_by": "c.diaz", **fields}, "roles": roles}
    return inbox.receive(state, policy, NOW, row=7, kind=signed_in.KIND, facts=facts)


def test_decisions_go_out_in_a_version_that_was_looked_at(
    state: RequestState, policy: Policy
) -> None:
    """KNO-08: decide, build, look, release; what was decided since must be in it first."""
    state = after(state, *decided(state, policy, "review_items", decisions=[WITHHOLD]))
    with pytest.raises(Refused, match="Send rebuild_report"):
        decided(state, policy, "release_report")
    state = after(state, *decided(state, policy, "rebuild_report"))
    with pytest.raises(Refused, match="being built"):
        decided(state, policy, "release_report")
    state = after(state, compiled(SECOND, "OTHER_PERSON", review=state.review_steps))
    with pytest.raises(Refused, match="built anew since"):
        decided(state, policy, "release_report", package=FIRST)
    state = after(state, *decided(state, policy, "release_report", package=SECOND))
    assert state.disclosed is not None
    assert state.disclosed.content_hash == SECOND


def test_an_undone_decision_stands_no_more(state: RequestState, policy: Policy) -> None:
    """The record has both; the next version is built without either."""
    undo = {"item": WITHHOLD["item"], "action": "undo"}
    for wish in (WITHHOLD, undo):
        state = after(state, *decided(state, policy, "review_items", decisions=[wish]))
    assert state.review == ()
    assert state.review_is_ahead


def test_health_waits_for_counsel_signed_in(state: RequestState, policy: Policy) -> None:
    """RED-08: no release before counsel decided; nobody can type that they are counsel."""
    state = after(state, compiled(FIRST, "POLICY_HEALTH"))
    with pytest.raises(Refused, match="counsel has not decided"):
        decided(state, policy, "release_report")
    with pytest.raises(Refused, match="knows only the fields"):
        decided(state, policy, "review_items", decisions=[HEALTH | {"by_counsel": True}])
    for roles, counts in ((("approver",), False), (("counsel",), True)):
        (_, reviewed) = sent(state, policy, "review_items", *roles, decisions=[HEALTH])
        assert isinstance(reviewed, e.ItemsReviewed)
        assert [one.by_counsel for one in reviewed.decisions] == [counts]


def test_counsels_decision_is_counsels_to_undo(state: RequestState, policy: Policy) -> None:
    """RED-08: others cannot take it back."""
    (_, reviewed) = sent(state, policy, "review_items", "counsel", decisions=[HEALTH])
    state = after(state, reviewed)
    undo = {"item": HEALTH["item"], "action": "undo"}
    (undone,) = decided(state, policy, "review_items", decisions=[undo])
    assert [one.action for one in after(state, undone).review] == [ReviewAction.RELEASE]
    (_, undone) = sent(state, policy, "review_items", "counsel", decisions=[undo])
    assert after(state, undone).review == ()


@pytest.mark.parametrize("reason", ["POLICY_HEALTH", "NOT_YET_READ"])
def test_that_nobody_decided_yet_is_no_ground(
    state: RequestState, policy: Policy, reason: str
) -> None:
    """RED-08, RED-12: to withhold takes a ground that can stand in the letter."""
    with pytest.raises(Refused, match="no ground"):
        decided(state, policy, "review_items", decisions=[WITHHOLD | {"reason": reason}])


def test_a_review_survives_the_loss_of_its_workflow(state: RequestState, policy: Policy) -> None:
    """The decisions are in the ledger, without content, and fold to the same state (REC-05)."""
    events = decided(state, policy, "review_items", decisions=[WITHHOLD])
    state = after(state, *events)
    documents = [
        e.Recorded(n=n, at=NOW, event=event).document(REQUEST)
        for n, event in enumerate((compiled(FIRST, "OTHER_PERSON"), *events), start=1)
    ]
    refolded = fold(REQUEST, [e.Recorded.from_document(each) for each in documents])
    assert refolded.review == state.review


@pytest.mark.parametrize(
    ("final", "stage"), [(True, Stage.KEEPING_PACKAGE), (False, Stage.WAITING_FOR_PROVIDERS)]
)
def test_an_answered_request_says_for_what_it_stays_open(
    state: RequestState, final: bool, stage: Stage
) -> None:
    """For the package where providers have had their last word, else for them (KNO-07)."""
    asked = state.model_copy(update={"providers": {"acme": ProviderView(name="Acme", final=final)}})
    answer = e.RequestAnswered(outcome=Decision.GRANT, letter=1, accepted_at=NOW)
    answered = after(asked, e.ReportReleased(actor=e.Actor(id="s.lee")), answer)
    assert answered.stage is stage
