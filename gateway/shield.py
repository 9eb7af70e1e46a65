"""The outermost layer: security headers, one log line per call, and no exception text to anyone."""

import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType

import asyncpg
import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.problems import INTERNAL, UNAVAILABLE, Problem

log = structlog.get_logger("gateway")

Renderer = Callable[[Request, Problem], Response]

_NOBODY_ELSES_FRAME = "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'self'; img-src 'self'; {_NOBODY_ELSES_FRAME}"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
HTTPS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}
"""Added where we are reached by https: a browser then never tries it without."""

STORAGE_FAULTS = (
    asyncpg.CannotConnectNowError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresConnectionError,
    asyncpg.exceptions.InternalClientError,
    OSError,
    TimeoutError,
)


class Shield:
    """ASGI middleware around everything else.

    Exception texts may quote a database row or a submission, so only their types and the places
    in the code are logged, and of the address only the route, for it may hold a token.
    """

    def __init__(self, app: ASGIApp, render: Renderer, *, https: bool) -> None:
        self._app = app
        self._render = render
        self._headers = HEADERS | (HTTPS_ONLY if https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call, whatever happens inside."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        call = _Call(scope, send, self._headers)
        try:
            await self._app(scope, receive, call.send)
        except ClientDisconnect:
            log.info("caller_left", **call.described())
        except Exception as fault:
            await self._answer_fault(fault, call, receive)
        finally:
            log.info("answered", status=call.status, **call.described())

    async def _answer_fault(self, fault: Exception, call: "_Call", receive: Receive) -> None:
        log.error("fault", fault=type(fault).__name__, at=_places(fault.__traceback__))
        if call.status is not None:
            return
        response = self._render(Request(call.scope), _problem_of(fault))
        await response(call.scope, receive, call.send)


class _Call:
    """One call on its way: adds the headers to its answer and remembers the status."""

    def __init__(self, scope: Scope, send: Send, headers: Mapping[str, str]) -> None:
        self.scope = scope
        self._headers = headers
        self.status: int | None = None
        self._send: Callable[[Message], Awaitable[None]] = send
        self._began = time.monotonic()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in self._headers.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", "no-store")
        await self._send(message)

    def described(self) -> dict[str, object]:
        route = getattr(self.scope.get("route"), "path", "(none)")
        milliseconds = round((time.monotonic() - self._began) * 1000)
        return {"method": self.scope["method"], "route": route, "milliseconds": milliseconds}


def _problem_of(fault: Exception) -> Problem:
    if isinstance(fault, STORAGE_FAULTS):
        detail = "Nothing was stored. Send the same again in a minute; nothing will be doubled."
        return Problem(UNAVAILABLE, detail, headers={"Retry-After": "30"})
    return Problem(INTERNAL, "Our staff can see that it happened. Please try again later.")


def _places(trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)[-6:]
    return " ".join(f"{frame.name}:{frame.lineno}" for frame in frames)
