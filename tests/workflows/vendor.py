"""A provider with an engineer, who does what a test says and answers as Standard Webhooks want."""

import json
from datetime import UTC, datetime
from typing import Any

from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from providers.switches import Switches


class Vendor:
    """Takes directions; ``status`` is how it answers, ``taken`` what it took by webhook-id."""

    def __init__(self, secret: str) -> None:
        self._webhook = Webhook(secret)
        self.status = 202
        self.failures: list[int] = []
        self.calls = 0
        self.taken: dict[str, dict[str, Any]] = {}
        self.switches = Switches()
        self.copy: tuple[int, bytes] = (200, b'{"orders": [1, 2]}')
        self.url = ""

    def app(self) -> Starlette:
        """Return the web application."""
        return Starlette(
            routes=[
                Route("/directions", self._take, methods=["POST"]),
                Route("/copies/1", self._copy),
            ]
        )

    def answer(
        self, stream: str, status: str, *, message: str = "", **more: Any
    ) -> tuple[bytes, dict[str, str]]:
        """Return body and headers of a signed acknowledgement."""
        now = datetime.now(UTC)
        data = {"direction_id": stream, "status": status, **more}
        body = json.dumps({"type": "privacy.direction.acknowledged", "data": data})
        identity = message or f"{stream}-{status}"
        headers = {
            "webhook-id": identity,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._webhook.sign(identity, now, body),
        }
        return body.encode(), headers

    async def _take(self, request: Request) -> Response:
        self.calls += 1
        raw = await request.body()
        if self.failures:
            return Response(status_code=self.failures.pop(0))
        if self.status == 202:
            message = self._webhook.verify(raw, dict(request.headers))
            self.url = str(request.base_url)
            self.taken[request.headers["webhook-id"]] = message["data"]
        return Response(status_code=self.status)

    async def _copy(self, request: Request) -> Response:
        status, body = self.copy
        return Response(body, status, media_type="application/json")
