"""A message from outside that cannot be read is put aside, and wedges nothing."""

import pytest

from domain import events as e
from domain.decisions import inbox
from domain.documents import DOCUMENT_SENT
from domain.notice_words import Situation
from domain.policy import Policy
from domain.signed_in import KIND
from domain.situation import describe
from tests.domain.test_handling import LATER, happened, received


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        (inbox.POINTS_ADDED, {"kinds": ["a kind of a later release"]}),
        (inbox.POINTS_ADDED, {}),
        (DOCUMENT_SENT, {"purpose": None}),
        (inbox.ADDRESS_CONFIRMED, {"letter": "first"}),
        (KIND, {"action": "deny"}),
    ],
)
def test_it_is_put_aside_with_a_reason_and_staff_are_told(
    policy: Policy, kind: str, facts: dict[str, object]
) -> None:
    """Two events, of which neither quotes what the message said; staff see its row."""
    parked, alert = inbox.receive(received(policy), policy, LATER, row=7, kind=kind, facts=facts)
    assert isinstance(parked, e.MessageParked)
    assert parked.reason.startswith("unreadable_")
    assert isinstance(alert, e.NoticeRequested)
    assert alert.facts["situation"] == Situation.MESSAGE_PARKED
    state = happened(received(policy), parked)
    assert (state.parked_messages, state.needs_action) == ((7,), "retry_message")
    assert "message 7" in describe(state, policy, LATER)


def test_a_retry_that_succeeds_takes_it_off_the_list(policy: Policy) -> None:
    """The row may be read again, and counts once it was taken."""
    state = happened(received(policy), e.MessageParked(inbox=7, reason="unreadable_KeyError"))
    facts = {"kinds": ["phone"]}
    events = inbox.receive(state, policy, LATER, row=7, kind=inbox.POINTS_ADDED, facts=facts)
    assert happened(state, *events).parked_messages == ()
