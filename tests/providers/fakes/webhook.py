"""A strict receiver of Standard Webhooks, verifying by the published library."""

import json
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

FIELDS = {
    *("direction_id", "notice", "action", "person", "scope", "exceptions", "confirm_by"),
    *("contact", "callback_url", "request_id", "flow_down"),
}


@dataclass
class Receiver:
    """The receiver's book by ``webhook-id``."""

    secret: str
    failures: list[int] = field(default_factory=list)
    book: dict[str, dict[str, Any]] = field(default_factory=dict)

    def app(self) -> Starlette:
        """Return the web application."""
        return Starlette(routes=[Route("/directions", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        raw = await request.body()
        if self.failures:
            return Response(status_code=self.failures.pop(0))
        message = Webhook(self.secret).verify(raw, dict(request.headers))
        assert request.headers["content-type"] == "application/json"
        assert set(message) == {"type", "timestamp", "data"}
        assert message["type"] in {"privacy.direction.issued", "privacy.direction.reminded"}
        assert set(message["data"]) == FIELDS
        self.book[request.headers["webhook-id"]] = json.loads(raw)["data"]
        return Response(status_code=202)
