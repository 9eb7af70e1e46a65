"""Signed callbacks: verified, stored once, delivered; everything else changes nothing."""

import asyncio
import hashlib
import json
from datetime import timedelta

import asyncpg
import httpx
import pytest

from domain.ids import direction_stream
from gateway.parts import GatewayParts
from providers.kept import opened
from records import inbox
from records.inbox import Message
from tests.gateway.providers import OTHER_SECRET, SECRET, acknowledgement, signed
from tests.gateway.support import (
    NOW,
    Clock,
    WatchedEngine,
    filed_request,
    problem,
    write_event,
)
from tools.verify_evidence import SECRET_FITS, signed_how

PATH = "/v1/providers/acme/callbacks"


@pytest.fixture
async def direction(parts: GatewayParts, owner: asyncpg.Connection) -> str:
    """Direct Acme about one request."""
    stream = direction_stream(await filed_request(parts), "acme")
    await write_event(owner, stream, NOW)
    return stream


async def messages(owner: asyncpg.Connection) -> list[Message]:
    """Return everything in the inbox."""
    return await inbox.undelivered(owner, NOW + timedelta(days=1))


async def test_a_verified_acknowledgement_is_stored_and_delivered(
    client: httpx.AsyncClient,
    owner: asyncpg.Connection,
    parts: GatewayParts,
    engine: WatchedEngine,
    direction: str,
) -> None:
    """Facts for the workflow, evidence for the auditor, a signal to the direction's workflow."""
    body = acknowledgement(
        direction, "partly", reason="legal_obligation", sub_processors=["Nimbus"]
    )
    response = await client.post(PATH, content=body, headers=signed(body, NOW))
    (message,) = await messages(owner)
    assert (response.status_code, response.json()) == (202, {"result": "recorded"})
    assert (message.stream, message.kind) == (direction, "acknowledged")
    assert message.facts["standing"] == "partly"
    assert message.facts["reason"] == "legal_obligation"
    assert message.facts["sub_processors"] == ["Nimbus"]
    assert message.facts["body_hash"] == hashlib.sha256(body).hexdigest()
    assert message.facts["scheme"] == "standard-webhooks-v1"
    assert message.facts["key_fingerprint"]
    kept = await parts.vault.get(owner, message.request_id, inbox.EVIDENCE, message.row_id)
    assert opened(kept).raw_body == body
    named = message.facts["key_fingerprint"]
    assert signed_how(json.loads(kept), named, [SECRET]).how == SECRET_FITS
    assert engine.delivered == [(direction, message.row_id)]


async def test_a_repeated_callback_counts_once(
    client: httpx.AsyncClient,
    owner: asyncpg.Connection,
    engine: WatchedEngine,
    direction: str,
) -> None:
    """Ten of the same message at once: 202 for the first, 200 for the rest; one row, one signal."""
    body = acknowledgement(direction)
    answers = await asyncio.gather(
        *(client.post(PATH, content=body, headers=signed(body, NOW)) for _ in range(10))
    )
    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [202]
    results = sorted(answer.json()["result"] for answer in answers)
    assert results == ["recorded"] + ["repeated"] * 9
    assert len(await messages(owner)) == len(engine.delivered) == 1


async def test_a_forged_callback_is_refused(
    client: httpx.AsyncClient, owner: asyncpg.Connection, direction: str
) -> None:
    """A wrong secret, a changed body and missing headers are 401."""
    body = acknowledgement(direction)
    headers = signed(body, NOW)
    forged = signed(body, NOW, secret=OTHER_SECRET)
    for content, sent in ((body, forged), (body + b" ", headers), (body, {})):
        document = problem(await client.post(PATH, content=content, headers=sent), 401)
        assert document["type"].endswith("#problem-signature-refused")
    assert await messages(owner) == []


@pytest.mark.parametrize("minutes", [-6, 6])
async def test_a_stale_callback_is_refused(
    client: httpx.AsyncClient, owner: asyncpg.Connection, direction: str, minutes: int
) -> None:
    """A captured message cannot be sent again later, nor one from the future."""
    body = acknowledgement(direction)
    sent = signed(body, NOW + timedelta(minutes=minutes))
    document = problem(await client.post(PATH, content=body, headers=sent), 401)
    assert document["type"].endswith("#problem-stale-message")
    assert await messages(owner) == []


async def test_protocol_freshness_is_wall_clock_time(
    client: httpx.AsyncClient, owner: asyncpg.Connection, direction: str, clock: Clock
) -> None:
    """However far the workflow's clock was moved, this minute's message is fresh."""
    clock.move(timedelta(minutes=4))
    body = acknowledgement(direction)
    response = await client.post(PATH, content=body, headers=signed(body, NOW))
    assert response.status_code == 202


async def test_unknown_and_foreign_directions_look_alike(
    client: httpx.AsyncClient, owner: asyncpg.Connection, parts: GatewayParts, direction: str
) -> None:
    """No such provider, request or direction, or another's: one and the same 404."""
    undirected = direction_stream(await filed_request(parts), "acme")
    foreign = direction.replace(".acme", ".postbird")
    await write_event(owner, foreign, NOW)
    documents = []
    for named in ("PR-0000-0000.acme", undirected, foreign, "canary"):
        body = acknowledgement(named)
        sent = signed(body, NOW)
        documents.append(problem(await client.post(PATH, content=body, headers=sent), 404))
    other_door = "/v1/providers/postbird/callbacks"
    for path in (other_door, "/v1/providers/nobody/callbacks"):
        body = acknowledgement(direction)
        sent = signed(body, NOW)
        documents.append(problem(await client.post(path, content=body, headers=sent), 404))
    assert all(document == documents[0] for document in documents)
    assert await messages(owner) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[1]",
        b'{"type": "canary"}',
        b"\xff\xfe",
        b"[" * 50_000,
        acknowledgement("PR-0000-0000.acme").replace(
            b'"status"', b'"status": "received", "status"'
        ),
    ],
)
async def test_a_malformed_callback_is_refused(
    client: httpx.AsyncClient, owner: asyncpg.Connection, body: bytes
) -> None:
    """Rightly signed and yet no acknowledgement: 400, with nothing of it quoted."""
    problem(await client.post(PATH, content=body, headers=signed(body, NOW)), 400)
    assert await messages(owner) == []


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp"])
async def test_a_header_that_comes_twice_is_not_chosen_from(
    client: httpx.AsyncClient, owner: asyncpg.Connection, direction: str, name: str
) -> None:
    """A proxy may read the last value where we read the first: neither counts, even if equal."""
    body = acknowledgement(direction)
    once = signed(body, NOW)
    answer = await client.post(PATH, content=body, headers=[*once.items(), (name, once[name])])
    problem(answer, 401)
    assert await messages(owner) == []


async def test_a_provider_that_calls_too_often_must_wait(
    client: httpx.AsyncClient, parts: GatewayParts, owner: asyncpg.Connection, clock: Clock
) -> None:
    """429 says after how many seconds; the others' callbacks go on, and then its own do."""
    for _ in range(parts.settings.callbacks_per_minute):
        assert (await client.post(PATH)).status_code == 401
    refused = await client.post(PATH)
    problem(refused, 429)
    assert (await client.post("/v1/providers/postbird/callbacks")).status_code == 404
    clock.move(timedelta(seconds=int(refused.headers["retry-after"])))
    assert (await client.post(PATH)).status_code == 401


async def test_a_large_callback_is_refused(client: httpx.AsyncClient) -> None:
    """A callback has at most 64 KiB."""
    body = b" " * (64 * 1024 + 1)
    problem(await client.post(PATH, content=body, headers=signed(body, NOW)), 413)


async def test_callbacks_are_taken_while_the_engine_is_away(
    client: httpx.AsyncClient,
    owner: asyncpg.Connection,
    engine: WatchedEngine,
    direction: str,
) -> None:
    """The row waits for the sweep; the provider need not send again."""
    engine.away = True
    body = acknowledgement(direction)
    assert (await client.post(PATH, content=body, headers=signed(body, NOW))).status_code == 202
    assert len(await messages(owner)) == 1


async def test_after_retention_nothing_more_is_kept(
    client: httpx.AsyncClient, owner: asyncpg.Connection, parts: GatewayParts, direction: str
) -> None:
    """Where the data key is destroyed, evidence cannot be kept: 410."""
    await parts.vault.shred(owner, direction.partition(".")[0])
    body = acknowledgement(direction)
    problem(await client.post(PATH, content=body, headers=signed(body, NOW)), 410)
    assert await messages(owner) == []
