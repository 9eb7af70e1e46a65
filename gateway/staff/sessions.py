"""Beginning and ending a session of a member of staff."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.cookies import read_cookie, set_cookie
from gateway.links import connection_of
from gateway.parts import GatewayParts
from gateway.staff.principal import COOKIE
from records import staff_sessions
from records.staff_sessions import Means, Member


async def begin_session(
    request: Request, parts: GatewayParts, member: Member, means: Means, then: str
) -> Response:
    """Sign ``member`` in with a fresh secret and lead to ``then``, one of our own paths.

    Whatever session the browser had before ends, so that none outlives a change of person.
    """
    now, life = parts.now(), timedelta(hours=parts.settings.staff_session_hours)
    async with connection_of(parts) as connection, connection.transaction():
        await staff_sessions.end(connection, _secret(request, parts), now)
        secret = await staff_sessions.begin(connection, member, means, now=now, ends_at=now + life)
    response = RedirectResponse(then, status_code=303)
    _give(response, parts, secret, round(life.total_seconds()))
    return response


async def end_session(request: Request, parts: GatewayParts, then: str) -> Response:
    """Sign whoever calls out, here and in the database, and lead to ``then``."""
    async with connection_of(parts) as connection:
        await staff_sessions.end(connection, _secret(request, parts), parts.now())
    response = RedirectResponse(then, status_code=303)
    _give(response, parts, "", 0)
    return response


def _secret(request: Request, parts: GatewayParts) -> str:
    return read_cookie(request, parts.settings, COOKIE)


def _give(response: Response, parts: GatewayParts, secret: str, seconds: int) -> None:
    # Lax, because the links in mails and in the Web UI lead here.
    set_cookie(response, parts.settings, COOKIE, secret, seconds=seconds, same_site="lax")
