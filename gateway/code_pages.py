"""Where somebody types a code that a letter on paper printed in place of a link (NOT-07).

A right code leads to the page that the link would have opened; to type it changes nothing.
"""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from domain.links import LinkPurpose
from gateway.access import address_of
from gateway.bodies import parse_form, read_form
from gateway.limits import RateLimit
from gateway.links import connection_of
from gateway.pages import Page, Pages, language_of
from gateway.parts import GatewayParts
from records import tokens

HOME = "/c"
_PAGES = {LinkPurpose.PACKAGE: "d", LinkPurpose.ACKNOWLEDGE: "p"}


def code_router(parts: GatewayParts, pages: Pages) -> APIRouter:
    """Build ``/c``, and ``/c/{code}`` for who copies the whole address."""
    router = APIRouter(include_in_schema=False)
    door = _Door(parts, pages)
    router.add_api_route(HOME, door.ask, methods=["GET", "HEAD"])
    router.add_api_route(HOME, door.typed, methods=["POST"])
    router.add_api_route(HOME + "/{code}", door.copied, methods=["GET", "HEAD"])
    return router


class _Door:
    def __init__(self, parts: GatewayParts, pages: Pages) -> None:
        self._parts = parts
        self._pages = pages
        self._visits = RateLimit(parts.settings.visits_per_minute, parts.now)
        self._guesses = RateLimit(parts.settings.forms_per_minute, parts.now)

    async def ask(self, request: Request) -> Response:
        """Ask for the code."""
        self._visits.spend(address_of(request))
        return self._page(request)

    async def typed(self, request: Request) -> Response:
        """Lead on by a typed code."""
        fields = parse_form(await read_form(request, self._parts.settings))
        return await self._lead_on(request, fields.get("code", ""))

    async def copied(self, request: Request, code: str) -> Response:
        """Lead on by the whole address."""
        return await self._lead_on(request, code)

    async def _lead_on(self, request: Request, text: str) -> Response:
        """Show the page behind a code; whoever tries many is slowed down."""
        self._guesses.spend(address_of(request))
        code = tokens.typed(text[:100])
        async with connection_of(self._parts) as connection:
            token = await tokens.look_up(connection, code) if code else None
        if token is None:
            return self._page(request, typed=text[:100], wrong=True)
        page = _PAGES.get(LinkPurpose(token.purpose), "r")
        # The page itself says whether the code is of use still.
        return RedirectResponse(f"/{page}/{code}", status_code=303)

    def _page(self, request: Request, *, typed: str = "", wrong: bool = False) -> Response:
        values = {"typed": typed, "wrong": wrong}
        status = 422 if wrong else 200
        return self._pages.render(
            request, Page("printed_code.html", language_of(request), values, status)
        )
