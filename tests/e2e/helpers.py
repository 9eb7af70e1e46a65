"""The sample agent of a stack, whose software goes by the Data Rights Protocol."""

import base64
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from nacl.signing import SigningKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.drp.app import BASE
from samples.agents.reference_agent import ReferenceAgent
from tests.e2e.case import Case
from tests.e2e.office import Office
from tests.e2e.shop import Customer
from workers.sandbox import Stage, free_port, listening
from workers.settings import read_variable
from workers.stack.agents import AGENT_ID, AGENT_KEY, BUSINESS_ID
from workers.stack.ports import LOOPBACK
from workflows.telling_agents import AGENT_STATUSES, AgentsTold


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

    async def file(
        self, right: str, customer: Customer, named: str = ""
    ) -> tuple[dict[str, Any], Case]:
        """Exercise a right of a customer, and follow the request from inside.

        Under a number of the agent's own, ``named``, it is filed once however often it is sent.
        """
        identity = {
            "name": customer.name,
            "email": customer.email,
            "phone_number": customer.phone,
            "address": {"formatted": customer.postal_address},
        }
        claims: dict[str, Any] = {"agent-request-id": named or str(uuid.uuid4())}
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


@asynccontextmanager
async def helping(office: Office) -> AsyncIterator[Helpers]:
    """Pair the sample agent with the business, by the door that everybody uses."""
    seed = read_variable(AGENT_KEY, office.stack.configuration.variables) or ""
    port = free_port(LOOPBACK)
    stage = Stage(LOOPBACK, port, f"http://{LOOPBACK}:{port}", 0)
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        agent = ReferenceAgent(
            http,
            str(office.settings.public_url) + BASE,
            agent_id=AGENT_ID,
            business_id=BUSINESS_ID,
            key=SigningKey(base64.b64decode(seed)),
        )
        helpers = Helpers(office, agent, f"{stage.public_url}/status")
        routes = [Route("/status", helpers.heed, methods=["POST"])]
        async with listening(Starlette(routes=routes), stage):
            await agent.set_up()
            yield helpers
