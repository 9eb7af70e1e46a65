"""An address with a slip of the pen is corrected, and must be proved again (VER-17, NOT-05)."""

import httpx
import pytest

from domain import events as e
from domain.vocabulary import NoticeKind
from tests.e2e.case import eventually
from tests.e2e.office import Office

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_letters_go_to_the_corrected_address_which_must_be_proved_again(
    office: Office,
) -> None:
    """By the command line: the address is in no table in clear, the earlier link opens nothing."""
    customer = await office.shop.customer()
    slip = f"slip.{customer.email}"
    case = await office.file(customer, consumer={"name": customer.name, "email": slip})
    await case.confirm()
    before = await case.until("the slip was confirmed", lambda s: s.address_confirmed)
    earlier = case.people.links(await case.letter(NoticeKind.ACKNOWLEDGEMENT))[1]

    command = ("request", "correct-contact", case.request_id, "--by", "s.lee")
    code, said = await office.privacy(*command, given="nobody\n")
    assert (code, "no e-mail address" in said) == (1, True)
    code, said = await office.privacy(*command, given=f"{customer.email}\n")
    assert (code, "Recorded" in said) == (0, True), said

    async def written() -> bool:
        return bool(await case.people.mails(to=customer.email))

    await eventually(written)
    state = await case.until(
        "the new letter is out", lambda s: s.addressed_since and not s.waiting_letters
    )
    assert (state.address_confirmed, state.verified) == (False, None)
    assert before.n < state.addressed_since
    async with httpx.AsyncClient(trust_env=False) as browser:
        assert (await browser.get(earlier)).status_code == httpx.codes.GONE

    await case.confirm()
    await case.until("a decision is awaited", lambda s: s.verified and s.holdings)
    told = await case.letter(NoticeKind.STAFF_ALERT)
    assert f"/staff/requests/{case.request_id}" in told["text"]
    (corrected,) = await case.events(e.ContactCorrected)
    assert corrected.actor == e.Actor(id="s.lee", known="self-asserted")
    facts = "SELECT facts::text FROM privacy.inbox WHERE request_id = $1"
    kept = [row["facts"] for row in await case.query(facts, case.request_id)]
    ledger = "SELECT document::text FROM privacy.ledger WHERE stream = $1"
    kept += [row["document"] for row in await case.query(ledger, case.request_id)]
    assert not [text for text in kept if customer.email in text]
    assert "knows only the fields" in await case.refused("correct_contact", email="a@b.example")
    assert "on the case page" in await case.refused("correct_contact")

    await case.approve()
    await case.closed()
    assert set((await office.shop.rows(customer)).values()) == {0}
    await office.replay(case.request_id)
