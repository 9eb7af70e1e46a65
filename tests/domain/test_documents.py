"""What is uploaded is known by its bytes, noted once, and shown to staff; letters lead there."""

from datetime import UTC, datetime
from functools import partial

import pytest

from domain import events as e
from domain import situation
from domain.decisions import inbox, receipt
from domain.documents import DELIVERY_CHOSEN, DOCUMENT_SENT, media_type_of
from domain.links import LinkPurpose
from domain.notice_words import Situation
from domain.policy import Policy
from domain.state import RequestState
from domain.vocabulary import NoticeKind, Requester, RequestType
from tests.happenings import happened, stand

NOW = datetime(2026, 11, 23, 18, tzinfo=UTC)
after = partial(happened, NOW)


def opened(
    policy: Policy,
    kind: RequestType = RequestType.DELETE,
    requester: Requester = Requester.CONSUMER,
) -> RequestState:
    """Return the state of a request whose receipt was confirmed."""
    state = stand(policy, NOW, kind=kind, requester=requester)
    return after(state, *receipt.confirm_receipt(state, policy, NOW))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"<svg onload=alert(1)>", None),
        (b"MZ\x90\x00", None),
        (b"PK\x03\x04", None),
        (b" %PDF-1.7", None),
        (b"", None),
    ],
)
def test_a_document_is_what_its_first_bytes_say(content: bytes, kind: str | None) -> None:
    """Neither a name nor a browser's word counts; what could run is not taken."""
    assert media_type_of(content) == kind


def test_a_proof_of_authority_is_noted_and_waits_for_staff(policy: Policy) -> None:
    """Staff are mailed, and their screen names what came; nothing is decided by it (AGT-01)."""
    state = opened(policy, requester=Requester.AGENT_SIGNED)
    events = inbox.receive(
        state, policy, NOW, row=7, kind=DOCUMENT_SENT, facts={"purpose": "power_of_attorney"}
    )
    noted, alert = events
    assert noted == e.DocumentReceived(inbox=7, purpose="power_of_attorney")
    assert isinstance(alert, e.NoticeRequested)
    assert alert.facts["situation"] == Situation.AUTHORITY_TO_CHECK
    later = after(state, *events)
    assert not later.authority
    assert "power of attorney" in situation.describe(later, policy, NOW)
    assert inbox.receive(later, policy, NOW, row=7, kind=DOCUMENT_SENT, facts={}) == ()


def test_a_copy_can_be_wanted_on_paper(policy: Policy) -> None:
    """For what discloses, until it is answered; staff read it where they decide (NOT-07)."""
    state = opened(policy, RequestType.KNOW_SPECIFIC)
    chosen = inbox.receive(state, policy, NOW, row=3, kind=DELIVERY_CHOSEN, facts={"way": "post"})
    assert chosen == (e.DeliveryChosen(inbox=3, way="post"),)
    assert "by post" in situation.describe(after(state, *chosen), policy, NOW)
    deletion = inbox.receive(
        opened(policy), policy, NOW, row=3, kind=DELIVERY_CHOSEN, facts={"way": "post"}
    )
    assert deletion == (e.MessageIgnored(inbox=3),)


@pytest.mark.parametrize(
    ("requester", "notice"),
    [
        (Requester.CONSUMER, NoticeKind.ACKNOWLEDGEMENT),
        (Requester.AGENT_SIGNED, NoticeKind.ACKNOWLEDGEMENT),
        (Requester.AGENT_SIGNED, NoticeKind.AGENT_PROOF),
        (Requester.AGENT_POA, NoticeKind.AGENT_PROOF),
    ],
)
def test_the_first_letters_lead_to_the_page_of_the_request(
    policy: Policy, requester: Requester, notice: NoticeKind
) -> None:
    """Consumer and agent each get a link of their own, good while the window is open."""
    received = opened(policy, requester=requester)
    asked = [
        event
        for event in receipt.confirm_receipt(received, policy, NOW)
        if isinstance(event, e.NoticeRequested) and event.notice is notice
    ]
    assert received.dates is not None
    for letter in asked:
        assert LinkPurpose.STATUS in letter.links
        assert letter.links_expire_at == received.dates.window_closes_at
    assert asked
