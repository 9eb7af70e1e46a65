"""Who asks: what proves an identity, and what the end of the window brings (VER, CLK-10)."""

import re
from datetime import timedelta

import pytest

from domain import events as e
from domain.notice_words import Situation
from domain.vocabulary import Decision, NoticeKind, PointOfIdentity, VerificationOutcome
from samples.business.people import ROBERT_HALE_JUNIOR, ROBERT_HALE_SENIOR
from tests.e2e.case import PACIFIC
from tests.e2e.office import Office
from tests.e2e.shop import Customer

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

WRONG = {
    PointOfIdentity.PHONE: "+1 900 555 0100",
    PointOfIdentity.CUSTOMER_NUMBER: "C-999999",
    PointOfIdentity.POSTAL_ADDRESS: "1 Nowhere Lane, Reno, NV 89501",
}


async def test_silence_until_day_45_becomes_an_opt_out(office: Office) -> None:
    """Never confirmed: on day 45 at 17:00 Pacific denied, opted out, told so (VER-08, DEL-10)."""
    case = await office.file()
    before = await office.shop.rows(case.customer)
    await case.letter(NoticeKind.ACKNOWLEDGEMENT)
    await case.to_day(45, hour=16, minute=58)
    assert (await case.state()).identity_settled is False
    await case.to_day(45, hour=17, minute=2)
    state = await case.closed()

    assert state.unverified is VerificationOutcome.UNVERIFIED_TREAT_AS_OPT_OUT
    assert state.outcome is Decision.UNVERIFIED_TREAT_AS_OPT_OUT
    assert await office.shop.opted_out(case.customer)
    assert await office.shop.rows(case.customer) == before
    assert state.dates is not None
    assert state.answered_at is not None
    answered = state.answered_at.astimezone(PACIFIC)
    assert (answered.date(), answered.hour) == (state.dates.respond_by, 17)
    assert not state.breached
    assert (await case.letter(NoticeKind.UNVERIFIED_DELETION))["text"]
    assert state.providers == {}, "buyers would be told, and there is none"


async def test_an_opted_out_address_is_suppressed_by_a_keyed_hash(office: Office) -> None:
    """The suppression list takes the address, unreadable, so that the choice lasts (VER-08)."""
    case = await office.file()
    await case.letter(NoticeKind.ACKNOWLEDGEMENT)
    await case.to_day(45, hour=17, minute=2)
    await case.closed()
    entries = await case.query(
        "SELECT * FROM privacy.suppression WHERE request_id = $1", case.request_id
    )
    assert [entry["scope"] for entry in entries] == ["sale_sharing"]
    assert case.customer.email not in str([dict(entry) for entry in entries])


async def test_a_confirmed_address_that_is_not_on_file_gives_no_point(office: Office) -> None:
    """Two true points from a foreign mailbox stay two; nothing may be granted (VER-17, VER-19)."""
    customer = await office.shop.customer()
    points = {
        PointOfIdentity.PHONE: customer.phone,
        PointOfIdentity.CUSTOMER_NUMBER: customer.customer_number,
    }
    foreign = f"stranger{customer.id}@example.net"
    consumer = {"name": customer.name, "email": foreign}
    case = await office.file(customer, points, consumer=consumer)
    await case.confirm()
    state = await case.until("an assessment", lambda s: s.assessment)
    assert state.assessment is not None
    assert state.assessment.points_counted == 2
    assert state.assessment.address_on_file is False
    assert "not verified yet" in await case.refused("approve", confirm_grounds=["EX8"])


async def test_nothing_is_disclosed_to_a_mailbox_that_was_not_held(office: Office) -> None:
    """Three true points, a foreign mailbox: nothing goes there until staff say how (VER-17)."""
    customer = await office.shop.customer()
    consumer = {"name": customer.name, "email": f"stranger{customer.id}@example.net"}
    case = await office.file(customer, consumer=consumer, request_types=["know_categories"])
    await case.confirm()
    state = await case.until("staff are told", lambda s: s.needs_action == "review_identity")
    assert state.assessment is not None
    assert state.assessment.points_counted == 3
    assert Situation.ADDRESS_NOT_HELD in await case.staff_told()
    assert "not verified yet" in await case.refused("approve")
    await case.act("confirm_identity", means="called_back")
    await case.until("a decision is awaited", lambda s: s.awaits_decision)


async def test_two_namesakes_at_one_address_are_left_to_staff(office: Office) -> None:
    """Points that fit father and son verify neither; staff are told, none may approve (VER-18)."""
    father, son = ROBERT_HALE_SENIOR, ROBERT_HALE_JUNIOR
    who = Customer(4, father.customer_number, father.name, father.email, "", "", "")
    shared = {
        PointOfIdentity.FULL_NAME: father.name,
        PointOfIdentity.POSTAL_ADDRESS: father.postal_address,
        PointOfIdentity.CUSTOMER_NUMBER: father.customer_number,
        PointOfIdentity.PHONE: son.phone,
        PointOfIdentity.BIRTH_DATE: son.birth_date,
    }
    before = await office.shop.rows(who)
    case = await office.file(who, shared)
    await case.confirm()
    state = await case.until("an assessment", lambda s: s.assessment)
    assert state.assessment is not None
    assert state.assessment.ambiguous
    assert state.needs_action == "review_identity"
    assert Situation.AMBIGUOUS_IDENTITY in await case.staff_told()
    assert "not verified yet" in await case.refused("approve", confirm_grounds=["EX8"])
    assert "evidence window is open" in await case.refused("deny", reason="conflict_with_law")
    assert await office.shop.rows(who) == before


async def test_the_letter_for_more_points_tells_nothing_of_the_records(office: Office) -> None:
    """N-02 is the same whether one of the given points matched or none (VER-13, VER-15, NOT-03)."""
    customer = await office.shop.customer()
    known = await office.file(customer, {PointOfIdentity.PHONE: customer.phone})
    stranger = await office.file(
        await office.shop.customer(),
        {PointOfIdentity.PHONE: WRONG[PointOfIdentity.PHONE]},
        consumer={"name": customer.name, "email": f"nobody{customer.id}@example.net"},
    )
    texts = []
    for case in (known, stranger):
        await case.confirm()
        text = (await case.letter(NoticeKind.MORE_INFORMATION))["text"]
        texts.append(re.sub(r"/r/[\w-]+", "/r/LINK", text.replace(case.request_id, "PR")))
    counted = [(await case.state()).assessment for case in (known, stranger)]
    assert [each.points_counted for each in counted if each] == [2, 0]
    assert texts[0] == texts[1]


async def test_points_added_on_the_page_verify(office: Office) -> None:
    """What was missing is given behind the link of N-02, matched at once, and suffices (VER-02)."""
    customer = await office.shop.customer()
    case = await office.file(customer, {PointOfIdentity.PHONE: customer.phone})
    await case.confirm()
    answer = await case.press(
        NoticeKind.MORE_INFORMATION,
        fields={PointOfIdentity.CUSTOMER_NUMBER: customer.customer_number},
    )
    assert answer.status_code == 200
    state = await case.until("the identity", lambda s: s.verified)
    assert state.verified is not None
    assert state.verified.points_counted == 3
    assert Situation.DECISION_WAITS in await case.staff_told()
    assert await case.events(e.PointsAdded)


async def test_points_that_contradict_the_records_are_flagged(office: Office) -> None:
    """Two mismatches raise a fraud flag for staff and nothing for the asker (VER-01, VER-15)."""
    customer = await office.shop.customer()
    given = {
        PointOfIdentity.CUSTOMER_NUMBER: customer.customer_number,
        PointOfIdentity.PHONE: WRONG[PointOfIdentity.PHONE],
        PointOfIdentity.POSTAL_ADDRESS: WRONG[PointOfIdentity.POSTAL_ADDRESS],
    }
    case = await office.file(customer, given)
    await case.confirm()
    state = await case.until("an assessment", lambda s: s.assessment)
    assert state.assessment is not None
    assert state.assessment.mismatches == 2
    assert Situation.FRAUD_SUSPECTED in await case.staff_told()


async def test_a_disowned_request_stops(office: Office) -> None:
    """The link "not me" ends the request; staff hear of it, the address no more (NOT-05)."""
    case = await office.file()
    before = await office.shop.rows(case.customer)
    await case.disown()
    state = await case.closed()
    assert state.outcome is Decision.WITHDRAWN
    assert Situation.REQUEST_DISOWNED in await case.staff_told()
    to_consumer = [n for n in state.letters.values() if n.audience == "consumer"]
    assert [letter.notice for letter in to_consumer] == [NoticeKind.ACKNOWLEDGEMENT]
    assert await office.shop.rows(case.customer) == before


async def test_a_link_counts_once_and_expires_by_business_time(office: Office) -> None:
    """A second press changes nothing; after the window the page takes no more."""
    case = await office.file()
    other = await office.file()
    await case.confirm()
    await case.confirm()
    await case.until("a decision is awaited", lambda s: s.holdings)
    assert len(await case.events(e.AddressConfirmed)) == 1
    mail = await other.letter(NoticeKind.ACKNOWLEDGEMENT)
    await other.to_day(45, hour=17, minute=2)
    state = await other.closed()
    answer = await office.people.press(office.people.links(mail)[0])
    assert answer.status_code in (409, 410)
    assert await other.ledger_state() == state
    assert state.answered_at is not None
    assert state.answered_at - state.received_at > timedelta(days=44)  # type: ignore[operator]
