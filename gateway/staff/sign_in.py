"""Signing in and out: the page that offers it, and the links of a development stack."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.access import address_of
from gateway.limits import RateLimit
from gateway.links import connection_of
from gateway.parts import GatewayParts
from gateway.problems import NOT_FOUND, Problem
from gateway.staff.forms import read_staff_form
from gateway.staff.layout import StaffPages
from gateway.staff.principal import SIGN_IN, own_path
from gateway.staff.sessions import begin_session, end_session
from records import staff_sessions
from records.staff_sessions import Member

SIGNED_OUT = "You are signed out."


def sign_in_router(parts: GatewayParts, pages: StaffPages) -> APIRouter:
    """Build ``/staff/sign-in`` and ``/staff/sign-out``."""
    router = APIRouter(include_in_schema=False)
    door = _Door(parts, pages)
    router.add_api_route(SIGN_IN, door.show, methods=["GET"])
    router.add_api_route("/staff/sign-out", door.sign_out, methods=["POST"])
    if parts.settings.development:
        link = _LinkDoor(parts, pages)
        router.add_api_route(f"{SIGN_IN}/link/{{secret}}", link.show, methods=["GET"])
        router.add_api_route(f"{SIGN_IN}/link/{{secret}}", link.press, methods=["POST"])
    return router


class _Door:
    def __init__(self, parts: GatewayParts, pages: StaffPages) -> None:
        self._parts = parts
        self._pages = pages

    async def show(self, request: Request) -> Response:
        """Offer the ways to sign in."""
        asked = request.query_params
        values = {
            "next": own_path(asked.get("next", "")),
            "told": SIGNED_OUT if "out" in asked else "",
            "by_provider": False,
        }
        return self._pages.render(request, "staff/sign_in.html", None, values)

    async def sign_out(self, request: Request) -> Response:
        """End the session."""
        await read_staff_form(request, self._parts.settings)
        return await end_session(request, self._parts, f"{SIGN_IN}?out=1")


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
