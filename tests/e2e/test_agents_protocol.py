"""Agents' software by the Data Rights Protocol, from the first key to the last callback."""

import base64
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from nacl.signing import SigningKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from domain.state import RequestState
from domain.vocabulary import Decision, NoticeKind
from gateway.drp.app import BASE
from samples.agents.reference_agent import ReferenceAgent
from tests.e2e.case import Case
from tests.e2e.office import Office
from tests.e2e.shop import Customer
from workers.sandbox import Stage, free_port, listening
from workers.settings import read_variable
from workers.stack.agents import AGENT_ID, AGENT_KEY, BUSINESS_ID, CONTACT
from workers.stack.ports import LOOPBACK
from workflows.telling_agents import AGENT_STATUSES, AgentsTold

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


class Helpers:
    """The sample agent of the stack, with an ear for callbacks."""

    def __init__(self, office: Office, agent: ReferenceAgent, url: str) -> None:
        self.office = office
        self.agent = agent
        self.heard: list[dict[str, Any]] = []
        self._url = url

    async def heed(self, request: Request) -> Response:
        """Take a callback; what is answered is nobody's business."""
        self.heard.append(await request.json())
        return JSONResponse({"thanks": True})

    async def file(self, right: str, customer: Customer) -> tuple[dict[str, Any], Case]:
        """Exercise a right of a customer, and follow the request from inside."""
        identity = {
            "name": customer.name,
            "email": customer.email,
            "phone_number": customer.phone,
            "address": {"formatted": customer.postal_address},
        }
        claims: dict[str, Any] = {"agent-request-id": str(uuid.uuid4())}
        answer = await self.agent.exercise(right, identity, status_callback=self._url, **claims)
        assert answer.status_code == httpx.codes.OK, answer.text
        status = answer.json()
        unknown = self.office.case("", customer, {})
        (row,) = await unknown.query(
            "SELECT request_id FROM privacy.agent_request WHERE drp_id = $1",
            uuid.UUID(status["request_id"]),
        )
        return status, self.office.case(row["request_id"], customer, {})

    async def asked(self, status: dict[str, Any]) -> dict[str, Any]:
        """Ask how a request stands."""
        answer = await self.agent.status(status["request_id"])
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    async def told(self) -> dict[str, Any]:
        """Let the engine call whoever has to hear something, and return the last callback."""
        await self.office.client.execute_workflow(
            AGENT_STATUSES,
            id=f"agents-{uuid.uuid4()}",
            task_queue=self.office.settings.task_queue,
            result_type=AgentsTold,
        )
        return self.heard[-1]


@pytest_asyncio.fixture(loop_scope="session")
async def helpers(office: Office) -> AsyncIterator[Helpers]:
    """Pair the sample agent with the business."""
    seed = read_variable(AGENT_KEY, office.stack.configuration.variables) or ""
    port = free_port(LOOPBACK)
    stage = Stage(LOOPBACK, port, f"http://{LOOPBACK}:{port}", 0)
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        agent = ReferenceAgent(
            http,
            office.stack.addresses.gateway + BASE,
            agent_id=AGENT_ID,
            business_id=BUSINESS_ID,
            key=SigningKey(base64.b64decode(seed)),
        )
        helpers = Helpers(office, agent, f"{stage.public_url}/status")
        routes = [Route("/status", helpers.heed, methods=["POST"])]
        async with listening(Starlette(routes=routes), stage):
            await agent.set_up()
            yield helpers


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
