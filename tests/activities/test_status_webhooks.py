"""Intake systems hear of every change once, signed, in order, and nothing waits for a dead one."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from fastapi import FastAPI, Request
from standardwebhooks import Webhook as Receiving
from starlette.responses import Response
from temporalio.testing import ActivityEnvironment

from activities.status_webhooks import StatusWebhooks
from providers.outgoing import LOOPBACK, Outgoing
from records import webhooks
from records.pool import create_pool
from records.requests import Projection, project
from records.webhooks import RETRY_AFTER, Webhook
from tests.gateway.support import serving
from tests.stored import KEYRING, file
from workflows.status_webhooks import DeliverStatus, StatusDelivered

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
ANA, BEN = "PR-4106-105S", "PR-0000-0000"


async def nobody(webhook: Webhook) -> None:
    """Take no notice of an address that is gone."""


class Receiver:
    """An intake system that verifies with the reference library and remembers what it took."""

    def __init__(self) -> None:
        self.secrets: list[str] = []
        self.status = 204
        self.refused_request = ""
        self.reached = asyncio.Event()
        self.goes_on = asyncio.Event()
        self.goes_on.set()
        self.took: list[dict[str, Any]] = []
        self.ids: list[str] = []
        self.app = FastAPI()
        self.app.add_api_route("/hook", self.take, methods=["POST"])

    async def take(self, request: Request) -> Response:
        """Verify under every secret that it has; answer what it was told to."""
        body = await request.body()
        for secret in self.secrets:
            Receiving(secret).verify(body, dict(request.headers))
        message = json.loads(body)
        self.reached.set()
        await self.goes_on.wait()
        if message["data"].get("request_id") == self.refused_request:
            return Response(status_code=503)
        if self.status < 300:
            self.took.append(message)
            self.ids.append(request.headers["webhook-id"])
        return Response(status_code=self.status, headers={"location": "http://127.0.0.1:1/"})


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    """Hold two requests that the web form filed."""
    pool = await create_pool(database)
    async with pool.acquire() as conn:
        for request_id, name in ((ANA, "ana"), (BEN, "ben")):
            consumer = {"name": f"{name} canary", "email": f"{name}@canary.example"}
            wish = {"request_types": ["delete"], "consumer": consumer}
            await file(conn, request_id, NOW, wish)
    yield pool
    await pool.close()


@asynccontextmanager
async def listening(
    pool: asyncpg.Pool, receiver: Receiver
) -> AsyncIterator[tuple[Webhook, "Round"]]:
    """Register a receiver, and give what delivers to it."""
    outgoing = Outgoing(LOOPBACK)
    async with serving(receiver.app) as address:
        webhook = await webhooks.add(pool, "web-form", f"{address}/hook", NOW)
        receiver.secrets = webhook.secrets(KEYRING, NOW)
        yield webhook, Round(StatusWebhooks(pool, outgoing, KEYRING, nobody))
    await outgoing.aclose()


class Round:
    """One run of the step."""

    def __init__(self, steps: StatusWebhooks) -> None:
        self._steps = steps

    async def __call__(self) -> StatusDelivered:
        """Deliver what is due."""
        environment = ActivityEnvironment()
        done: StatusDelivered = await environment.run(self._steps.deliver_status, DeliverStatus())
        return done


async def move(pool: asyncpg.Pool, request_id: str, **changes: Any) -> bool:
    """Let a request move on as ``record`` does."""
    async with pool.acquire() as conn, conn.transaction():
        await project(conn, request_id, Projection(**changes))
        return await webhooks.note_change(conn, request_id)


async def past(pool: asyncpg.Pool, pause: timedelta) -> None:
    """Let so much time pass for what was put off."""
    await pool.execute("UPDATE privacy.webhook_message SET next_at = next_at - $1::interval", pause)


async def test_a_change_is_told_once_in_order_and_without_a_person(pool: asyncpg.Pool) -> None:
    """Stage by stage, with nothing personal; a projection that changes nothing tells nothing."""
    receiver = Receiver()
    async with listening(pool, receiver) as (_, deliver):
        assert await move(pool, ANA, stage="verifying", respond_by=NOW)
        assert not await move(pool, ANA, needs_action="decide")
        await move(pool, ANA, stage="deciding")
        await move(pool, BEN, stage="verifying")
        assert await deliver() == StatusDelivered(delivered=3)
        assert await deliver() == StatusDelivered()
    told = [each["data"] for each in receiver.took]
    mine = [each["stage"] for each in told if each["request_id"] == ANA]
    assert mine == ["verifying", "deciding"]
    assert told[0]["answer_deadline"] == "2026-11-23T18:00:00Z"
    assert sorted(each["sequence"] for each in told) == [each["sequence"] for each in told]
    assert "canary" not in json.dumps(receiver.took)


async def test_only_the_client_that_filed_hears_of_it(pool: asyncpg.Pool) -> None:
    """Another system's address is told nothing, nor is one that was removed."""
    other = await webhooks.add(pool, "tickets", "https://tickets.example.com", NOW)
    gone = await webhooks.add(pool, "web-form", "https://form.example.com", NOW)
    await webhooks.remove(pool, gone.webhook_id, NOW)
    assert not await move(pool, ANA, stage="verifying")
    assert await webhooks.due(pool, datetime.now(UTC)) == []
    assert [each.webhook for each in await webhooks.standings(pool)] == [other]


async def test_a_failure_is_put_off_and_keeps_the_order_of_its_request(pool: asyncpg.Pool) -> None:
    """What follows for that request waits behind it; another request's news goes through."""
    receiver = Receiver()
    receiver.refused_request = ANA
    async with listening(pool, receiver) as (_, deliver):
        await move(pool, ANA, stage="verifying")
        assert (await deliver()).put_off == 1
        await move(pool, ANA, stage="deciding")
        await move(pool, BEN, stage="verifying")
        assert await deliver() == StatusDelivered(delivered=1)
        receiver.refused_request = ""
        assert await deliver() == StatusDelivered()
        await past(pool, RETRY_AFTER[0])
        assert await deliver() == StatusDelivered(delivered=2)
    assert [each["data"]["request_id"] for each in receiver.took] == [BEN, ANA, ANA]
    assert len(set(receiver.ids)) == 3


async def test_what_is_never_taken_is_given_up_and_seen_and_can_be_sent_again(
    pool: asyncpg.Pool,
) -> None:
    """After the last pause operators see it; a redirect is a failure and leads nowhere."""
    receiver = Receiver()
    receiver.status = 302
    async with listening(pool, receiver) as (webhook, deliver):
        await move(pool, ANA, stage="verifying")
        for pause in RETRY_AFTER:
            assert (await deliver()).put_off == 1
            await past(pool, pause)
        assert (await deliver()).given_up == 1
        (standing,) = await webhooks.standings(pool)
        assert (standing.given_up, standing.waiting) == (1, 0)
        assert standing.last_fault == "status_302"
        receiver.status = 200
        assert await webhooks.send_again(pool, webhook.webhook_id, datetime.now(UTC)) == 1
        assert (await deliver()).delivered == 1
    assert len(receiver.took) == 1


async def test_while_a_secret_retires_both_sign(pool: asyncpg.Pool) -> None:
    """A receiver may change over at any moment of the overlap; afterwards the old one is void."""
    receiver = Receiver()
    async with listening(pool, receiver) as (webhook, deliver):
        old = receiver.secrets
        until = datetime.now(UTC) + timedelta(hours=1)
        rotated = await webhooks.rotate(pool, webhook.webhook_id, until)
        assert rotated is not None
        new = rotated.secrets(KEYRING, until)
        assert not {*old} & {*new}
        receiver.secrets = [*old, *new]
        await move(pool, ANA, stage="verifying")
        assert (await deliver()).delivered == 1


async def test_the_way_out_is_guarded(pool: asyncpg.Pool) -> None:
    """An address inside is not called, whatever an operator typed."""
    await webhooks.add(pool, "web-form", "https://127.0.0.1:1/", NOW)
    await move(pool, ANA, stage="verifying")
    outgoing = Outgoing()
    assert (await Round(StatusWebhooks(pool, outgoing, KEYRING, nobody))()).put_off == 1
    await outgoing.aclose()
    (standing,) = await webhooks.standings(pool)
    assert standing.last_fault == "private_address"


async def test_a_worker_that_dies_while_it_tells_loses_nothing(pool: asyncpg.Pool) -> None:
    """What it had not marked is told again under the same id, by which a receiver knows it."""
    receiver = Receiver()
    receiver.goes_on.clear()
    async with listening(pool, receiver) as (_, deliver):
        await move(pool, ANA, stage="verifying")
        dying = asyncio.create_task(deliver())
        await receiver.reached.wait()
        dying.cancel()
        with pytest.raises(asyncio.CancelledError):
            await dying
        receiver.goes_on.set()
        assert (await deliver()).delivered == 1
    assert len(set(receiver.ids)) == 1


async def test_one_process_at_a_time_tells_a_receiver(pool: asyncpg.Pool) -> None:
    """While another round holds the address, this one tells nothing twice."""
    receiver = Receiver()
    async with listening(pool, receiver) as (webhook, deliver):
        await move(pool, ANA, stage="verifying")
        async with pool.acquire() as conn, webhooks.claim(conn, webhook.webhook_id) as ours:
            assert ours
            assert await deliver() == StatusDelivered()
        assert (await deliver()).delivered == 1


async def test_an_address_that_is_gone_is_told_nothing_any_more(pool: asyncpg.Pool) -> None:
    """Once staff know; while no mail goes out it is asked again (Standard Webhooks, 410)."""
    told: list[str] = []

    async def tell(webhook: Webhook) -> None:
        told.append(webhook.webhook_id)
        if len(told) == 1:
            raise ConnectionError

    receiver, outgoing = Receiver(), Outgoing(LOOPBACK)
    receiver.status = 410
    deliver = Round(StatusWebhooks(pool, outgoing, KEYRING, tell))
    async with listening(pool, receiver) as (webhook, _):
        await move(pool, ANA, stage="verifying")
        assert (await deliver()).put_off == 1
        assert await webhooks.get(pool, webhook.webhook_id) is not None
        await past(pool, RETRY_AFTER[0])
        await deliver()
    await outgoing.aclose()
    assert told == [webhook.webhook_id] * 2
    assert await webhooks.get(pool, webhook.webhook_id) is None
