"""The gateway's application: every door, behind one shield."""

from collections.abc import Callable, Iterator
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from gateway.api_docs import describe, docs_router
from gateway.callbacks import callbacks_router
from gateway.case.pages import case_router
from gateway.case.review_pages import review_router
from gateway.code_pages import code_router
from gateway.codec import codec_app
from gateway.consumer_pages import consumer_router
from gateway.drp.app import BASE as DRP_BASE
from gateway.drp.app import drp_app
from gateway.drp.verification import verification_router
from gateway.errors import ErrorAnswers
from gateway.health import health_router
from gateway.intake import intake_router
from gateway.intake_key import intake_key_router
from gateway.my_request import MyRequestDoor, my_request_router
from gateway.package_pages import package_router
from gateway.pages import ROOM, Pages
from gateway.parts import GatewayParts
from gateway.problems import Problem
from gateway.provider_pages import provider_router
from gateway.request_pages import request_router
from gateway.shield import Shield
from gateway.signal_doors import signal_router
from gateway.staff.identity_provider import IdentityProvider
from gateway.staff.layout import StaffPages
from gateway.staff.metrics import metrics_router
from gateway.staff.new_request import new_request_router
from gateway.staff.principal import SignInNeeded, lead_to_sign_in
from gateway.staff.queue import queue_router
from gateway.staff.sign_in import CALLBACK, sign_in_router

VERSION = "1.0"
DESCRIPTION = (
    "For systems that take privacy requests from consumers, and for service providers that "
    "acknowledge our directions."
)
ASSETS = ("pages.css", "staff.css", "case.css", "icon.svg")
ASSET_HEADERS = {"Cache-Control": "public, max-age=3600"}


def create_app(parts: GatewayParts) -> FastAPI:
    """Build the gateway from its parts. It answers while the engine is away."""
    pages = Pages(parts.now)
    staff_pages = StaffPages(parts)
    answers = ErrorAnswers(pages, staff_pages, parts.settings.public_url)
    app = FastAPI(
        title="Privacy requests",
        version=VERSION,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        exception_handlers={
            SignInNeeded: lead_to_sign_in,
            Problem: answers.on_problem,
            HTTPException: answers.on_http_exception,
        },
    )
    for router in (
        *_for_programs(parts),
        docs_router(app, pages),
        *_for_people(parts, pages),
        *_for_staff(parts, staff_pages),
    ):
        app.include_router(router)
    app.include_router(_assets())
    app.mount(DRP_BASE, drp_app(parts))
    app.mount("/codec", codec_app(parts, answers))
    https = parts.settings.public_url.startswith("https://")
    app.add_middleware(Shield, render=answers.render, https=https)
    _describe_once(app, parts.settings.public_url)
    return app


def _for_programs(parts: GatewayParts) -> Iterator[APIRouter]:
    yield intake_router(parts)
    yield intake_key_router(parts)
    yield callbacks_router(parts)
    yield health_router(parts)


def _for_people(parts: GatewayParts, pages: Pages) -> Iterator[APIRouter]:
    status = MyRequestDoor(parts, pages)
    yield consumer_router(parts, pages, status)
    yield my_request_router(status)
    yield package_router(parts, pages)
    yield code_router(parts, pages)
    yield provider_router(parts, pages)
    yield signal_router(parts, pages)
    yield request_router(parts, pages)
    yield verification_router(parts, pages)


def _for_staff(parts: GatewayParts, pages: StaffPages) -> Iterator[APIRouter]:
    yield sign_in_router(parts, pages, _identity_provider(parts))
    yield queue_router(parts, pages)
    yield new_request_router(parts, pages)
    yield metrics_router(parts, pages)
    yield case_router(parts, pages)
    yield review_router(parts, pages)


def _identity_provider(parts: GatewayParts) -> IdentityProvider | None:
    known = parts.settings.sign_in
    return IdentityProvider(known, parts.settings.public_url + CALLBACK) if known else None


def _assets() -> APIRouter:
    router = APIRouter(include_in_schema=False)
    for name in ASSETS:
        router.add_api_route(f"/static/{name}", _serve(name), methods=["GET"])

    @router.get("/")
    async def front(request: Request) -> Response:
        return RedirectResponse("/request", status_code=307)

    return router


def _serve(name: str) -> Callable[[], Any]:
    async def serve() -> FileResponse:
        return FileResponse(ROOM / "static" / name, headers=ASSET_HEADERS)

    return serve


def _describe_once(app: FastAPI, public_url: str) -> None:
    def openapi() -> dict[str, Any]:
        app.openapi_schema = app.openapi_schema or describe(app, public_url)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
