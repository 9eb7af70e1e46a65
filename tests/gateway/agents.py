"""Agents that call the doors in the tests of this folder."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from nacl.signing import SigningKey

from agents.directory import Agent, Directory
from domain import events as e
from domain import policies
from domain.vocabulary import Channel, Requester
from gateway.app import create_app
from gateway.parts import GatewayParts
from records import agent_requests
from samples.agents.reference_agent import ReferenceAgent
from tests.gateway.support import NOW
from tests.happenings import received
from tests.stored import write

BUSINESS = "CB_SHOP_01"
API_BASE = "https://privacy.example.com/drp"
CALLBACK = "https://api.helpers.example/drp/status"
IDENTITY: dict[str, Any] = {
    "name": "Canary Ruiz, Ana",
    "email": "ana.canary@example.com",
    "email_verified": True,
    "phone_number": "+14155550142",
    "address": {"street_address": "1 Canary Row", "locality": "Monterey", "region": "CA"},
}


@dataclass(frozen=True)
class Network:
    """A gateway and the agents of its directory; ``helpers`` is paired, ``rival`` as well."""

    parts: GatewayParts
    http: httpx.AsyncClient
    helpers: ReferenceAgent
    rival: ReferenceAgent
    directory: Directory

    def agent(self, agent_id: str, key: SigningKey | None = None) -> ReferenceAgent:
        """Return software that calls under an id, with a key of its own unless given."""
        return ReferenceAgent(self.http, API_BASE, agent_id=agent_id, business_id=BUSINESS, key=key)

    async def filed(self, right: str = "deletion", **claims: Any) -> dict[str, Any]:
        """File a request by the paired agent and return its status."""
        answer = await self.helpers.exercise(right, IDENTITY, now=NOW, **claims)
        assert answer.status_code == httpx.codes.OK, answer.text
        status: dict[str, Any] = answer.json()
        return status

    async def request_id(self, drp_id: str, owner: asyncpg.Connection) -> str:
        """Return our number of a request."""
        row = await agent_requests.find(owner, UUID(drp_id))
        assert row is not None
        return row.request_id


@asynccontextmanager
async def network(parts: GatewayParts) -> AsyncIterator[Network]:
    """Serve the doors to two paired agents; a third in the directory never calls."""
    keys = {name: SigningKey.generate() for name in ("AA_HELPERS", "AA_RIVAL")}
    directory = Directory(agents=tuple(entry(name, key) for name, key in keys.items()))
    settings = parts.settings.model_copy(update={"business_id": BUSINESS})
    app = create_app(replace(parts, settings=settings, agents=lambda: directory))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport) as http:
        helpers, rival = (
            ReferenceAgent(http, API_BASE, agent_id=name, business_id=BUSINESS, key=key)
            for name, key in keys.items()
        )
        await helpers.set_up(NOW)
        await rival.set_up(NOW)
        yield Network(parts, http, helpers, rival, directory)


def entry(agent_id: str, key: SigningKey, **changes: Any) -> Agent:
    """Return an entry of the directory."""
    agent = ReferenceAgent(
        httpx.AsyncClient(), API_BASE, agent_id=agent_id, business_id=BUSINESS, key=key
    )
    written = agent.directory_entry("Privacy Helpers", "https://helpers.example", "a@b.example")
    hosts = {"callback_hosts": ["helpers.example", "127.0.0.1"]}
    return Agent.model_validate({**written, **hosts, **changes})


async def stands(owner: asyncpg.Connection, request_id: str, *events: e.Event) -> None:
    """Write to the ledger that an agent's deletion was received and what happened then."""
    policy = policies.in_force_at(NOW)
    first = received(policy, NOW, requester=Requester.AGENT_SIGNED, channel=Channel.AGENT_PROTOCOL)
    await write(owner, request_id, NOW, first, *events)


def refusal(answer: httpx.Response, status: int, *, fatal: bool = True) -> str:
    """Return the message of an error in the protocol's form, which quotes nothing of the input."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    document = answer.json()
    assert document["code"] == str(status)
    assert document.get("fatal", False) is fatal
    assert "canary" not in answer.text.lower()
    assert isinstance(document["message"], str)
    return document["message"]
