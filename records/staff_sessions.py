"""Sessions of signed-in staff, and the one-time links of a development stack, as hashes only."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

from pydantic import AwareDatetime

from domain.messages import StaffId
from domain.vocabulary import Role
from records.connection import Connection, rows_changed
from records.model import Record

SECRET_BYTES = 32
KEPT = timedelta(days=90)
"""How long an ended session stays, for who asks later who was signed in."""

TOUCHED_EVERY = timedelta(minutes=1)

Means = Literal["provider", "link"]
"""How somebody signed in: at the identity provider, or by a development stack's link."""


class Member(Record):
    """Who signs in."""

    staff_id: StaffId
    name: str
    roles: frozenset[Role]


class Session(Member):
    """A sign-in that is still good."""

    means: Means
    began_at: AwareDatetime
    seen_at: AwareDatetime
    ends_at: AwareDatetime


class Link(Record):
    """A one-time link that has not been used; whether its time is over is the reader's to judge."""

    staff_id: StaffId
    roles: frozenset[Role]
    expires_at: AwareDatetime


async def begin(
    conn: Connection, member: Member, means: Means, *, now: datetime, ends_at: datetime
) -> str:
    """Begin a session and return its secret in clear, for the only time."""
    plaintext = secrets.token_urlsafe(SECRET_BYTES)
    await conn.execute("DELETE FROM privacy.staff_session WHERE ends_at < $1", now - KEPT)
    await conn.execute(
        "INSERT INTO privacy.staff_session"
        " (hash, staff_id, name, roles, means, began_at, seen_at, ends_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $6, $7)",
        _hash(plaintext),
        member.staff_id,
        member.name,
        sorted(member.roles),
        means,
        now,
        ends_at,
    )
    return plaintext


async def find(
    conn: Connection, plaintext: str, *, now: datetime, idle: timedelta
) -> Session | None:
    """Return the session with that secret, unless it ended, or lay idle for too long."""
    row = await conn.fetchrow(
        "SELECT staff_id, name, roles, means, began_at, seen_at, ends_at"
        " FROM privacy.staff_session"
        " WHERE hash = $1 AND ended_at IS NULL AND ends_at > $2 AND seen_at > $3",
        _hash(plaintext),
        now,
        now - idle,
    )
    if row is None:
        return None
    session = Session.model_validate(dict(row))
    if session.seen_at <= now - TOUCHED_EVERY:
        await conn.execute(
            "UPDATE privacy.staff_session SET seen_at = $2 WHERE hash = $1", _hash(plaintext), now
        )
    return session


async def end(conn: Connection, plaintext: str, now: datetime) -> None:
    """End a session, if there is one with that secret."""
    await conn.execute(
        "UPDATE privacy.staff_session SET ended_at = $2 WHERE hash = $1 AND ended_at IS NULL",
        _hash(plaintext),
        now,
    )


async def end_all(conn: Connection, staff_id: str, now: datetime) -> int:
    """End every session of a person, and return how many were still open."""
    tag = await conn.execute(
        "UPDATE privacy.staff_session SET ended_at = $2"
        " WHERE staff_id = $1 AND ended_at IS NULL AND ends_at > $2",
        staff_id,
        now,
    )
    return rows_changed(tag)


async def issue_link(
    conn: Connection, staff_id: str, roles: frozenset[Role], expires_at: datetime
) -> str:
    """Create a one-time link, as the owner, and return its secret for the only time."""
    plaintext = secrets.token_urlsafe(SECRET_BYTES)
    await conn.execute(
        "INSERT INTO privacy.staff_link (hash, staff_id, roles, expires_at)"
        " VALUES ($1, $2, $3, $4)",
        _hash(plaintext),
        staff_id,
        sorted(roles),
        expires_at,
    )
    return plaintext


async def find_link(conn: Connection, plaintext: str, now: datetime) -> Link | None:
    """Return the link with that secret, if it can still be used."""
    row = await conn.fetchrow(
        "SELECT staff_id, roles, expires_at FROM privacy.staff_link"
        " WHERE hash = $1 AND used_at IS NULL AND expires_at > $2",
        _hash(plaintext),
        now,
    )
    return Link.model_validate(dict(row)) if row else None


async def use_link(conn: Connection, plaintext: str, now: datetime) -> Link | None:
    """Use a link up and return it; of two who come at once, one gets it."""
    row = await conn.fetchrow(
        "UPDATE privacy.staff_link SET used_at = $2"
        " WHERE hash = $1 AND used_at IS NULL AND expires_at > $2"
        " RETURNING staff_id, roles, expires_at",
        _hash(plaintext),
        now,
    )
    return Link.model_validate(dict(row)) if row else None


def _hash(plaintext: str) -> str:
    return sha256(plaintext.encode(errors="surrogatepass")).hexdigest()
