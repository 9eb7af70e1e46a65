"""Acme Analytics: a service provider with an engineer. ``python -m samples.providers.webhook``

Takes signed directions (Standard Webhooks) at ``POST /directions``, answers 202, and later posts
signed ``received`` and ``done`` callbacks to its ``callback_url``. To ``return_copy`` it
answers with a ``results_url`` below ``/copies``. ``GET /health`` tells that it is up.

Environment (all optional but the secret):
    SAMPLE_WEBHOOK_SECRET          ``whsec_<base64>``; several, newest first, with a space between
    SAMPLE_WEBHOOK_HOST            127.0.0.1
    SAMPLE_WEBHOOK_PORT            9101
    SAMPLE_WEBHOOK_BEHAVIOUR       prompt (received, then done) | silent (202, never calls back) |
                                   slow (answers and calls back ten times later) | refuse | partly |
                                   not_found | forged (calls back signed by a wrong secret) |
                                   down (answers 503) | reject (answers 400)
    SAMPLE_WEBHOOK_RECEIVED_AFTER  seconds until the ``received`` callback: 0.5
    SAMPLE_WEBHOOK_DONE_AFTER      seconds from there to the final callback: 1.5
    SAMPLE_WEBHOOK_TRIES           how often a callback is tried, with growing pauses: 8
"""

import asyncio
import base64
import hmac
import json
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import uvicorn
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

log = logging.getLogger("acme-analytics")

_FINAL: dict[str, dict[str, Any]] = {
    "prompt": {"status": "done", "sub_processors": ["Nimbus Storage"]},
    "slow": {"status": "done"},
    "forged": {"status": "done"},
    "refuse": {"status": "refused", "reason": "not_our_role"},
    "partly": {"status": "partly", "reason": "legal_obligation"},
    "not_found": {"status": "not_found"},
}
BEHAVIOURS = frozenset(_FINAL) | {"silent", "down", "reject"}
_SLOWNESS = 10
_COPY = {"segment": "returning visitor", "sessions": 12, "campaign": "spring newsletter"}
"""What this provider holds of anybody."""


@dataclass(frozen=True)
class Settings:
    """How this provider behaves."""

    secrets: tuple[str, ...] = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 9101
    behaviour: str = "prompt"
    received_after: float = 0.5
    done_after: float = 1.5
    tries: int = 8

    @classmethod
    def from_environment(cls) -> "Settings":
        """Read the variables above; an unknown behaviour or a missing secret ends the process."""
        read = os.environ.get
        behaviour = read("SAMPLE_WEBHOOK_BEHAVIOUR", "prompt")
        if behaviour not in BEHAVIOURS:
            known = ", ".join(sorted(BEHAVIOURS))
            raise SystemExit(f"SAMPLE_WEBHOOK_BEHAVIOUR must be one of: {known}")
        if not read("SAMPLE_WEBHOOK_SECRET"):
            raise SystemExit("Set SAMPLE_WEBHOOK_SECRET to whsec_ and base64 of 24 random bytes")
        return cls(
            secrets=tuple(os.environ["SAMPLE_WEBHOOK_SECRET"].split()),
            host=read("SAMPLE_WEBHOOK_HOST", cls.host),
            port=int(read("SAMPLE_WEBHOOK_PORT", cls.port)),
            behaviour=behaviour,
            received_after=float(read("SAMPLE_WEBHOOK_RECEIVED_AFTER", cls.received_after)),
            done_after=float(read("SAMPLE_WEBHOOK_DONE_AFTER", cls.done_after)),
            tries=int(read("SAMPLE_WEBHOOK_TRIES", cls.tries)),
        )


class Acme:
    """The provider's own program: verify, remember, work, call back."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._seen: set[str] = set()
        self._work: set[asyncio.Task[None]] = set()
        self._client = httpx.AsyncClient(timeout=10, trust_env=False)

    async def aclose(self) -> None:
        """Drop unfinished work and close connections."""
        for task in self._work:
            task.cancel()
        await self._client.aclose()

    async def direction(self, request: Request) -> Response:
        """Take one direction; a repeated ``webhook-id`` is taken once."""
        behaviour = self._settings.behaviour
        if behaviour in {"down", "reject"}:
            return Response(status_code=503 if behaviour == "down" else 400)
        message = self._verified(await request.body(), request)
        if message is None:
            return JSONResponse({"error": "signature does not fit"}, status_code=401)
        if behaviour == "slow":
            await asyncio.sleep(self._settings.received_after * _SLOWNESS)
        self._take(request.headers["webhook-id"], message["data"], str(request.base_url))
        return Response(status_code=202)

    async def copy(self, request: Request) -> Response:
        """Hand out the copy for a direction to whoever has the whole address of it."""
        path = request.url.path.removeprefix("/")
        places = (
            copy_place(secret, request.path_params["direction_id"])
            for secret in self._settings.secrets
        )
        if not any(hmac.compare_digest(place, path) for place in places):
            return Response(status_code=404)
        return JSONResponse(_COPY)

    def _verified(self, body: bytes, request: Request) -> dict[str, Any] | None:
        headers = dict(request.headers)
        for secret in self._settings.secrets:
            try:
                message: dict[str, Any] = Webhook(secret).verify(body, headers)
            except WebhookVerificationError:
                continue
            return message
        return None

    def _take(self, webhook_id: str, data: dict[str, Any], own_url: str) -> None:
        if webhook_id in self._seen:
            return
        self._seen.add(webhook_id)
        log.info("direction %s taken: %s", data["direction_id"], data["action"])
        if self._settings.behaviour == "silent":
            return
        task = asyncio.create_task(self._call_back(data, self._last_word(data, own_url)))
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    def _last_word(self, data: dict[str, Any], own_url: str) -> dict[str, Any]:
        word = _FINAL[self._settings.behaviour]
        if data["action"] != "return_copy" or word["status"] != "done":
            return word
        return word | {"results_url": own_url + copy_place(self._secret(), data["direction_id"])}

    async def _call_back(self, data: dict[str, Any], last_word: dict[str, Any]) -> None:
        direction_id, url = data["direction_id"], data["callback_url"]
        settings = self._settings
        pace = _SLOWNESS if settings.behaviour == "slow" else 1
        await asyncio.sleep(settings.received_after * pace)
        await self._post(url, direction_id, {"status": "received"})
        await asyncio.sleep(settings.done_after * pace)
        await self._post(url, direction_id, last_word)

    async def _post(self, url: str, direction_id: str, answer: dict[str, Any]) -> None:
        now = datetime.now(UTC)
        message = {
            "type": "privacy.direction.acknowledged",
            "timestamp": now.isoformat(),
            "data": {"direction_id": direction_id, **answer},
        }
        webhook_id = f"ack_{direction_id}_{answer['status']}"
        for attempt in range(self._settings.tries):
            if await self._delivered(url, webhook_id, json.dumps(message)):
                log.info("%s told: %s", direction_id, answer["status"])
                return
            await asyncio.sleep(min(0.25 * 2**attempt, 30))
        log.warning("%s not told: %s", direction_id, answer["status"])

    async def _delivered(self, url: str, webhook_id: str, body: str) -> bool:
        now = datetime.now(UTC)
        headers = {
            "content-type": "application/json",
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(self._secret()).sign(webhook_id, now, body),
        }
        try:
            reply = await self._client.post(url, content=body, headers=headers)
        except httpx.HTTPError:
            return False
        return reply.status_code < 500 and reply.status_code != 429

    def _secret(self) -> str:
        if self._settings.behaviour == "forged":
            return "whsec_" + base64.b64encode(b"not the secret you gave me").decode()
        return self._settings.secrets[0]


def copy_place(secret: str, direction_id: str) -> str:
    """Return where the copy for a direction lies, which nobody can guess: no ``/`` before it."""
    mark = hmac.digest(secret.encode(), direction_id.encode(), "sha256").hex()
    return f"copies/{direction_id}/{mark}"


def create_app(settings: Settings) -> Starlette:
    """Return the provider's web application."""
    acme = Acme(settings)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await acme.aclose()

    async def health(_: Request) -> Response:
        return JSONResponse({"provider": "acme-analytics", "behaviour": settings.behaviour})

    routes = [
        Route("/directions", acme.direction, methods=["POST"]),
        Route("/copies/{direction_id}/{mark}", acme.copy),
        Route("/health", health),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    settings = Settings.from_environment()
    uvicorn.run(create_app(settings), host=settings.host, port=settings.port, log_level="warning")


if __name__ == "__main__":
    main()
