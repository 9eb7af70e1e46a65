"""A mailbox that the company never held gets no personal data, whatever else fits (VER-17)."""

import pytest

from domain import events as e
from domain.decisions import identity
from domain.notice_words import Situation
from domain.policy import Policy
from domain.situation import describe
from domain.state import RequestState
from domain.vocabulary import Decision, RequestType
from tests.domain.test_handling import LATER, happened, received, sent

KNOWS = [RequestType.KNOW_CATEGORIES, RequestType.KNOW_SPECIFIC, RequestType.ACCOUNT_REVIEW]


def matched(
    policy: Policy, kind: RequestType, *, settled: bool = False, points: int = 3
) -> tuple[RequestState, tuple[e.Event, ...]]:
    """Return a signed request after its points were matched, and what that came to."""
    state = happened(received(policy, kind), e.DeclarationSigned(inbox=9))
    events = identity.assess(
        state,
        policy,
        LATER,
        points_counted=points,
        mismatches=0,
        ambiguous=False,
        address_on_file=settled,
        address_settled=settled,
        evidence=state.evidence_received,
    )
    return happened(state, *events), events


@pytest.mark.parametrize("kind", KNOWS)
def test_three_points_and_a_foreign_mailbox_verify_nobody_to_disclose_to(
    policy: Policy, kind: RequestType
) -> None:
    """Staff hear why; nothing can be approved, and the end of the window denies (VER-17)."""
    state, events = matched(policy, kind)
    told = [one.facts.get("situation") for one in events if isinstance(one, e.NoticeRequested)]
    assert state.verified is None
    assert Situation.ADDRESS_NOT_HELD in told
    assert state.needs_action == "review_identity"
    assert "Nothing may go there" in describe(state, policy, LATER)
    closed = happened(state, *identity.close_window(state, policy))
    assert closed.decision is Decision.UNVERIFIED_DENY


def test_not_even_categories_go_to_a_foreign_mailbox(policy: Policy) -> None:
    """Where too few points for a copy fit, the fall-back is held back as well (VER-06, VER-17)."""
    state, _ = matched(policy, RequestType.KNOW_SPECIFIC, points=2)
    closed = happened(state, *identity.close_window(state, policy))
    assert closed.decision is Decision.UNVERIFIED_DENY
    known, _ = matched(policy, RequestType.KNOW_SPECIFIC, points=2, settled=True)
    assert happened(known, *identity.close_window(known, policy)).decision is Decision.GRANT


@pytest.mark.parametrize(
    ("kind", "settled"), [(RequestType.DELETE, False), (RequestType.KNOW_SPECIFIC, True)]
)
def test_an_address_that_was_held_and_an_erasure_are_verified(
    policy: Policy, kind: RequestType, settled: bool
) -> None:
    """An erasure sends nothing but letters about the procedure (VER-17)."""
    assert matched(policy, kind, settled=settled)[0].verified is not None


def test_staff_may_override_it_and_say_how(policy: Policy) -> None:
    """By a call on a number that was on file before, for instance; it is on record (VER-17)."""
    state, _ = matched(policy, RequestType.KNOW_SPECIFIC)
    (verified,) = sent("confirm_identity", state, policy, means="called_back")
    assert isinstance(verified, e.IdentityVerified)
    assert verified.means == "called_back"
