"""What staff do about a request besides deciding it (REQ-14, REQ-15, VER-16, CLK-10, REC-06)."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from domain import actions
from domain import events as e
from domain.decisions import identity, inbox, receipt
from domain.entitlement import Sender
from domain.links import LinkPurpose
from domain.offers import offers
from domain.policy import Policy
from domain.refusals import Refused
from domain.situation import describe
from domain.state import RequestState
from domain.vocabulary import (
    Channel,
    NoticeKind,
    PointOfIdentity,
    Requester,
    RequestType,
    Residency,
    VerificationOutcome,
)
from tests.happenings import happened as happened_at
from tests.happenings import stand

RECEIVED = datetime(2026, 11, 2, 18, tzinfo=UTC)
LATER = RECEIVED + timedelta(days=35)
happened = partial(happened_at, RECEIVED)


def received(
    policy: Policy,
    kind: RequestType = RequestType.DELETE,
    residency: Residency = Residency.CA,
) -> RequestState:
    """Return a request whose address was confirmed."""
    facts = {"residency": residency, "channel": Channel.EMAIL}
    points = (PointOfIdentity.PHONE,)
    confirmed = e.AddressConfirmed(inbox=1)
    return stand(policy, RECEIVED, confirmed, kind=kind, points_offered=points, **facts)


def verified(policy: Policy) -> RequestState:
    """Return a deletion that awaits its decision."""
    return happened(
        received(policy),
        e.IdentityVerified(points_counted=3, points_required=3, evidence=2),
        e.HoldingsSurveyed(rows={"shop.orders": 2}, retained=()),
    )


def sent(
    name: str, state: RequestState, policy: Policy, now: datetime = LATER, **fields: object
) -> tuple[e.Event, ...]:
    """Return what an action causes."""
    return actions.decide(name, [{"decided_by": "s.lee", **fields}], state, policy, now)


def test_a_denial_for_fraud_needs_a_belief_on_record(policy: Policy) -> None:
    """Documented first by what it rests on; then it can be said to the person (COR-07)."""
    state = verified(policy)
    with pytest.raises(Refused, match="flag_fraud"):
        sent("deny", state, policy, reason="fraudulent")
    flagged = happened(state, *sent("flag_fraud", state, policy, reason="document_forged"))
    (denied,) = sent("deny", flagged, policy, reason="fraudulent")
    assert isinstance(denied, e.RequestDenied)


def assessed(
    state: RequestState,
    policy: Policy,
    points: int,
    *,
    ambiguous: bool = False,
    sensitive: bool = False,
) -> tuple[e.Event, ...]:
    """Return what a match of so many points comes to."""
    return identity.assess(
        state,
        policy,
        LATER,
        points_counted=points,
        mismatches=0,
        ambiguous=ambiguous,
        address_on_file=True,
        evidence=state.evidence_received,
        sensitive=sensitive,
    )


@pytest.mark.parametrize(
    ("kind", "band", "sensitive", "verified"),
    [
        (RequestType.CORRECT, "", False, True),
        (RequestType.CORRECT, "", True, False),
        (RequestType.CORRECT, "TEEN", False, False),
        (RequestType.CORRECT, "MINOR_16_17", False, True),
        (RequestType.ACCOUNT_TERMINATE, "", False, False),
    ],
)
def test_two_points_are_not_enough_for_what_is_sensitive_or_final(
    policy: Policy, kind: RequestType, band: str, sensitive: bool, verified: bool
) -> None:
    """Sensitive data, whatever is held of a child, and erasure need a third (MIN-08, REQ-16)."""
    state = received(policy, kind).model_copy(update={"age_band": band})
    first, *_ = assessed(state, policy, 2, sensitive=sensitive)
    assert isinstance(first, e.IdentityVerified) is verified


def test_another_kind_of_request_has_another_clock_and_proof(policy: Policy) -> None:
    """What was proved for one kind is judged anew for the other, and the consumer hears it."""
    before = verified(policy)
    events = sent("reclassify", before, policy, request_type="know_specific")
    after = happened(before, *events)
    assert after.request_type is RequestType.KNOW_SPECIFIC
    assert (after.verified, after.holdings, after.assessment_is_due) == (None, None, True)
    assert after.letter_of(NoticeKind.ACKNOWLEDGEMENT) is not None


def test_a_residency_stated_late_moves_no_date_into_the_past(policy: Policy) -> None:
    """Stated on day 40 to be in Europe, whose 30 days are over: due at once (REQ-15)."""
    before = received(policy, residency=Residency.UNKNOWN)
    stated = RECEIVED + timedelta(days=40)
    after = happened(before, *sent("reclassify", before, policy, stated, residency="EEA"))
    assert after.dates is not None
    assert after.dates.respond_by == stated.date()


@pytest.mark.parametrize("kind", ["correct", "gpc_signal", "minor_purge"])
def test_a_kind_that_needs_more_than_a_name_is_filed_anew(policy: Policy, kind: str) -> None:
    """Nothing is held of what to correct, so the request cannot become a correction."""
    with pytest.raises(Refused, match="File a new one"):
        sent("reclassify", verified(policy), policy, request_type=kind)


def test_nothing_is_granted_while_fraud_is_suspected(policy: Policy) -> None:
    """Neither an approval nor a match that would do; after it is cleared both count (VER-16)."""
    flagged = happened(
        received(policy), *sent("flag_fraud", received(policy), policy, reason="pattern")
    )
    (held,) = assessed(flagged, policy, 3)
    assert isinstance(held, e.IdentityAssessed)
    assert held.outcome is VerificationOutcome.FRAUD_HOLD
    cleared = happened(flagged, held, *sent("clear_fraud", flagged, policy))
    assert cleared.assessment_is_due
    assert isinstance(assessed(cleared, policy, 3)[0], e.IdentityVerified)

    approvable = verified(policy)
    stopped = happened(approvable, *sent("flag_fraud", approvable, policy, reason="pattern"))
    with pytest.raises(Refused, match="flagged this request as fraud"):
        sent("approve", stopped, policy)
    assert "suspected fraud by s.lee" in describe(stopped, policy, LATER)


def test_a_hold_stops_an_approval_until_it_is_released(policy: Policy) -> None:
    """The refusal names the hold; two holds need two releases (REC-06)."""
    state = verified(policy)
    for hold in ("LH-1", "LH-2"):
        state = happened(state, *sent("place_hold", state, policy, hold=hold, matter="M-7"))
    state = happened(state, *sent("release_hold", state, policy, hold="LH-1"))
    with pytest.raises(Refused, match="LH-2"):
        sent("approve", state, policy)
    state = happened(state, *sent("release_hold", state, policy, hold="LH-2"))
    assert sent("approve", state, policy)


def test_staff_verify_the_one_person_who_fits(policy: Policy) -> None:
    """With one point that matches one person; never between two, and never nobody (VER-18)."""
    state = received(policy)
    with pytest.raises(Refused, match="Nobody in the records fits"):
        sent("confirm_identity", state, policy, means="called_back")
    two = happened(state, *assessed(state, policy, 3, ambiguous=True))
    with pytest.raises(Refused, match="More than one person"):
        sent("confirm_identity", two, policy, means="called_back")
    one = happened(state, *assessed(state, policy, 1))
    (event,) = sent("confirm_identity", one, policy, means="called_back")
    assert isinstance(event, e.IdentityVerified)
    assert (event.means, event.actor and event.actor.id) == ("called_back", "s.lee")


def test_the_window_moves_by_hand_after_an_extension_only(policy: Policy) -> None:
    """An extension does not move it; after one, staff may, to 17:00 of the new day (CLK-10)."""
    state = received(policy)
    with pytest.raises(Refused, match="only after an extension"):
        sent("reopen_window", state, policy)
    letter, approved = sent("extend_deadline", state, policy, reason="complex_systems")
    assert isinstance(approved, e.ExtensionApproved)
    state = happened(state, letter, approved, e.DeadlineExtended(new_due=approved.new_due))
    (event,) = sent("reopen_window", state, policy)
    assert isinstance(event, e.WindowReopened)
    assert event.until is not None
    assert f"{event.until.astimezone(policy.zone):%Y-%m-%d %H:%M}" == f"{approved.new_due} 17:00"


@pytest.mark.parametrize(
    ("action", "fields", "why"),
    [
        ("withdraw", {}, "took this request back"),
        ("deny", {"reason": "conflict_with_law"}, "No extension puts that off"),
    ],
)
def test_what_has_no_work_left_is_not_extended(
    policy: Policy, action: str, fields: dict[str, Any], why: str
) -> None:
    """Taken back or denied, only the letter is owed, by the same day; approved, it may be (CLK-14).

    The refusal says which of the two it is.
    """
    ended = happened(verified(policy), *sent(action, verified(policy), policy, **fields))
    with pytest.raises(Refused, match=why):
        sent("extend_deadline", ended, policy, reason="complex_systems")
    approved = happened(verified(policy), *sent("approve", verified(policy), policy))
    assert sent("extend_deadline", approved, policy, reason="complex_systems")


def test_the_consumer_is_asked_for_what_is_missing(policy: Policy) -> None:
    """By one letter that names it; not for proof of an identity that is verified."""
    state = received(policy)
    _, letter = sent("ask_consumer", state, policy, need="clarification")
    assert isinstance(letter, e.NoticeRequested)
    assert letter.notice is NoticeKind.MORE_INFORMATION
    assert letter.facts["needs"] == ["clarification"]
    with pytest.raises(Refused, match="no more proof"):
        sent("ask_consumer", verified(policy), policy, need="more_points")


def test_no_third_letter_goes_to_an_address_that_nobody_confirmed(policy: Policy) -> None:
    """However staff ask for it (NOT-05)."""
    stranger = received(policy).model_copy(update={"address_confirmed": False})
    for n in (1, 2):
        letter = receipt.acknowledgement(stranger, policy, LATER)
        stranger = happened(
            stranger, letter, e.NoticeSent(letter=stranger.n + 1, accepted_at=LATER)
        )
        assert n == len(stranger.letters)
    asked: dict[str, dict[str, object]] = {
        "resend_letter": {},
        "ask_consumer": {"need": "more_points"},
    }
    for name, fields in asked.items():
        with pytest.raises(Refused, match="nobody has confirmed"):
            sent(name, stranger, policy, LATER, **fields)
    told = sent("reclassify", stranger, policy, request_type="know_categories")
    assert [event.type for event in told] == ["RequestReclassified"]


def test_only_a_letter_that_went_out_is_sent_again(policy: Policy) -> None:
    """The refusal lists those; the copy is a letter of its own that waits to go out."""
    state = received(policy)
    state = happened(state, receipt.acknowledgement(state, policy, LATER))
    with pytest.raises(Refused, match="none went out"):
        sent("resend_letter", state, policy)
    state = happened(state, e.NoticeSent(letter=state.n, accepted_at=LATER))
    state = happened(state, *sent("resend_letter", state, policy))
    assert state.waiting_letters == (state.n,)


def test_a_request_has_one_handler(policy: Policy) -> None:
    """Shown to everybody; to give it to the same person again is pointless."""
    state = verified(policy)
    state = happened(state, *sent("reassign", state, policy, to="m.ortiz"))
    assert "Handled by m.ortiz." in describe(state, policy, LATER)
    with pytest.raises(Refused, match="has this request already"):
        sent("reassign", state, policy, to="m.ortiz")


def corrected(state: RequestState, policy: Policy, now: datetime = RECEIVED) -> tuple[e.Event, ...]:
    """Return what a corrected address causes, which came by row 9 of the inbox."""
    by_row = Sender(row=9)
    return actions.decide("correct_contact", [{"decided_by": "s.lee"}], state, policy, now, by_row)


def test_another_address_proves_nothing_before_its_own_link(policy: Policy) -> None:
    """What the one before had proved is judged anew, with letters of its own (VER-17, NOT-05)."""
    before = happened(verified(policy), e.MessagesRead(actor=e.Actor(id="s.lee")))
    events = corrected(before, policy)
    after = happened(before, *events)
    assert (after.address_confirmed, after.verified, after.holdings) == (False, None, None)
    assert not after.assessment_is_due
    (letter,) = [event for event in events if isinstance(event, e.NoticeRequested)]
    assert letter.notice is NoticeKind.ACKNOWLEDGEMENT
    assert LinkPurpose.CONFIRM in letter.links
    assert letter.facts["address_confirmed"] is False
    assert after.letters_there == 1
    late = inbox.receive(
        after, policy, RECEIVED, row=10, kind=inbox.ADDRESS_CONFIRMED, facts={"letter": 2}
    )
    assert late == (e.MessageIgnored(inbox=10),)
    pressed = inbox.receive(
        after, policy, RECEIVED, row=11, kind=inbox.ADDRESS_CONFIRMED, facts={"letter": after.n}
    )
    assert happened(after, *pressed).assessment_is_due


def test_a_letter_that_waits_is_not_sent_to_the_address_before(policy: Policy) -> None:
    """It was for somebody at another address; the new letter takes its place."""
    before = received(policy)
    before = happened(before, *receipt.confirm_receipt(before, policy, RECEIVED))
    assert len(before.waiting_letters) == 1
    after = happened(before, *corrected(before, policy))
    assert len(after.waiting_letters) == 1
    assert after.waiting_letters != before.waiting_letters


def test_an_address_is_corrected_by_a_row_only_and_only_before_the_decision(policy: Policy) -> None:
    """Typed into the Web UI it would stay in Temporal; a decision was taken for the proved one."""
    state = verified(policy)
    with pytest.raises(Refused, match="Enter it on the case page"):
        sent("correct_contact", state, policy)
    with pytest.raises(Refused, match="knows only the fields decided_by"):
        sent("correct_contact", state, policy, email="ana@example.com")
    with pytest.raises(Refused, match="The time in which an address can be proved is over"):
        corrected(state, policy, RECEIVED + timedelta(days=60))
    decided = happened(state, *sent("approve", state, policy))
    with pytest.raises(Refused, match="decided already"):
        corrected(decided, policy)


@pytest.mark.parametrize(
    ("requester", "document", "notice"),
    [
        (Requester.AGENT_SIGNED, "permission", NoticeKind.AGENT_PROOF),
        (Requester.CONSUMER, "correction", NoticeKind.MORE_INFORMATION),
    ],
)
def test_a_document_that_does_not_do_is_asked_for_again(
    policy: Policy, requester: Requester, document: str, notice: NoticeKind
) -> None:
    """Whoever sent it reads what is wrong with it, and where to send a better one (AGT-01)."""
    state = received(policy).model_copy(
        update={"requester": requester, "needs_authority": requester is Requester.AGENT_SIGNED}
    )
    state = happened(state, e.DocumentReceived(inbox=4, purpose=document))
    assert "reject_document" in offers(state, policy, RECEIVED).likely
    rejected, letter = sent(
        "reject_document", state, policy, RECEIVED, document=document, fault="unreadable"
    )
    assert isinstance(letter, e.NoticeRequested)
    assert (letter.notice, letter.links) == (notice, (LinkPurpose.STATUS,))
    assert letter.facts["rejected"] == {"document": document, "fault": "unreadable"}
    after = happened(state, rejected, letter)
    assert "reject_document" not in offers(after, policy, RECEIVED).likely
    with pytest.raises(Refused, match="there is none"):
        sent("reject_document", after, policy, document=document, fault="unreadable")


def test_an_accepted_authority_is_not_ended_by_its_document(policy: Policy) -> None:
    """That is what refuse_authority is for."""
    state = received(policy).model_copy(
        update={"requester": Requester.AGENT_SIGNED, "needs_authority": True}
    )
    accepted = e.AuthorityAccepted(actor=e.Actor(id="s.lee"), form="signed_permission")
    state = happened(state, e.DocumentReceived(inbox=4, purpose="permission"), accepted)
    with pytest.raises(Refused, match="Send refuse_authority"):
        sent("reject_document", state, policy, document="permission", fault="not_signed")
