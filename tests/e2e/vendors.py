"""Many service providers in one program, each of which behaves as its id says."""

import asyncio
import base64
import json
import random
from datetime import UTC, datetime
from typing import Any

import httpx
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()
TERMS = (
    "[named_purposes, no_sale_or_sharing, no_other_use, no_use_outside_relationship, "
    "no_combining, ccpa_level_protection, checks_allowed, notice_within_5_business_days, "
    "right_to_stop_misuse, enables_consumer_requests]"
)
FINAL: dict[str, dict[str, Any]] = {
    "done": {"status": "done"},
    "partly": {"status": "partly", "reason": "legal_obligation"},
    "notfound": {"status": "not_found"},
    "refuses": {"status": "refused", "reason": "not_our_role"},
}
ANSWERS = ("received", *FINAL)
REFUSES = {"down": 503, "rejects": 404}


class Vendors:
    """Takes directions at ``/{provider}``; the part of an id before a dash is its behaviour."""

    def __init__(self) -> None:
        self._webhook = Webhook(SECRET)
        self._client = httpx.AsyncClient(trust_env=False, timeout=20)
        self._work: set[asyncio.Task[None]] = set()
        self._chance = random.Random(7)
        self.taken: dict[str, list[dict[str, Any]]] = {}
        self.said: dict[str, str] = {}

    @property
    def busy(self) -> bool:
        """Whether somebody is still to call back."""
        return bool(self._work)

    def app(self) -> Starlette:
        """Return the web application."""
        return Starlette(routes=[Route("/{provider}", self._take, methods=["POST"])])

    async def aclose(self) -> None:
        """Drop unfinished work and close connections."""
        for task in self._work:
            task.cancel()
        await self._client.aclose()

    async def answer(self, direction: dict[str, Any], answer: dict[str, Any]) -> int:
        """Call back about a direction that was taken, and return the door's answer."""
        now = datetime.now(UTC)
        data = {"direction_id": direction["direction_id"], **answer}
        body = json.dumps({"type": "privacy.direction.acknowledged", "data": data})
        identity = f"{direction['direction_id']}-{answer['status']}"
        headers = {
            "content-type": "application/json",
            "webhook-id": identity,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._webhook.sign(identity, now, body),
        }
        url = direction["callback_url"]
        return (await self._client.post(url, content=body, headers=headers)).status_code

    async def _take(self, request: Request) -> Response:
        provider = request.path_params["provider"]
        behaviour = provider.partition("-")[0]
        if behaviour in REFUSES:
            return Response(status_code=REFUSES[behaviour])
        body = await request.body()
        direction = self._webhook.verify(body, dict(request.headers))["data"]
        self.taken.setdefault(provider, []).append(direction)
        if behaviour != "silent":
            task = asyncio.create_task(self._work_on(provider, behaviour, direction))
            self._work.add(task)
            task.add_done_callback(self._work.discard)
        return Response(status_code=202)

    async def _work_on(self, provider: str, behaviour: str, direction: dict[str, Any]) -> None:
        if behaviour == "random":
            await asyncio.sleep(self._chance.uniform(0, 5))
            behaviour = self._chance.choice(ANSWERS)
        self.said[provider] = behaviour
        await self._told(direction, {"status": "received"})
        if behaviour in FINAL:
            await self._told(direction, FINAL[behaviour])

    async def _told(self, direction: dict[str, Any], answer: dict[str, Any]) -> None:
        for pause in (0.5, 1, 2, 4, 8):
            try:
                if await self.answer(direction, answer) < 500:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(pause)


def registry(url: str, providers: dict[str, str], extra: str = "") -> str:
    """Return a registry of those providers; the values are their kinds of identifiers."""
    entries = [
        f"  - id: {name}\n"
        f"    name: {display_name(name)}\n"
        "    kind: service_provider\n"
        "    holds: [shop.customers]\n"
        f"    identifiers: [{identifiers}]\n"
        f"    contract: {{terms: {TERMS}}}\n"
        f"    channel: {_channel(name, url)}\n"
        f"    escalation: {{name: Desk, email: desk@{name}.example}}\n"
        f"    paused: {'true' if name.startswith('paused') else 'false'}\n"
        for name, identifiers in providers.items()
    ]
    return "providers:\n" + "".join(entries) + extra


def display_name(provider: str) -> str:
    """Return how a provider calls itself."""
    return f"{provider.replace('-', ' ').title()} Company"


def _channel(name: str, url: str) -> str:
    if name.startswith("mail"):
        return f"{{protocol: mail, address: privacy@{name}.example}}"
    if name.startswith("post"):
        return "{protocol: manual, postal_address: PO Box 1}"
    return (
        f"{{protocol: standard_webhooks, endpoint: '{url}/{name}', "
        "signing_secrets: ['env:VENDORS_SECRET']}"
    )
