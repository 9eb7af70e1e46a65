"""A visit of the page of one's own request: opened by a letter's link, once, and soon over."""

from datetime import timedelta

import asyncpg
from starlette.requests import Request
from starlette.responses import Response

from domain.links import LinkPurpose
from gateway.cookies import read_cookie, set_cookie
from gateway.links import Link, connection_of, link_of
from gateway.parts import GatewayParts
from gateway.stamps import read_stamped, stamp
from records import inbox, tokens

COOKIE = "visit"
OPENED = "status_opened"
"""Kind of the inbox row that uses a link up. It is no news for the workflow."""

MINUTE = 60


async def open_once(connection: asyncpg.Connection, parts: GatewayParts, link: Link) -> bool:
    """Use a link up, and tell whether it was still good."""
    async with connection.transaction():
        receipt = await inbox.receive(
            connection,
            parts.vault,
            once_key=link.token.once_key,
            request_id=link.token.request_id,
            stream=link.token.stream,
            kind=OPENED,
            facts={"letter": link.token.letter_n},
            evidence=None,
            now=parts.now(),
        )
        await inbox.mark_delivered(connection, receipt.row_id)
    return receipt.fresh


def begin(response: Response, parts: GatewayParts, link: Link) -> None:
    """Let the browser come back without the link for a while."""
    minutes = parts.settings.session_minutes
    note = stamp(parts, COOKIE, link.token.hash, timedelta(minutes=minutes))
    set_cookie(
        response,
        parts.settings,
        COOKIE,
        note,
        seconds=minutes * MINUTE,
        same_site="strict",
    )


def end(response: Response, parts: GatewayParts) -> None:
    """Let the browser forget the visit."""
    set_cookie(response, parts.settings, COOKIE, "", seconds=0, same_site="strict")


async def visited(request: Request, parts: GatewayParts) -> Link | None:
    """Return the request that the browser visits, if its visit goes on.

    A visit outlasts its link, but not the link's revocation.
    """
    note = read_cookie(request, parts.settings, COOKIE)
    token_hash = read_stamped(parts, COOKIE, note) if note else None
    if token_hash is None:
        return None
    async with connection_of(parts) as connection:
        token = await tokens.find(connection, token_hash)
        if token is None or token.revoked_at or token.purpose != LinkPurpose.STATUS:
            return None
        link = await link_of(connection, token, parts.now())
        return None if link is None or link.frozen else link
