"""Kinds that change or end something: corrections, accounts, testimonials, young people (REQ)."""

from datetime import UTC, date, datetime

import asyncpg
import pytest

from domain.vocabulary import Decision, NoticeKind, ProviderStanding
from tests.e2e.case import Case
from tests.e2e.office import Office
from tests.e2e.shop import Customer

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

NEW_PHONE = "+1 209 555 0{:03}"
ACTIVE = "SELECT active FROM accounts WHERE id = $1"
PUBLISHED = "SELECT published FROM testimonials WHERE id = $1"


async def backoffice(office: Office, query: str, customer: Customer) -> object:
    """Ask the second database about a consumer."""
    connection = await asyncpg.connect(office.stack.business.backoffice)
    try:
        return await connection.fetchval(query, customer.id)
    finally:
        await connection.close()


async def customer_with(office: Office, query: str) -> Customer:
    """Return a consumer not used yet of whom a query finds something."""
    while True:
        customer = await office.shop.customer()
        if await backoffice(office, query, customer) is not None:
            return customer


def child_of(age: int) -> str:
    """Return a birth date of somebody that old."""
    return date(datetime.now(UTC).year - age, 1, 2).isoformat()


async def corrected(office: Office, kind: str) -> tuple[Case, str]:
    """Have a telephone number corrected by a request of a kind."""
    customer = await office.shop.customer()
    phone = NEW_PHONE.format(customer.id)
    wish = {"field": "phone", "claimed": phone, "held": customer.phone}
    case = await office.verified(customer=customer, request_types=[kind], corrections=[wish])
    await case.act("approve", reason="correction_supported")
    return case, phone


async def held_phone(office: Office, case: Case) -> object:
    """Return the telephone number in the shop."""
    query = "SELECT phone FROM customers WHERE id = $1"
    return await office.shop.value(query, case.customer.id)


async def test_a_correction_is_written_and_told(office: Office) -> None:
    """The right value stands in the shop; the letter says what, never the value (COR-04, N-08)."""
    case, phone = await corrected(office, "correct")
    state = await case.closed()
    assert state.outcome is Decision.GRANT
    assert await held_phone(office, case) == phone
    text = (await case.letter(NoticeKind.CORRECTION_RESULT))["text"]
    assert "corrected this" in " ".join(text.split())
    assert phone not in text


async def test_providers_are_told_the_right_value(office: Office) -> None:
    """Who holds the record gets the value that was corrected, and confirms it (COR-04)."""
    case, phone = await corrected(office, "correct")
    state = await case.closed()
    assert state.providers is not None
    assert {view.standing for view in state.providers.values()} == {ProviderStanding.DONE}
    mails = [mail for mail in await office.people.mails() if case.request_id in str(mail)]
    opened = [await office.people.mail(mail["message_id"]) for mail in mails]
    assert [mail for mail in opened if phone in mail["text"]]


async def test_an_account_change_is_a_correction(office: Office) -> None:
    """The account's data is changed after the same proof, and answered alike (REQ-16)."""
    case, phone = await corrected(office, "account_change")
    assert (await case.closed()).outcome is Decision.GRANT
    assert await held_phone(office, case) == phone


async def test_a_terminated_account_is_off_before_anybody_decides(office: Office) -> None:
    """Off at once after the proof, its data erased only after the approval (REQ-16)."""
    customer = await customer_with(office, ACTIVE)
    before = await office.shop.rows(customer)
    case = await office.verified(customer=customer, request_types=["account_terminate"])
    assert await backoffice(office, ACTIVE, customer) is False
    assert await office.shop.rows(customer) == before
    await case.approve()
    assert (await case.closed()).outcome is Decision.GRANT_PARTIAL
    assert set((await office.shop.rows(customer)).values()) == {0}


async def test_a_testimonial_goes_offline_and_nothing_else(office: Office) -> None:
    """Unpublished after the approval; the account and the data stay (REQ-11)."""
    query = PUBLISHED + " AND (SELECT active FROM accounts WHERE id = $1)"
    customer = await customer_with(office, query)
    before = await office.shop.rows(customer)
    where = "https://shop.example/voices"
    case = await office.verified(
        customer=customer, request_types=["testimonial_change"], testimonial=where
    )
    assert await backoffice(office, PUBLISHED, customer) is True
    await case.act("approve")
    assert (await case.closed()).outcome is Decision.GRANT
    assert await backoffice(office, PUBLISHED, customer) is False
    assert await backoffice(office, ACTIVE, customer) is True
    assert await office.shop.rows(customer) == before


async def test_a_reported_child_is_switched_off_and_erased_once_the_age_is_known(
    office: Office,
) -> None:
    """Off at once, no approval before establish_age, then erased (MIN-06)."""
    customer = await customer_with(office, ACTIVE)
    case = await office.file(
        customer, request_types=["minor_purge"], requester="reporter", birth_date=child_of(10)
    )
    await case.until("what is held", lambda s: s.holdings)
    assert await backoffice(office, ACTIVE, customer) is False
    assert "establish_age" in await case.refused("approve", confirm_grounds=["EX8"])
    await case.act("establish_age", method="parent_called")
    await case.act("approve", reason="age_established", confirm_grounds=["EX8"])
    await case.closed()
    assert set((await office.shop.rows(customer)).values()) == {0}


async def test_who_says_to_be_seventeen_has_a_purge_opened(office: Office) -> None:
    """After the person's own request the company opens a purge of what is held (MIN-06)."""
    customer = await customer_with(office, ACTIVE)
    asked = await office.file(
        customer, request_types=["opt_out_sale_sharing"], birth_date=child_of(17)
    )
    state = await asked.closed()
    purge = office.case(state.purge, customer, asked.filed)
    found = await purge.until("what is held", lambda s: s.holdings)
    assert found.is_purge
    assert await backoffice(office, ACTIVE, customer) is False
