"""Who calls the doors in the tests of this folder, when, and with what."""

import asyncio
import hashlib
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import uvicorn
from starlette.applications import Starlette

from domain.chain import GENESIS, canonical
from domain.links import LinkPurpose
from domain.vocabulary import NoticeKind
from gateway.parts import GatewayParts
from records import inbox, ledger, tokens
from records.requests import draw_id
from tests.stored import file, order_letter

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
API_KEY = "key-of-the-web-form"
OTHER_API_KEY = "key-of-the-ticket-system"
UI_ORIGIN = "http://127.0.0.1:8233"
FORM_HEADERS = {"content-type": "application/x-www-form-urlencoded"}

SUBMISSION: dict[str, Any] = {
    "request_types": ["delete"],
    "consumer": {"name": "Ana Canary Ruiz", "email": "ana.canary@example.com"},
    "residency": "CA",
    "points": {"phone": "+1 415 555 0142", "customer_number": "C-CANARY-11"},
    "message": "canary message",
}
CANARIES = ("canary", "415 555", "+1 415")


class Clock:
    """A wall clock that stands still until it is moved."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def move(self, by: timedelta) -> None:
        """Let time pass."""
        self.at += by


class WatchedEngine:
    """Remembers what it was told; while ``away`` it raises, as a Temporal that is down does."""

    def __init__(self) -> None:
        self.away = False
        self.started: list[str] = []
        self.delivered: list[tuple[str, int]] = []
        self.acted: list[tuple[str, str, int]] = []
        self.refusal = ""
        self.records: asyncpg.Connection | None = None
        self.exported: list[tuple[str, str]] = []

    async def start(self, request_id: str) -> None:
        await self.ping()
        self.started.append(request_id)

    async def deliver(self, stream: str, row_id: int) -> None:
        await self.ping()
        self.delivered.append((stream, row_id))

    async def act(self, stream: str, action: str, row_id: int) -> str:
        await self.ping()
        self.acted.append((stream, action, row_id))
        if self.records is not None:
            await inbox.mark_delivered(self.records, row_id)
        return self.refusal

    async def export_evidence(self, request_id: str, staff_id: str, now: datetime) -> None:
        await self.ping()
        self.exported.append((request_id, staff_id))

    async def ping(self) -> None:
        if self.away:
            raise ConnectionError("canary: the engine is away")


def sha256(text: str) -> str:
    """Return the hex SHA-256 by which a key is known."""
    return hashlib.sha256(text.encode()).hexdigest()


def headers(key: str = "first", api_key: str = API_KEY) -> dict[str, str]:
    """Return the headers of a filing."""
    return {"X-API-Key": api_key, "Idempotency-Key": key}


def changed(**changes: Any) -> dict[str, Any]:
    """Return the usual submission with other fields."""
    return {**SUBMISSION, **changes}


async def post(
    client: httpx.AsyncClient, body: Any = SUBMISSION, key: str = "first"
) -> httpx.Response:
    """File a submission."""
    sent = {**headers(key), "content-type": "application/json"}
    return await client.post("/v1/requests", content=json.dumps(body), headers=sent)


async def filed_request(parts: GatewayParts, **changes: Any) -> str:
    """File a request past the door and return its id."""
    request_id = draw_id()
    async with parts.pool.acquire() as connection:
        await file(connection, request_id, NOW, changed(**changes))
    return request_id


async def token_for(
    owner: asyncpg.Connection,
    request_id: str,
    purpose: LinkPurpose,
    *,
    stream: str = "",
    expires_at: datetime = NOW + timedelta(days=14),
) -> str:
    """Issue a link's token as a worker does."""
    return await tokens.issue(owner, request_id, stream or request_id, purpose, expires_at, 2)


async def write_letter(
    owner: asyncpg.Connection,
    request_id: str,
    facts: dict[str, Any],
    notice: NoticeKind = NoticeKind.ACKNOWLEDGEMENT,
    n: int = 2,
) -> None:
    """Put a letter in the outbox as a worker does; links of ``token_for`` belong to number 2."""
    await order_letter(owner, request_id, n, NOW, notice=notice, facts=facts)


async def write_event(
    owner: asyncpg.Connection, stream: str, at: datetime, n: int = 1, head: str = GENESIS
) -> str:
    """Write an event of business time ``at`` to a stream, as its workflow does."""
    body = canonical(
        {"at": at.isoformat(), "data": {}, "n": n, "stream": stream, "type": "DirectionIssued"}
    )
    return await ledger.append(owner, stream, head, [ledger.Entry(n, body)])


def problem(response: httpx.Response, status: int) -> dict[str, Any]:
    """Return a problem document after checking that it is one and quotes nothing of the input."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = json.loads(response.text)
    assert document["status"] == status
    assert document["title"]
    assert document["detail"]
    assert not [canary for canary in CANARIES if canary in response.text.lower()]
    return document


@asynccontextmanager
async def serving(app: Starlette) -> AsyncIterator[str]:
    """Serve the gateway on a free port of loopback; yields its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, ws="none"))
        task = asyncio.create_task(server.serve([listener]))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await task
