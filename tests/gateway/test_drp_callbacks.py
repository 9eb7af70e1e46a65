"""Callbacks to agents' software: what moved, once, to registered hosts, by the guarded way out."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from temporalio.testing import ActivityEnvironment

from activities.agent_callbacks import AgentCallbacks
from domain import events as e
from gateway.parts import GatewayParts
from providers.outgoing import LOOPBACK, Outgoing
from records.pool import create_pool
from tests.gateway.agents import Network, network, stands
from tests.gateway.support import NOW
from workers.sandbox import Stage, free_port, listening
from workflows.telling_agents import AgentsTold, TellAgents

DISOWNED = e.RequestDisowned(inbox=1)


class Ear:
    """An agent's endpoint, which answers as it is told."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.status = 200
        self.heard: list[dict[str, Any]] = []

    async def heed(self, request: Request) -> Response:
        """Take a callback."""
        self.heard.append(json.loads(await request.body()))
        return Response(status_code=self.status, headers={"location": self.url})


@pytest.fixture
async def net(parts: GatewayParts) -> AsyncIterator[Network]:
    """Serve two paired agents."""
    async with network(parts) as served:
        yield served


@pytest.fixture
async def workers(database: str, as_role: Callable[[str, str], str]) -> AsyncIterator[asyncpg.Pool]:
    """Connect with the worker's rights."""
    pool = await create_pool(as_role(database, "privacy_worker"), max_size=3)
    yield pool
    await pool.close()


@pytest.fixture
async def ear() -> AsyncIterator[Ear]:
    """Serve an agent's endpoint."""
    port = free_port("127.0.0.1")
    stage = Stage("127.0.0.1", port, f"http://127.0.0.1:{port}", 0)
    ear = Ear(f"{stage.public_url}/status")
    application = Starlette(routes=[Route("/status", ear.heed, methods=["POST", "GET"])])
    async with listening(application, stage):
        yield ear


@asynccontextmanager
async def rounds(
    net: Network, pool: asyncpg.Pool, *, guarded: bool = False
) -> AsyncIterator[Callable[[datetime], Any]]:
    """Give a function (instant) → what one round comes to; ``guarded`` is as in production."""
    outgoing = Outgoing(() if guarded else LOOPBACK)
    vault, url = net.parts.vault, "https://privacy.example.com"
    callbacks = AgentCallbacks(pool, vault, outgoing, lambda: net.directory, url)

    async def round_at(now: datetime) -> AgentsTold:
        told: AgentsTold = await ActivityEnvironment().run(
            callbacks.tell_agents, TellAgents(now=now)
        )
        return told

    yield round_at
    await outgoing.aclose()


async def test_an_agent_is_told_once_of_each_change(
    net: Network, workers: asyncpg.Pool, owner: asyncpg.Connection, ear: Ear
) -> None:
    """What it hears is what it would be told if it asked; after the last word, nothing."""
    filed = await net.filed(status_callback=ear.url)
    request_id = await net.request_id(filed["request_id"], owner)
    async with rounds(net, workers) as round_at:
        assert await round_at(NOW) == AgentsTold()
        await stands(owner, request_id)
        assert await round_at(NOW) == AgentsTold(told=1)
        assert ear.heard == [(await net.helpers.status(filed["request_id"])).json()]
        assert await round_at(NOW) == AgentsTold()
        await stands(owner, request_id, e.PointsAdded(inbox=1, kinds=()))
        assert await round_at(NOW) == AgentsTold(same=1)
        await stands(owner, request_id, e.PointsAdded(inbox=1, kinds=()), DISOWNED)
        assert await round_at(NOW) == AgentsTold(told=1)
        assert ear.heard[-1]["status"] == "denied"
        more = (e.PointsAdded(inbox=1, kinds=()), DISOWNED, e.MessageIgnored(inbox=3))
        await stands(owner, request_id, *more)
        assert await round_at(NOW + timedelta(days=9)) == AgentsTold()


async def test_an_agent_that_does_not_listen_is_called_again_later(
    net: Network, workers: asyncpg.Pool, owner: asyncpg.Connection, ear: Ear
) -> None:
    """After errors and redirects alike, at longer and longer intervals; none is followed."""
    filed = await net.filed(status_callback=ear.url)
    await stands(owner, await net.request_id(filed["request_id"], owner))
    async with rounds(net, workers) as round_at:
        ear.status = 500
        assert await round_at(NOW) == AgentsTold(failed=1)
        assert await round_at(NOW) == AgentsTold()
        ear.status = 302
        assert await round_at(NOW + timedelta(seconds=90)) == AgentsTold(failed=1)
        assert await round_at(NOW + timedelta(seconds=150)) == AgentsTold()
        ear.status = 200
        assert await round_at(NOW + timedelta(seconds=240)) == AgentsTold(told=1)
    assert len(ear.heard) == 3


async def test_no_callback_reaches_an_inner_address(
    net: Network, workers: asyncpg.Pool, owner: asyncpg.Connection, ear: Ear
) -> None:
    """Not even on a host of the directory: the way out refuses it, and the agent may ask."""
    filed = await net.filed(status_callback=ear.url)
    await stands(owner, await net.request_id(filed["request_id"], owner))
    async with rounds(net, workers, guarded=True) as round_at:
        assert await round_at(NOW) == AgentsTold(given_up=1)
    assert ear.heard == []
