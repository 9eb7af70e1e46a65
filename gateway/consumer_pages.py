"""The page behind a letter's link: confirm the address, add details, sign, or say "not me".

Opening it changes nothing, for mail scanners open links; only a pressed button does (NOT-05).
"""

from collections.abc import Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from domain.decisions.inbox import ADDRESS_CONFIRMED
from domain.links import LinkPurpose
from gateway import engine_calls, presses
from gateway.access import address_of
from gateway.bodies import parse_form, read_form
from gateway.consumer_links import (
    ENDED,
    SHOWN_AS,
    Standing,
    asked_by,
    owes_declaration,
    standing_of,
)
from gateway.consumer_views import ConsumerViews
from gateway.declarations import read_signature, signed
from gateway.limits import RateLimit
from gateway.links import Link, connection_of, find_link
from gateway.my_request import MyRequestDoor
from gateway.pages import Pages, language_of
from gateway.parts import GatewayParts
from gateway.points import read_points
from gateway.presses import Press
from records.vault import VaultError

PURPOSES = frozenset(
    {
        LinkPurpose.CONFIRM,
        LinkPurpose.RESPOND,
        LinkPurpose.DISOWN,
        LinkPurpose.ACCEPT_FEE,
        LinkPurpose.STATUS,
    }
)
_CONFIRMING = frozenset({LinkPurpose.CONFIRM, LinkPurpose.RESPOND})


def consumer_router(parts: GatewayParts, pages: Pages, status: MyRequestDoor) -> APIRouter:
    """Build ``/r/{token}``; links to the status of a request are handed to its own door."""
    router = APIRouter(include_in_schema=False)
    door = _Door(parts, pages, status)
    router.add_api_route("/r/{token}", door.show, methods=["GET", "HEAD"])
    router.add_api_route("/r/{token}", door.press, methods=["POST"])
    return router


class _Door:
    def __init__(self, parts: GatewayParts, pages: Pages, status: MyRequestDoor) -> None:
        self._parts = parts
        self._status = status
        self._views = ConsumerViews(pages)
        self._visits = RateLimit(parts.settings.visits_per_minute, parts.now)

    async def show(self, request: Request, token: str) -> Response:
        """Say what the link is for. Nothing is stored."""
        self._visits.spend(address_of(request))
        link = await self._find(token)
        if link and link.token.purpose == LinkPurpose.STATUS:
            return await self._status.knock(request, link)
        return self._answer(request, link)

    async def press(self, request: Request, token: str) -> Response:
        """Take a pressed button, once; whoever presses again is told so."""
        self._visits.spend(address_of(request))
        fields = parse_form(await read_form(request, self._parts.settings))
        link = await self._find(token)
        if link and link.token.purpose == LinkPurpose.STATUS:
            return await self._status.enter(request, link, fields.get("action", ""))
        if link is None or standing_of(link) is not Standing.OPEN:
            return self._answer(request, link)
        match fields.get("action"):
            case "not_me" if link.token.purpose != LinkPurpose.ACCEPT_FEE:
                return await self._disown(request, token, link)
            case "confirm" if link.token.purpose in _CONFIRMING and not link.pressed:
                return await self._confirm(request, token, link, fields)
            case "sign" if owes_declaration(link):
                return await self._sign(request, token, link, fields)
            case "accept_fee" if link.token.purpose == LinkPurpose.ACCEPT_FEE:
                return await self._store(request, token, link, presses.accept_fee(link))
        return self._answer(request, link)

    async def _disown(self, request: Request, token: str, link: Link) -> Response:
        if link.came(ADDRESS_CONFIRMED):
            return self._views.done(request, link, Standing.DISPUTED, earlier=True)
        return await self._store(request, token, link, presses.disown(link))

    async def _confirm(
        self, request: Request, token: str, link: Link, fields: Mapping[str, str]
    ) -> Response:
        asked = asked_by(link)
        points, faults = read_points(fields, asked)
        if asked and not points:
            faults = {"": "none"}
        if faults:
            return self._views.form(request, link, faults, fields)
        return await self._store(request, token, link, presses.confirm(link, points))

    async def _sign(
        self, request: Request, token: str, link: Link, fields: Mapping[str, str]
    ) -> Response:
        points, faults = read_points(fields, asked_by(link))
        name, unsigned = read_signature(fields)
        if faults or unsigned:
            return self._views.form(request, link, {**faults, **unsigned}, fields)
        language = language_of(request, link.request.language)
        declaration = signed(link, language, name, self._parts.now())
        wanted = presses.confirm(link, points, declaration)
        return await self._store(request, token, link, wanted, Standing.SIGNED)

    async def _find(self, token: str) -> Link | None:
        async with connection_of(self._parts) as connection:
            return await find_link(connection, token, PURPOSES, self._parts.now())

    async def _store(
        self,
        request: Request,
        token: str,
        link: Link,
        wanted: tuple[Press, ...],
        done: Standing | None = None,
    ) -> Response:
        try:
            async with connection_of(self._parts) as connection:
                rows = await presses.store(connection, self._parts, link, wanted)
        except VaultError:
            return self._views.ended(request, Standing.CLOSED, link)
        for row_id in reversed(rows):
            await engine_calls.deliver(self._parts, link.stream, row_id)
        if not rows:
            return self._answer(request, await self._find(token))
        return self._views.done(request, link, done or SHOWN_AS[wanted[0].kind], earlier=False)

    def _answer(self, request: Request, link: Link | None) -> Response:
        if link is None:
            return self._views.ended(request, Standing.UNKNOWN, None)
        standing = standing_of(link)
        if standing is Standing.OPEN:
            return self._views.form(request, link)
        if standing in ENDED:
            return self._views.ended(request, standing, link)
        return self._views.done(request, link, standing, earlier=True)
