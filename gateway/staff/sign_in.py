"""Signing in and out: at the identity provider, or by the links of a development stack."""

from datetime import timedelta

import structlog
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.access import address_of
from gateway.cookies import read_cookie, set_cookie
from gateway.limits import RateLimit
from gateway.links import connection_of
from gateway.parts import GatewayParts
from gateway.problems import NOT_FOUND, Problem
from gateway.staff.claims import SignInRefused
from gateway.staff.forms import read_staff_form
from gateway.staff.identity_provider import Attempt, IdentityProvider
from gateway.staff.layout import StaffPages
from gateway.staff.principal import SIGN_IN, own_path
from gateway.staff.sessions import begin_session, end_session
from gateway.stamps import read_stamped, stamp
from records import staff_sessions
from records.staff_sessions import Member

log = structlog.get_logger("gateway.staff")

START = f"{SIGN_IN}/start"
CALLBACK = f"{SIGN_IN}/callback"
SIGNED_OUT = "You are signed out."
BEGUN_ELSEWHERE = "This sign-in was begun in another browser, or too long ago. Begin it again here."
ATTEMPT = "staff-attempt"
"""The cookie that ties a sign-in on its way to the browser that began it."""

ATTEMPT_LIFE = timedelta(minutes=10)


def sign_in_router(
    parts: GatewayParts, pages: StaffPages, provider: IdentityProvider | None
) -> APIRouter:
    """Build ``/staff/sign-in`` and ``/staff/sign-out``."""
    router = APIRouter(include_in_schema=False)
    door = _Door(parts, pages, provider is not None)
    router.add_api_route(SIGN_IN, door.show, methods=["GET"])
    router.add_api_route("/staff/sign-out", door.sign_out, methods=["POST"])
    if provider:
        way = _ProviderDoor(parts, door, provider)
        router.add_api_route(START, way.start, methods=["GET"])
        router.add_api_route(CALLBACK, way.come_back, methods=["GET"])
    if parts.settings.development:
        link = _LinkDoor(parts, pages)
        router.add_api_route(f"{SIGN_IN}/link/{{secret}}", link.show, methods=["GET"])
        router.add_api_route(f"{SIGN_IN}/link/{{secret}}", link.press, methods=["POST"])
    return router


class _Door:
    def __init__(self, parts: GatewayParts, pages: StaffPages, by_provider: bool) -> None:
        self._parts = parts
        self._pages = pages
        self._by_provider = by_provider

    async def show(self, request: Request) -> Response:
        """Offer the ways to sign in."""
        told = SIGNED_OUT if "out" in request.query_params else ""
        return self.page(request, own_path(request.query_params.get("next", "")), told=told)

    def page(
        self, request: Request, then: str, *, told: str = "", fault: str = "", status: int = 200
    ) -> Response:
        """Return the page that offers the ways to sign in."""
        values = {"next": then, "told": told, "fault": fault, "by_provider": self._by_provider}
        return self._pages.render(request, "staff/sign_in.html", None, values, status)

    async def sign_out(self, request: Request) -> Response:
        """End the session."""
        await read_staff_form(request, self._parts.settings)
        return await end_session(request, self._parts, f"{SIGN_IN}?out=1")


class _ProviderDoor:
    """Leads to the identity provider and takes its answer."""

    def __init__(self, parts: GatewayParts, door: _Door, provider: IdentityProvider) -> None:
        self._parts = parts
        self._door = door
        self._provider = provider
        self._visits = RateLimit(parts.settings.visits_per_minute, parts.now)

    async def start(self, request: Request) -> Response:
        """Lead to the provider; the browser keeps what its answer must fit."""
        self._visits.spend(address_of(request))
        attempt = Attempt.begin(own_path(request.query_params.get("next", "")))
        try:
            address = await self._provider.address_to_sign_in(attempt)
        except SignInRefused as refused:
            return self._refuse(request, attempt.then, refused)
        response = RedirectResponse(address, status_code=303)
        note = stamp(self._parts, ATTEMPT, attempt.model_dump_json(), ATTEMPT_LIFE)
        self._keep(response, note, ATTEMPT_LIFE)
        return response

    async def come_back(self, request: Request) -> Response:
        """Take the provider's answer, once, and begin a session."""
        self._visits.spend(address_of(request))
        attempt = self._attempt(request)
        if attempt is None:
            return self._door.page(request, own_path(""), fault=BEGUN_ELSEWHERE, status=403)
        try:
            member = await self._provider.member(
                attempt, dict(request.query_params), self._parts.now()
            )
        except SignInRefused as refused:
            response = self._refuse(request, attempt.then, refused)
        else:
            response = await begin_session(
                request, self._parts, member, "provider", own_path(attempt.then)
            )
        self._keep(response, "", timedelta(0))
        return response

    def _attempt(self, request: Request) -> Attempt | None:
        note = read_cookie(request, self._parts.settings, ATTEMPT)
        text = read_stamped(self._parts, ATTEMPT, note) if note else None
        return Attempt.model_validate_json(text) if text else None

    def _refuse(self, request: Request, then: str, refused: SignInRefused) -> Response:
        log.warning("sign_in_refused", reason=refused.code)
        return self._door.page(request, then, fault=refused.text, status=refused.status)

    def _keep(self, response: Response, note: str, life: timedelta) -> None:
        settings, seconds = self._parts.settings, round(life.total_seconds())
        set_cookie(response, settings, ATTEMPT, note, seconds=seconds, same_site="lax")


class _LinkDoor:
    """Takes the one-time links that ``privacy sign-in`` prints; exists in development only."""

    def __init__(self, parts: GatewayParts, pages: StaffPages) -> None:
        self._parts = parts
        self._pages = pages
        self._visits = RateLimit(parts.settings.visits_per_minute, parts.now)

    async def show(self, request: Request, secret: str) -> Response:
        """Say whom the link signs in. Nothing is used up."""
        self._visits.spend(address_of(request))
        async with connection_of(self._parts) as connection:
            link = await staff_sessions.find_link(connection, secret, self._parts.now())
        if link is None:
            raise _ended()
        values = {"link": link, "next": own_path(request.query_params.get("next", ""))}
        return self._pages.render(request, "staff/sign_in_link.html", None, values)

    async def press(self, request: Request, secret: str) -> Response:
        """Use the link up and begin a session."""
        self._visits.spend(address_of(request))
        fields = await read_staff_form(request, self._parts.settings)
        async with connection_of(self._parts) as connection:
            link = await staff_sessions.use_link(connection, secret, self._parts.now())
        if link is None:
            raise _ended()
        member = Member(staff_id=link.staff_id, name=link.staff_id, roles=link.roles)
        then = own_path(fields.get("next", ""))
        return await begin_session(request, self._parts, member, "link", then)


def _ended() -> Problem:
    return Problem(NOT_FOUND, "This link was used or is too old: make another by privacy sign-in.")
