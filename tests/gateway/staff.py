"""Members of staff, signed in as the tests of the staff's pages need them."""

from datetime import timedelta

import asyncpg
import httpx

from domain.vocabulary import Role
from records import staff_sessions
from records.staff_sessions import Member
from tests.gateway.support import NOW

EVERY_ROLE = frozenset(Role)
FROM_OUR_PAGE = {
    "sec-fetch-site": "same-origin",
    "content-type": "application/x-www-form-urlencoded",
}
"""Headers of a form that a browser sends from one of our pages."""


async def session(
    owner: asyncpg.Connection,
    *roles: Role,
    staff_id: str = "s.lee",
    life: timedelta = timedelta(hours=10),
) -> str:
    """Begin a session past the door, with every role if none is named; return its secret."""
    member = Member(staff_id=staff_id, name="Sam Lee", roles=frozenset(roles) or EVERY_ROLE)
    return await staff_sessions.begin(owner, member, "link", now=NOW, ends_at=NOW + life)


async def sign_in(client: httpx.AsyncClient, owner: asyncpg.Connection, *roles: Role) -> None:
    """Let a client of a gateway that is reached by https be signed in."""
    client.cookies.set("__Host-staff", await session(owner, *roles))
