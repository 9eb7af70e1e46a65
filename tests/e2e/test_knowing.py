"""Requests to know: their report, their number in a year, and a deletion asked with them (KNO)."""

import io
import re
import zipfile
from datetime import date

import pytest

from domain import events as e
from domain.vocabulary import Decision, NoticeKind
from tests.e2e.case import Case
from tests.e2e.office import Office
from tests.e2e.shop import Customer

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

KNOW = "know_categories"


async def served(office: Office, customer: Customer) -> Case:
    """Have a request to know answered."""
    case = await office.verified(customer=customer, request_types=[KNOW])
    await case.act("approve")
    await case.closed()
    return case


async def third(office: Office) -> Case:
    """Return the third request to know of somebody whose first two were served."""
    customer = await office.shop.customer()
    for _ in range(2):
        await served(office, customer)
    return await office.verified(customer=customer, request_types=[KNOW])


async def filed_with_deletion(office: Office, kind: str) -> tuple[Case, Case]:
    """File a request to know and a deletion in one go, and let both be verified."""
    know = await office.file(request_types=[kind, "delete"])
    second = know.filed["requests"][1]
    assert second["request_type"] == "delete"
    deletion = office.case(second["request_id"], know.customer, second)
    await office.sweep()
    await deletion.verified()
    return know, deletion


async def test_categories_are_reported_by_letter(office: Office) -> None:
    """The report of what is held goes out after the approval, and nothing is changed (KNO-01)."""
    customer = await office.shop.customer()
    before = await office.shop.rows(customer)
    case = await served(office, customer)
    state = await case.state()
    assert state.outcome is Decision.GRANT
    assert state.report is not None
    assert state.report.specific_pieces is False
    assert (await case.letter(NoticeKind.ACCESS_REPORT))["text"]
    assert await office.shop.rows(customer) == before


async def handed_out(case: Case) -> None:
    """Have a package approved, released where staff must look, and announced."""
    await case.act("approve")
    state = await case.until("the package", lambda s: s.report)
    assert state.report is not None
    assert state.report.specific_pieces
    if state.awaits_release:
        await case.act("release_report")
    assert "/d/" in (await case.letter(NoticeKind.ACCESS_REPORT))["text"]


@pytest.mark.parametrize("kind", ["know_both", "portability", "account_review"])
async def test_a_copy_is_fetched_behind_a_link(office: Office, kind: str) -> None:
    """The letter has the package's link, and nothing of its content (KNO-02, KNO-07)."""
    case = await office.verified(request_types=[kind], residency="OTHER")
    await handed_out(case)
    text = (await case.letter(NoticeKind.ACCESS_REPORT))["text"]
    assert case.customer.phone not in text
    assert case.customer.customer_number not in text


async def package_page(case: Case) -> str:
    """Return the address of the package that the latest letter brought."""
    mail = await case.letter(NoticeKind.ACCESS_REPORT)
    (page,) = [link for link in case.people.links(mail) if "/d/" in link]
    return page


async def reissued(case: Case) -> str:
    """Have a new link sent, and return its page; the one before opens nothing any more."""
    await case.answered()
    before = await package_page(case)
    await case.act("reissue_package")
    await case.until("the new letter", lambda s: not s.waiting_letters)
    page = await package_page(case)
    assert page != before
    assert (await case.people.press(before, action="code")).status_code == 410
    return page


async def test_a_copy_is_fetched_once_by_a_code_then_purged(office: Office) -> None:
    """The code comes by mail, the package leaves once, and 30 days later it is gone (KNO-07).

    A link that went astray is replaced by a new one to the same package, gathered once.
    """
    case = await office.verified(request_types=["know_both"], residency="OTHER")
    await handed_out(case)
    page = await reissued(case)
    assert len(await case.events(e.ReportCompiled)) == 1
    assert (await office.people.press(page, action="code")).status_code == 200
    mail = (await case.letter(NoticeKind.PACKAGE_CODE))["text"]
    (code,) = re.findall(r"\b\d{4} \d{4}\b", mail)
    fetched = await office.people.press(page, action="fetch", code=code)
    with zipfile.ZipFile(io.BytesIO(fetched.content)) as package:
        assert case.customer.phone in package.read("data.json").decode()
    again = await office.people.press(page, action="fetch", code=code)
    assert again.headers["content-type"].startswith("text/html")
    await case.until("the fetch", lambda s: s.package_ends_at)
    await case.to_day(45)
    await case.closed()


async def test_a_californian_copy_takes_a_declaration(office: Office) -> None:
    """Three points and a proved address wait for the signature, then suffice (VER-14)."""
    case = await office.file(request_types=["know_specific"])
    await case.confirm()
    await case.until("an assessment", lambda s: s.assessment)
    assert "not verified yet" in await case.refused("approve")
    page = office.people.links(await case.letter(NoticeKind.MORE_INFORMATION))[0]
    signed = await office.people.press(page, action="sign", signature=case.customer.name)
    assert signed.status_code == 200
    await case.until("a decision is awaited", lambda s: s.holdings)
    await handed_out(case)


async def test_rights_asked_together_are_linked_and_of_one_day(office: Office) -> None:
    """Each right has a request of its own with the same receipt; they name each other (REQ-12)."""
    know, deletion = await filed_with_deletion(office, KNOW)
    first, second = await know.state(), await deletion.state()
    assert first.linked == (deletion.request_id,)
    assert second.linked == second.waits_for == (know.request_id,)
    assert first.received_at == second.received_at


async def test_a_deletion_goes_on_once_the_report_is_out(office: Office) -> None:
    """Nothing is erased before the report of it was sent (REQ-12)."""
    know, deletion = await filed_with_deletion(office, KNOW)
    before = await office.shop.rows(know.customer)
    await deletion.approve()
    await know.verified()
    await know.act("approve")
    await know.closed()
    assert await office.shop.rows(know.customer) == before
    await deletion.to_day(2)
    await deletion.until("the erasure", lambda s: s.erased)
    assert set((await office.shop.rows(know.customer)).values()) == {0}


async def test_a_deletion_waits_for_a_copy_until_a_week_before_it_is_due(office: Office) -> None:
    """A copy that nobody fetches holds the deletion up until day 38, not longer (REQ-12)."""
    know, deletion = await filed_with_deletion(office, "know_specific")
    await deletion.approve()
    await deletion.to_day(37)
    assert (await deletion.state()).waits_for_reports
    assert (await office.shop.rows(know.customer))["customers"] == 1
    await deletion.to_day(38, hour=23)
    await deletion.until("the erasure", lambda s: s.erased)
    assert (await office.shop.rows(know.customer))["customers"] == 0


async def test_the_third_request_in_a_year_may_be_refused(office: Office) -> None:
    """Staff refuse it; the letter names the day from which a new one is served (FRQ-04)."""
    case = await third(office)
    state = await case.until("the count", lambda s: s.earlier)
    assert state.earlier is not None
    assert (state.earlier.counted, state.earlier.excess) == (2, True)
    today = date.fromisoformat(case.filed["dates"]["receipt_date"])
    assert state.earlier.next_allowed == today.replace(year=today.year + 1)
    await case.act("refuse_excess")
    assert (await case.closed()).outcome is Decision.REFUSE_EXCESS
    text = (await case.letter(NoticeKind.EXCESS_REFUSAL))["text"]
    assert str(today.year + 1) in text


async def test_the_third_request_may_be_priced_and_is_served_once_accepted(office: Office) -> None:
    """Nothing is granted before the estimate is accepted behind its link (FEE-02, FEE-03)."""
    case = await third(office)
    await case.until("the count", lambda s: s.earlier)
    await case.act("quote_fee", work_minutes=90)
    assert "estimate" in await case.refused("approve")
    page = office.people.links(await case.letter(NoticeKind.FEE_ESTIMATE))[0]
    assert (await office.people.press(page, action="accept_fee")).status_code == 200
    await case.until("the acceptance", lambda s: s.fee_accepted)
    await case.act("approve")
    assert (await case.closed()).outcome is Decision.GRANT
