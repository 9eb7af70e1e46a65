"""Where such systems do harm: copies of requests (REQ-17)."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.duplicates import OpenRequest, mergers
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
