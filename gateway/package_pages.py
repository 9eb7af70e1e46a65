"""The page behind a package's link: a fresh proof of identity, then the download, once (KNO-07).

Opening it changes nothing, for mail scanners open links. A pressed button has a code sent to the
address that the link went to; the right code starts the download.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from domain.outside import PackageDownloaded, PackageOpened
from domain.package import CODE_REQUESTED, DOWNLOADED
from gateway import engine_calls
from gateway.access import address_of
from gateway.bodies import parse_form, read_form
from gateway.limits import RateLimit
from gateway.links import Link, connection_of
from gateway.my_request_desk import HOME, VisitorsDesk, home
from gateway.my_request_views import acts_here
from gateway.package_links import PackageLink, Standing, find_package_link, visited_package
from gateway.package_views import PackageViews
from gateway.pages import Pages
from gateway.parts import GatewayParts
from records import inbox, package_codes, packages
from records.connection import Row
from records.outside import note_outside
from records.package_codes import Verdict
from records.packages import PackageGone, StoredPackage
from records.vault import VaultError

FETCH = "fetch"
VISITED = f"{HOME}/package"


def package_router(parts: GatewayParts, pages: Pages) -> APIRouter:
    """Build ``/d/{token}``, and the same for who visits the page of the request."""
    router = APIRouter(include_in_schema=False)
    door = _Door(parts, pages)
    for path, show, press in (
        ("/d/{token}", door.show, door.press),
        (VISITED, door.show_visitor, door.press_visiting),
    ):
        router.add_api_route(path, show, methods=["GET", "HEAD"])
        router.add_api_route(path, press, methods=["POST"])
    return router


class _Door:
    def __init__(self, parts: GatewayParts, pages: Pages) -> None:
        self._parts = parts
        self._views = PackageViews(pages, parts.settings)
        self._visits = RateLimit(parts.settings.visits_per_minute, parts.now)
        self._desk = VisitorsDesk(parts)

    async def show(self, request: Request, token: str) -> Response:
        """Say what the link is for. Nothing is stored."""
        self._visits.spend(address_of(request))
        return self._answer(request, await self._find(token))

    async def press(self, request: Request, token: str) -> Response:
        """Have a code sent, or take one and hand the package out."""
        self._visits.spend(address_of(request))
        fields = parse_form(await read_form(request, self._parts.settings))
        return await self._press(request, fields, lambda: self._find(token))

    async def show_visitor(self, request: Request) -> Response:
        """Say to who visits the page of the request how the package is fetched."""
        link = await self._desk.looks(request)
        if link is None or not acts_here(link):
            return home(request)
        return self._answer(request, await self._of_visit(link))

    async def press_visiting(self, request: Request) -> Response:
        """Have a code sent, or hand the package out, as behind the letter's own link."""
        fields, link = await self._desk.sends(request)
        if link is None or not acts_here(link):
            return home(request)
        return await self._press(request, fields, lambda: self._of_visit(link))

    async def _press(
        self,
        request: Request,
        fields: Mapping[str, str],
        find: Callable[[], Awaitable[PackageLink | None]],
    ) -> Response:
        found = await find()
        if found is None or found.standing is not Standing.OPEN:
            return self._answer(request, found)
        try:
            if fields.get("action") == FETCH:
                return await self._fetch(request, found, fields.get("code", ""))
            await self._send_code(found.link)
        except (VaultError, PackageGone):
            return self._views.ended(request, Standing.GONE, found.link)
        return self._answer(request, await find())

    async def _of_visit(self, link: Link) -> PackageLink | None:
        async with connection_of(self._parts) as connection:
            return await visited_package(connection, self._parts, link.request.request_id)

    async def _find(self, token: str) -> PackageLink | None:
        async with connection_of(self._parts) as connection:
            return await find_package_link(connection, self._parts, token)

    def _answer(self, request: Request, found: PackageLink | None) -> Response:
        if found is None:
            return self._views.ended(request, Standing.UNKNOWN, None)
        if found.standing is not Standing.OPEN:
            return self._views.ended(request, found.standing, found.link)
        return self._views.form(request, found)

    async def _send_code(self, link: Link) -> None:
        """Draw a code and leave it to the request's workflow to mail it; the vault alone knows it.

        Beyond the number that a link may have nothing is drawn, and the page says so.
        """
        settings = self._parts.settings
        expires_at = link.at + timedelta(minutes=settings.code_minutes)
        async with connection_of(self._parts) as connection, connection.transaction():
            drawn = await package_codes.draw(
                connection,
                self._parts.hashing,
                link.token.hash,
                most=settings.codes_per_link,
                now=link.at,
                expires_at=expires_at,
            )
            if drawn is None:
                return
            receipt = await inbox.receive(
                connection,
                self._parts.vault,
                once_key=f"{link.token.once_key}:code:{drawn.n}",
                request_id=link.token.request_id,
                stream=link.token.stream,
                kind=CODE_REQUESTED,
                facts={"letter": link.token.letter_n, "minutes": settings.code_minutes},
                evidence=drawn.code.encode(),
                now=self._parts.now(),
            )
        await engine_calls.deliver(self._parts, link.token.stream, receipt.row_id)

    async def _fetch(self, request: Request, found: PackageLink, code: str) -> Response:
        assert found.package is not None, "its standing says so"
        verdict = await self._redeem(found.link, found.package, code)
        if verdict is not Verdict.RIGHT:
            return self._views.form(request, found, verdict)
        handing = await _HandingOut.begin(self._parts, found.link, found.package)
        name = f"{found.link.token.request_id}.zip"
        return StreamingResponse(
            handing.chunks(),
            media_type="application/zip",
            headers={
                "Content-Length": str(found.package.size),
                "Content-Disposition": f'attachment; filename="{name}"',
            },
        )

    async def _redeem(self, link: Link, package: StoredPackage, code: str) -> Verdict:
        """Judge a code; a right one and the evidence of it are written together."""
        async with connection_of(self._parts) as connection, connection.transaction():
            verdict = await package_codes.redeem(
                connection,
                self._parts.hashing,
                link.token.hash,
                code,
                most_attempts=self._parts.settings.code_attempts,
                now=link.at,
            )
            if verdict is Verdict.RIGHT:
                opened = PackageOpened(
                    package_hash=package.content_hash, letter=link.token.letter_n
                )
                await note_outside(connection, link.token.request_id, opened, link.at)
        return verdict


class _HandingOut:
    """One package on its way out. Before its last chunk leaves, the download is on record."""

    def __init__(self, parts: GatewayParts, link: Link, package: StoredPackage, key: bytes) -> None:
        self._parts = parts
        self._link = link
        self._package = package
        self._chunks = packages.read(_Lending(parts), key, package)
        self._first = b""

    @classmethod
    async def begin(cls, parts: GatewayParts, link: Link, package: StoredPackage) -> "_HandingOut":
        """Open the package as far as its first chunk, so that a fault can still be shown."""
        async with connection_of(parts) as connection:
            key = await parts.vault.data_key(connection, package.request_id)
        handing = cls(parts, link, package, key)
        handing._first = await anext(handing._chunks)
        return handing

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the package; whoever breaks off before its end may come again with another code."""
        waiting = self._first
        async for chunk in self._chunks:
            yield waiting
            waiting = chunk
        await self._record()
        yield waiting

    async def _record(self) -> None:
        link, package = self._link, self._package
        async with connection_of(self._parts) as connection, connection.transaction():
            receipt = await inbox.receive(
                connection,
                self._parts.vault,
                once_key=link.token.once_key,
                request_id=link.token.request_id,
                stream=link.token.stream,
                kind=DOWNLOADED,
                facts={"letter": link.token.letter_n, "package_hash": package.content_hash},
                evidence=None,
                now=self._parts.now(),
            )
            if receipt.fresh:
                done = PackageDownloaded(package_hash=package.content_hash)
                await note_outside(connection, link.token.request_id, done, link.at)
        if receipt.fresh:
            await engine_calls.deliver(self._parts, link.token.stream, receipt.row_id)


class _Lending:
    """Lends a connection for each chunk, so that a slow reader holds none."""

    def __init__(self, parts: GatewayParts) -> None:
        self._parts = parts

    async def fetchrow(self, query: str, *args: Any) -> Row | None:
        async with connection_of(self._parts) as connection:
            row: Row | None = await connection.fetchrow(query, *args)
        return row
