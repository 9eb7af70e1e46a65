"""The codec endpoint: lets the Temporal Web UI, in the reader's browser, read and write payloads.

It hands out plain text, so it answers no page but the Web UI's own, and outside development only
in the browser of somebody who is signed in here.
"""

from collections.abc import Awaitable, Callable, Sequence

import structlog
from google.protobuf.json_format import MessageToJson, ParseDict, ParseError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp
from temporalio.api.common.v1 import Payload, Payloads

from gateway.bodies import JSON, parse_json, read_body, require_media_type
from gateway.errors import ErrorAnswers
from gateway.parts import GatewayParts
from gateway.problems import MALFORMED_BODY, ORIGIN_REFUSED, Problem
from gateway.staff.principal import signed_in

log = structlog.get_logger("gateway.codec")

METHODS = ("POST", "OPTIONS")
REQUEST_HEADERS = ("content-type", "x-namespace", "authorization", "authorization-extras")
PREFLIGHT_SECONDS = 600

Coding = Callable[[Sequence[Payload]], Awaitable[list[Payload]]]


def codec_app(parts: GatewayParts, answers: ErrorAnswers) -> ASGIApp:
    """Build the application behind ``/codec``: ``POST decode`` and ``POST encode``."""
    cors = Middleware(
        CORSMiddleware,
        allow_origins=sorted(parts.settings.ui_origins),
        allow_methods=METHODS,
        allow_headers=REQUEST_HEADERS,
        allow_credentials=True,
        max_age=PREFLIGHT_SECONDS,
    )
    routes = [
        _route(parts, "/decode", parts.codec.decode),
        _route(parts, "/encode", parts.codec.encode),
    ]
    handlers = {Problem: answers.on_problem, HTTPException: answers.on_http_exception}
    return Starlette(routes=routes, middleware=[cors], exception_handlers=handlers)


def _route(parts: GatewayParts, path: str, coding: Coding) -> Route:
    async def endpoint(request: Request) -> Response:
        _require_origin(request, parts.settings.ui_origins)
        if not parts.settings.development:
            await signed_in(request, parts)
        payloads = await _read(request, parts)
        coded = await _apply(coding, payloads)
        return Response(MessageToJson(Payloads(payloads=coded)), media_type=JSON)

    return Route(path, endpoint, methods=["POST"])


def _require_origin(request: Request, allowed: frozenset[str]) -> None:
    # A browser always states the origin of such a call, and no page can state another's.
    if request.headers.get("origin") not in allowed:
        raise Problem(ORIGIN_REFUSED, "Open the workflow in the Temporal Web UI of this system.")


async def _read(request: Request, parts: GatewayParts) -> list[Payload]:
    require_media_type(request, JSON)
    body = await read_body(request, parts.settings.codec_body_limit, parts.settings.body_seconds)
    document = parse_json(body)
    try:
        if isinstance(document, dict):
            return list(ParseDict(document, Payloads()).payloads)
    except (ParseError, ValueError):
        pass
    raise Problem(MALFORMED_BODY, 'Send {"payloads": [...]} as the Temporal Web UI does.')


async def _apply(coding: Coding, payloads: Sequence[Payload]) -> list[Payload]:
    if not payloads:
        return []
    try:
        return await coding(payloads)
    except Exception as fault:
        log.warning("payload_not_coded", fault=type(fault).__name__)
    raise Problem(
        MALFORMED_BODY,
        "A payload is damaged or was encrypted with a key that this gateway does not hold: "
        "give the gateway the same codec keys as the workers.",
    )
