"""Where signals arrive: a picture for any page, an address for sites, a page to look at."""

import base64
from datetime import date

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from domain import policies
from domain.clocks import local_date
from domain.submission import Submission
from gateway import signals
from gateway.access import address_of, caller_of, carries_key
from gateway.bodies import JSON, parse_json, read_body, require_media_type
from gateway.devices import device_of, kept_device, remember
from gateway.fields import validate
from gateway.limits import RateLimit
from gateway.pages import Page, Pages, language_of
from gateway.parts import GatewayParts
from gateway.shapes import Signal, SignalAnswer
from gateway.signal_docs import SIGNAL_DOCS
from records.requests import RegisteredRequest

BROWSER = "browser"
"""The intake client of signals that browsers send themselves."""

_PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_PIXEL_HEADERS = {"Cross-Origin-Resource-Policy": "cross-origin", "Vary": "Sec-GPC"}


def signal_router(parts: GatewayParts, pages: Pages) -> APIRouter:
    """Build ``/gpc.gif``, ``/v1/opt-out/signal`` and ``/opt-out``."""
    router = APIRouter(tags=["Opt-out signals"])
    door = _Door(parts, pages)
    router.add_api_route("/v1/opt-out/signal", door.signal, methods=["POST"], **SIGNAL_DOCS)
    for path, serve in (
        ("/v1/opt-out/signal", door.signal),
        ("/gpc.gif", door.pixel),
        ("/opt-out", door.page),
    ):
        router.add_api_route(path, serve, methods=["GET"], include_in_schema=False)
    return router


class _Door:
    def __init__(self, parts: GatewayParts, pages: Pages) -> None:
        self._parts = parts
        self._pages = pages
        self._calls = RateLimit(parts.settings.signals_per_minute, parts.now)
        self._new = RateLimit(parts.settings.new_signals_per_minute, parts.now)

    async def pixel(self, request: Request) -> Response:
        """Answer a picture of one dot, and take the signal that came with the question."""
        self._calls.spend(address_of(request))
        response = Response(_PIXEL, media_type="image/gif", headers=_PIXEL_HEADERS)
        if signals.is_sent(request):
            await self._from_browser(request)
            remember(response, self._parts, device_of(request, self._parts))
        return response

    async def signal(self, request: Request) -> Response:
        """Take a signal from a browser, or from a site's backend on its behalf."""
        self._calls.spend(address_of(request))
        if carries_key(request):
            return _answer(await self._from_backend(request))
        if not signals.is_sent(request):
            return _answer(None)
        response = _answer(await self._from_browser(request))
        remember(response, self._parts, device_of(request, self._parts))
        return response

    async def page(self, request: Request) -> Response:
        """Show whether this browser is opted out (OPT-04)."""
        self._calls.spend(address_of(request))
        sent = signals.is_sent(request)
        row = (await self._from_browser(request)).request if sent else await self._kept(request)
        values = {"sent": sent, "request_id": row.request_id if row else "", "since": _day(row)}
        response = self._pages.render(request, Page("opt_out.html", language_of(request), values))
        if sent:
            remember(response, self._parts, device_of(request, self._parts))
        return response

    async def _from_browser(self, request: Request) -> signals.Recorded:
        signal = signals.submission_of(device=device_of(request, self._parts))
        return await self._honour(request, BROWSER, signal)

    async def _from_backend(self, request: Request) -> signals.Recorded | None:
        settings = self._parts.settings
        client = await caller_of(request, self._parts)
        require_media_type(request, JSON)
        body = await read_body(request, settings.body_limit, settings.body_seconds)
        told = validate(Signal, parse_json(body))
        if not signals.is_sent(request):
            return None
        signal = signals.submission_of(**told.model_dump(exclude_defaults=True))
        return await self._honour(request, client, signal)

    async def _honour(self, request: Request, client: str, signal: Submission) -> signals.Recorded:
        known = await signals.standing(self._parts, signal)
        if known is not None:
            return signals.Recorded(known, fresh=False)
        self._new.spend(f"{client} {address_of(request)}")
        return await signals.file_opt_out(self._parts, client, signal)

    async def _kept(self, request: Request) -> RegisteredRequest | None:
        device = kept_device(request, self._parts)
        if device is None:
            return None
        return await signals.standing(self._parts, signals.submission_of(device=device))


def _answer(recorded: signals.Recorded | None) -> JSONResponse:
    row = recorded.request if recorded else None
    answer = SignalAnswer(
        honoured=row is not None,
        request_id=row.request_id if row else None,
        since=_day(row),
    )
    status = 201 if recorded and recorded.fresh else 200
    return JSONResponse(answer.model_dump(mode="json"), status)


def _day(row: RegisteredRequest | None) -> date | None:
    if row is None:
        return None
    return local_date(row.received_at, policies.in_force_at(row.received_at))
