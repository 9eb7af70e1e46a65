"""Choices: carried out at once without a proof, and opting in only in two steps (OPT, REQ-10)."""

from datetime import UTC, datetime

import pytest

from domain import events as e
from domain.notice_words import OptOutScope
from domain.vocabulary import Decision, NoticeKind, VerificationOutcome
from tests.e2e.case import Case
from tests.e2e.office import Office

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

SALE_SHARING = "opt_out_sale_sharing"
OPT_IN = "opt_in_after_opt_out"


async def suppressed_for(case: Case) -> list[str]:
    """Name what the person of a request is suppressed for because of it."""
    entries = await case.query(
        "SELECT DISTINCT scope FROM privacy.suppression WHERE request_id = $1", case.request_id
    )
    return [entry["scope"] for entry in entries]


async def test_an_opt_out_of_sale_holds_at_once(office: Office) -> None:
    """Without a proof and without staff it is stored, listed, confirmed (REQ-09, OPT-01)."""
    case = await office.file(request_types=[SALE_SHARING], points={})
    state = await case.closed()
    assert state.outcome is Decision.GRANT
    assert await office.shop.opted_out(case.customer)
    assert await suppressed_for(case) == ["sale_sharing"]
    assert (await case.letter(NoticeKind.OPT_OUT_DONE))["text"]
    assert NoticeKind.ACKNOWLEDGEMENT not in [each.notice for each in state.letters.values()]


async def test_an_opt_out_of_sale_is_no_direction_to_service_providers(office: Office) -> None:
    """Only third parties to whom data is sold or shared are told, and there is none (OPT-01)."""
    case = await office.file(request_types=[SALE_SHARING], points={})
    assert (await case.closed()).providers == {}


async def test_a_limit_holds_at_once(office: Office) -> None:
    """It is kept and confirmed; who holds nothing sensitive does not hear of it (OPT-08)."""
    case = await office.file(request_types=["limit_spi"], points={})
    state = await case.closed()
    assert state.choice is not None
    assert state.choice.scope == OptOutScope.SENSITIVE_DATA
    assert await suppressed_for(case) == ["sensitive_data"]
    assert (await case.letter(NoticeKind.OPT_OUT_DONE))["text"]
    assert state.providers == {}


async def test_a_signal_of_somebody_opts_them_out_without_a_letter(office: Office) -> None:
    """A signed-in browser's signal reaches the person's preferences; nobody is mailed (OPT-05)."""
    case = await office.file(request_types=["gpc_signal"], channel="gpc", points={})
    state = await case.closed()
    assert state.outcome is Decision.GRANT
    assert await office.shop.opted_out(case.customer)
    assert [each for each in state.letters.values() if each.audience == "consumer"] == []


async def test_a_signal_of_a_browser_alone_is_kept_for_the_browser(office: Office) -> None:
    """Who is not named is still opted out, as a browser, and no provider is told (OPT-05)."""
    customer = await office.shop.customer()
    device = f"browser-of-nobody-{customer.id}"
    signal = {"request_types": ["gpc_signal"], "channel": "gpc", "device": device}
    filed = await office.people.file(signal)
    case = office.case(filed["request_id"], customer, filed)
    state = await case.closed()
    assert state.outcome is Decision.GRANT
    assert state.providers == {}
    assert await suppressed_for(case) == ["sale_sharing"]
    assert await office.shop.opted_out(customer) is False


async def test_a_marketing_opt_out_takes_the_row_off_the_list(office: Office) -> None:
    """The row is gone and a hash stays; only whoever holds the lists is told (REQ-10)."""
    customer = await office.shop.customer()
    contacts = "SELECT count(*) FROM marketing_contacts WHERE email = $1"
    assert await office.shop.value(contacts, customer.email) > 0
    case = await office.file(customer, points={}, request_types=["marketing_opt_out"])
    state = await case.closed()
    assert await office.shop.value(contacts, customer.email) == 0
    assert await suppressed_for(case) == ["marketing"]
    assert set(state.providers or {}) == {"postbird"}
    assert (await office.shop.rows(customer))["customers"] == 1


async def test_opting_in_again_takes_a_second_step(office: Office) -> None:
    """Nothing changes until the link is pressed; then the choice is taken back (OPT-07)."""
    customer = await office.shop.customer()
    await (await office.file(customer, points={}, request_types=[SALE_SHARING])).closed()
    case = await office.file(customer, points={}, request_types=[OPT_IN])
    await case.letter(NoticeKind.ACKNOWLEDGEMENT)
    assert await office.shop.opted_out(customer)
    await case.confirm()
    state = await case.closed()
    assert state.outcome is Decision.GRANT
    assert await office.shop.opted_out(customer) is False
    assert (await case.letter(NoticeKind.MINOR_OPT_IN))["text"]


async def test_an_opt_in_without_the_second_step_is_denied(office: Office) -> None:
    """Silence until the window ends leaves the opt-out as it stands (OPT-07, CLK-10)."""
    customer = await office.shop.customer()
    await (await office.file(customer, points={}, request_types=[SALE_SHARING])).closed()
    case = await office.file(customer, points={}, request_types=[OPT_IN])
    await case.letter(NoticeKind.ACKNOWLEDGEMENT)
    sent = await case.state()
    assert sent.dates is not None
    assert sent.dates.window_closes_at is not None
    await case.forward_to(sent.dates.window_closes_at)
    state = await case.closed()
    assert state.unverified is VerificationOutcome.UNVERIFIED_DENY
    assert await office.shop.opted_out(customer)
    assert not await case.events(e.ChoiceApplied)


async def test_a_teen_opts_in_alone_in_two_steps(office: Office) -> None:
    """From 13 to 15 no parent is asked; the letter says how to opt out again (MIN-03, MIN-04)."""
    born = f"{datetime.now(UTC).year - 14}-01-02"
    case = await office.file(request_types=["opt_in_minor"], points={}, birth_date=born)
    await case.confirm()
    state = await case.until("the answer", lambda s: s.answered)
    assert state.needs_authority is False
    assert state.outcome is Decision.GRANT
    assert (await case.letter(NoticeKind.MINOR_OPT_IN))["text"]
