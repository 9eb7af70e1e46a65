"""Where such systems do harm: foreign mailboxes, copies of requests (VER-17, REQ-17)."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.contact_points import ContactPoint, Delivery, delivery
from domain.duplicates import OpenRequest, mergers
from domain.policy import Policy
from domain.vocabulary import RequestType

RECEIVED = datetime.fromisoformat("2026-06-15T10:00:00-07:00")
REQUESTS = st.lists(
    st.builds(
        OpenRequest,
        request_id=st.text("ABC", min_size=1, max_size=3),
        request_type=st.sampled_from([RequestType.DELETE, RequestType.KNOW_BOTH]),
        received_at=st.integers(0, 50).map(lambda days: RECEIVED - timedelta(days=days)),
        person=st.none() | st.sampled_from(["ana", "bob"]),
        answered=st.booleans(),
    ),
    unique_by=lambda request: request.request_id,
    max_size=6,
)


def _before(days: float) -> datetime:
    return RECEIVED - timedelta(days=days)


@pytest.mark.parametrize(
    ("contact", "way"),
    [
        (ContactPoint(), Delivery.PROCEDURE_ONLY),
        (ContactPoint(held_since=_before(400)), Delivery.PERSONAL_DATA),
        (ContactPoint(held_since=_before(60)), Delivery.PERSONAL_DATA),
        (ContactPoint(held_since=_before(59.9)), Delivery.PROCEDURE_ONLY),
        (
            ContactPoint(held_since=_before(400), changed_at=_before(10)),
            Delivery.PROCEDURE_ONLY,
        ),
        (ContactPoint(held_since=_before(400), changed_at=_before(90)), Delivery.PERSONAL_DATA),
        (ContactPoint(changed_at=_before(90)), Delivery.PROCEDURE_ONLY),
        (ContactPoint(held_since=_before(-1)), Delivery.PROCEDURE_ONLY),
    ],
)
def test_personal_data_goes_where_the_person_was_known_before(
    policy: Policy, contact: ContactPoint, way: Delivery
) -> None:
    """A foreign or fresh mailbox gets letters about the procedure only (VER-17)."""
    assert delivery(policy, contact, RECEIVED) is way


def test_an_officer_may_override_with_a_reason(policy: Policy) -> None:
    """In writing; a blank reason is none (VER-17)."""
    foreign = ContactPoint()
    reasoned = delivery(policy, foreign, RECEIVED, override_reason="seen in person")
    assert reasoned is Delivery.PERSONAL_DATA
    assert delivery(policy, foreign, RECEIVED, override_reason=" ") is Delivery.PROCEDURE_ONLY


@given(requests=REQUESTS)
def test_only_verified_open_requests_of_one_person_and_right_merge(
    requests: list[OpenRequest],
) -> None:
    """They keep the earliest receipt, and no unverified one is touched (REQ-17)."""
    for merger in mergers(requests):
        members = (merger.leads, *merger.joins)
        assert len({(each.person, each.request_type) for each in members}) == 1
        assert all(each.person and not each.answered for each in members)
        assert merger.leads.received_at == min(each.received_at for each in members)


@given(requests=REQUESTS)
def test_an_attackers_copy_changes_nothing(requests: list[OpenRequest]) -> None:
    """Unverified requests make no difference to what merges (REQ-17)."""
    copies = [
        each.model_copy(update={"request_id": f"X{each.request_id}", "person": None})
        for each in requests
    ]
    assert mergers([*copies, *requests]) == mergers(requests)
