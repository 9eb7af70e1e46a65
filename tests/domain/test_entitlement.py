"""Who may act: how well known, in which role, how many different people."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest

from domain import actions, policies, signed_in
from domain import events as e
from domain.decisions import inbox
from domain.entitlement import Sender
from domain.policy import Policy
from domain.policy_terms.staff import Approval, IdentityLevel
from domain.policy_terms.staff import Role as PolicyRole
from domain.refusals import Refused
from domain.state import RequestState
from domain.vocabulary import RequestType
from tests.happenings import happened

NOW = datetime(2026, 12, 1, 18, tzinfo=UTC)
after = partial(happened, NOW)
APPROVER = ("handler", "approver")

Asking = Callable[..., Policy]


@pytest.fixture
def asking(policy: Policy) -> Asking:
    """Give a function (fields of a demand) → a policy that asks this for an approval."""

    def made(**demand: object) -> Policy:
        row = Approval(action="approve", **{"role": PolicyRole.PRIVACY_STAFF, **demand})
        return policy.model_copy(update={"approvals": (row,)})

    return made


@pytest.fixture
def state(policy: Policy) -> RequestState:
    """Give a verified deletion that waits for a decision."""
    return RequestState(
        request_id="PR-4106-105S",
        request_type=RequestType.DELETE,
        policy=policies.pin_of(policy),
        received_at=NOW,
        must_prove=False,
        holdings=e.HoldingsSurveyed(rows={"shop.orders": 2}, retained=()),
    )


def sent(
    state: RequestState, policy: Policy, who: str, *roles: str, row: int = 1
) -> tuple[e.Event, ...]:
    """Approve at the case page."""
    facts = {"action": "approve", "input": {"decided_by": who}, "roles": roles}
    return inbox.receive(state, policy, NOW, row=row, kind=signed_in.KIND, facts=facts)


def test_a_signed_in_person_is_recorded_as_such(state: RequestState, asking: Asking) -> None:
    """The row says who it was; the decision carries the level, and the row counts once."""
    acted, approved = sent(state, asking(), "a.kim", *APPROVER)
    assert isinstance(acted, e.StaffActed)
    assert isinstance(approved, e.RequestApproved)
    assert approved.actor == acted.actor == e.Actor(id="a.kim", known="authenticated")
    assert sent(after(state, acted, approved), asking(), "a.kim", *APPROVER) == ()


def test_a_typed_id_is_not_enough_where_policy_asks_for_a_person(
    state: RequestState, asking: Asking
) -> None:
    """Nothing that the Web UI can send makes its sender authenticated."""
    policy = asking(identity=IdentityLevel.AUTHENTICATED)
    with pytest.raises(Refused, match="Sign in at the case page"):
        actions.decide("approve", [{"decided_by": "a.kim"}], state, policy, NOW)
    forged = {"decided_by": "a.kim", "known": "authenticated"}
    with pytest.raises(Refused, match="knows only the fields"):
        actions.decide("approve", [forged], state, policy, NOW)
    assert isinstance(sent(state, policy, "a.kim", *APPROVER)[1], e.RequestApproved)


def test_two_different_people_where_policy_asks_for_two(
    state: RequestState, asking: Asking
) -> None:
    """The first is recorded and approves nothing; the same person again is refused."""
    policy = asking(identity=IdentityLevel.AUTHENTICATED, people=2)
    first = sent(state, policy, "a.kim", *APPROVER)
    assert isinstance(first[1], e.ActionAgreed)
    waiting = after(state, *first)
    assert waiting.decision is None
    again = sent(waiting, policy, "A.Kim", *APPROVER, row=2)
    assert "different person" in (signed_in.refusal_in(again) or "")
    second = sent(waiting, policy, "b.ngo", *APPROVER, row=2)
    assert isinstance(second[1], e.RequestApproved)
    assert after(waiting, *second).agreements == ()


@pytest.mark.parametrize(
    ("role", "roles", "refusal"),
    [
        (PolicyRole.PRIVACY_STAFF, ("auditor",), "another role"),
        (PolicyRole.PRIVACY_STAFF, ("handler",), "cannot be undone"),
        (PolicyRole.PRIVACY_OFFICER, ("handler",), "another role"),
        (PolicyRole.COUNSEL, APPROVER, "another role"),
    ],
)
def test_a_signed_in_person_needs_the_role(
    state: RequestState, asking: Asking, role: PolicyRole, roles: tuple[str, ...], refusal: str
) -> None:
    """An auditor only reads, a handler decides nothing that cannot be undone."""
    events = sent(state, asking(role=role), "a.kim", *roles)
    assert refusal in (signed_in.refusal_in(events) or "")


@pytest.mark.parametrize("role", list(PolicyRole))
def test_of_a_principal_only_the_name_is_known(
    state: RequestState, asking: Asking, role: PolicyRole
) -> None:
    """Whom Temporal authenticated may do what any of the staff may, as who they are."""
    policy = asking(role=role, identity=IdentityLevel.AUTHENTICATED)
    principal = Sender(known="authenticated")
    payloads = [{"decided_by": "a.kim"}]
    if role is not PolicyRole.PRIVACY_STAFF:
        with pytest.raises(Refused, match="another role"):
            actions.decide("approve", payloads, state, policy, NOW, principal)
        return
    (approved, *_) = actions.decide("approve", payloads, state, policy, NOW, principal)
    assert isinstance(approved, e.RequestApproved)
    assert approved.actor == e.Actor(id="a.kim", known="authenticated")


@pytest.mark.parametrize(
    "payloads",
    [[], [None], [{"signed_in": 0}], [{"signed_in": True}], [{"signed_in": "7"}],
     [{"signed_in": 7, "decided_by": "a.kim"}], [{"signed_in": 7}, {}]],
)  # fmt: skip
def test_only_a_plain_reference_names_a_row(payloads: list[object]) -> None:
    """Everything else is read as an ordinary input, and refused as such."""
    assert signed_in.referred_row(payloads) is None
    assert signed_in.referred_row([signed_in.reference(7)]) == 7
