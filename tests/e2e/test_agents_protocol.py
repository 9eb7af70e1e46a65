"""Agents' software by the Data Rights Protocol, from the first key to the last callback."""

import uuid
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from domain.state import RequestState
from domain.vocabulary import Decision, NoticeKind
from tests.e2e.helpers import Helpers, helping
from tests.e2e.office import Office
from workers.stack.agents import CONTACT
from workers.stack.ports import LOOPBACK

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def helpers(office: Office) -> AsyncIterator[Helpers]:
    """Pair the sample agent with the business."""
    async with helping(office) as paired:
        yield paired


def twice(state: RequestState) -> bool:
    """Tell whether the letter that confirms receipt went out two times."""
    return [one.notice for one in state.letters.values()].count(NoticeKind.ACKNOWLEDGEMENT) == 2


async def test_a_deletion_by_an_agents_software_from_key_to_callback(
    office: Office, helpers: Helpers
) -> None:
    """The consumer proves, staff check the permission, extend, approve; each step is told.

    Letters go to the consumer and the agent, the answer to the consumer alone (AGT-01, -02, -07).
    """
    customer = await office.shop.customer()
    filed, case = await helpers.file("deletion", customer)
    await case.letter(NoticeKind.ACKNOWLEDGEMENT)
    assert (await case.letter(NoticeKind.AGENT_PROOF))["to"] == [CONTACT]
    waiting = await helpers.asked(filed)
    assert (waiting["status"], waiting["reason"]) == ("in_progress", "need_user_verification")
    assert "permission" in waiting["processing_details"]
    assert await helpers.told() == waiting

    page = waiting["user_verification_url"]
    async with httpx.AsyncClient(trust_env=False) as browser:
        assert "What is left" in (await browser.get(page)).text
        foreign = await browser.get(page, params={"request_id": str(uuid.uuid4())})
        assert foreign.status_code == 404
        await browser.post(page, data={"action": "send"})
        await case.until("the letter goes out again", twice)
        await case.confirm()
        await case.until("the confirmation", lambda s: s.address_confirmed)
        back = {"redirect_to": f"http://{LOOPBACK}/done", "request_id": filed["request_id"]}
        assert (await browser.get(page, params=back)).headers["location"] == back["redirect_to"]
        away = {**back, "redirect_to": "https://evil.example/done"}
        assert (await browser.get(page, params=away)).status_code == httpx.codes.OK

    await case.act("accept_authority", form="signed_permission", seen=["registration"])
    await case.until("a decision is awaited", lambda s: s.holdings)
    assert "reason" not in await helpers.asked(filed)
    await case.act("extend_deadline", reason="complex_systems")
    await case.until("the extension holds", lambda s: s.extension)
    await case.letter(NoticeKind.EXTENSION)
    await case.until("it holds", lambda s: s.extension and s.extension.status == "effective")
    extended = await helpers.told()
    assert extended["expected_by"] > filed["expected_by"]
    assert extended["processing_details"].startswith("Extended to")

    await case.approve()
    await case.closed()
    done = await helpers.told()
    assert (done["status"], done["agent_request_id"]) == ("fulfilled", filed["agent_request_id"])
    assert await helpers.asked(filed) == done
    outcome = await case.letter(NoticeKind.PARTIAL_OUTCOME)
    assert outcome["to"] == [customer.email]
    assert set((await office.shop.rows(customer)).values()) == {0}


async def test_an_agent_takes_a_request_back_in_mid_flight(
    office: Office, helpers: Helpers
) -> None:
    """Nothing is deleted, the consumer has it in writing, and it stays taken back (REC-07)."""
    customer = await office.shop.customer()
    before = await office.shop.rows(customer)
    filed, case = await helpers.file("deletion", customer)
    await case.letter(NoticeKind.ACKNOWLEDGEMENT)
    answer = await helpers.agent.revoke(filed["request_id"], "changed my mind")
    assert answer.json()["status"] == "revoked"
    state = await case.closed()
    assert state.outcome is Decision.WITHDRAWN
    assert (await case.letter(NoticeKind.DENIAL))["to"] == [customer.email]
    assert await helpers.told() == (await helpers.agent.revoke(filed["request_id"])).json()
    assert await office.shop.rows(customer) == before
