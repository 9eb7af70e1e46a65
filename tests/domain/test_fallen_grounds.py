"""Grounds of the data map that are none for a request: seen and confirmed (DEL-16)."""

import pytest

from domain import events as e
from domain.policy import Policy
from domain.refusals import Refused
from domain.situation import describe
from domain.state import RequestState
from tests.domain.test_handling import LATER, happened, received, sent

LEADS = e.Retention(collection="shop.bought_leads", ground="NCC", rows=3, reviewer="legal")


@pytest.fixture
def waiting(policy: Policy) -> RequestState:
    """Give a deletion that erases what the map keeps for others."""
    return happened(
        received(policy),
        e.IdentityVerified(points_counted=3, points_required=3, evidence=2),
        e.HoldingsSurveyed(rows={"shop.bought_leads": 3}, retained=(), fallen=(LEADS,)),
    )


def test_nothing_is_erased_unseen(waiting: RequestState, policy: Policy) -> None:
    """The details show it apart; an approval that does not name the ground is refused (DEL-16)."""
    shown = describe(waiting, policy, LATER)
    assert "though the data map keeps it for others" in shown
    assert '"confirm_fallen": ["NCC"]' in shown
    with pytest.raises(Refused, match="confirm_fallen"):
        sent("approve", waiting, policy)
    (approved,) = sent("approve", waiting, policy, confirm_fallen=["NCC"])
    assert isinstance(approved, e.RequestApproved)
    assert approved.confirmed_fallen == ("NCC",)


def test_what_staff_keep_on_another_ground_is_not_erased(
    waiting: RequestState, policy: Policy
) -> None:
    """So nothing of it has to be confirmed; nor can a ground that did not fall be (DEL-16)."""
    keep = [{"collection": "shop.bought_leads", "ground": "EX8"}]
    (approved,) = sent("approve_in_part", waiting, policy, keep=keep)
    assert isinstance(approved, e.RequestApproved)
    assert approved.confirmed_fallen == ()
    with pytest.raises(Refused, match="leave"):
        sent("approve_in_part", waiting, policy, keep=keep, confirm_fallen=["NCC"])
