"""Who of the staff calls: the person behind a session's cookie, and what that person may do."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from domain.events import Actor
from domain.messages import StaffId
from domain.vocabulary import Role
from gateway.cookies import read_cookie
from gateway.links import connection_of
from gateway.parts import GatewayParts
from gateway.problems import NOT_SIGNED_IN, ROLE_NEEDED, Problem
from records import staff_sessions

COOKIE = "staff"
QUEUE = "/staff/requests"
NEW = "/staff/new"
SIGN_IN = "/staff/sign-in"
_READ_ONLY = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class StaffMember:
    """A signed-in member of staff."""

    id: StaffId
    name: str
    roles: frozenset[Role]

    @property
    def actor(self) -> Actor:
        """The person as events name who did something."""
        return Actor(id=self.id, known="authenticated")

    def may(self, *roles: Role) -> bool:
        """Tell whether the person has one of ``roles``."""
        return not self.roles.isdisjoint(roles)


class SignInNeeded(Problem):
    """Nobody is signed in. People are led to the sign-in page, programs are told so."""

    def __init__(self) -> None:
        super().__init__(NOT_SIGNED_IN, f"Sign in at {SIGN_IN}, then do the same again.")


async def signed_in(request: Request, parts: GatewayParts) -> StaffMember:
    """Return the member of staff who calls.

    Raises:
        SignInNeeded: there is no session, or it ended or lay idle for too long.
    """
    secret = read_cookie(request, parts.settings, COOKIE)
    if not secret:
        raise SignInNeeded
    idle = timedelta(minutes=parts.settings.staff_idle_minutes)
    async with connection_of(parts) as connection:
        session = await staff_sessions.find(connection, secret, now=parts.now(), idle=idle)
    if session is None:
        raise SignInNeeded
    return StaffMember(session.staff_id, session.name, session.roles)


async def needs(request: Request, parts: GatewayParts, *roles: Role) -> StaffMember:
    """Return the member of staff who calls, who must have one of ``roles``.

    Raises:
        SignInNeeded: nobody is signed in.
        Problem: 403, the person has none of the roles.
    """
    member = await signed_in(request, parts)
    if not member.may(*roles):
        wanted = " or ".join(roles)
        raise Problem(
            ROLE_NEEDED,
            f"This needs the role {wanted}. Ask whoever gives out your company's accounts for it.",
        )
    return member


async def lead_to_sign_in(request: Request, _: Exception) -> Response:
    """Exception handler for :class:`SignInNeeded`: sign in, and come back to the same page.

    A form that was sent is not sent again: its sender comes back to the page that it stood on.
    """
    wanted = request.url
    if request.method not in _READ_ONLY:
        wanted = URL(request.headers.get("referer", QUEUE))
    here = f"{wanted.path}?{wanted.query}" if wanted.query else wanted.path
    return RedirectResponse(f"{SIGN_IN}?next={quote(here, safe='/')}", status_code=303)


def own_path(wanted: str) -> str:
    """Return where a person wanted to go, if that is one of the staff's pages; else the queue.

    No other address is ever followed, so that no link signs a person in and leads elsewhere.
    """
    plain = wanted.isascii() and wanted.isprintable() and "\\" not in wanted
    if plain and wanted.startswith("/staff/") and not wanted.startswith(SIGN_IN):
        return wanted
    return QUEUE
