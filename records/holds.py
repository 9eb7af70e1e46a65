"""Legal holds: what they cover is neither erased nor purged until they are released (REC-06)."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Self

from pydantic import AwareDatetime, model_validator

from records.connection import Connection, Row
from records.identities import Identity, digest, digests
from records.keyring import Keyring
from records.model import Record
from records.requests import Words

_PURPOSE = "hold"


class HoldTaken(Exception):
    """A hold of that id exists already; choose another id."""


class Hold(Record):
    """A hold on one request's record, or on one person's data wherever it stands."""

    hold_id: Words
    matter: Words
    request_id: str | None = None
    identity_hash: str | None = None
    placed_by: Words
    placed_at: AwareDatetime
    released_by: Words | None = None
    released_at: AwareDatetime | None = None

    @model_validator(mode="after")
    def _covers_one_thing(self) -> Self:
        if (self.request_id is None) == (self.identity_hash is None):
            raise ValueError("a hold covers either a request or a person; name one of them")
        return self


_HOLD = f"SELECT {', '.join(Hold.model_fields)} FROM privacy.legal_hold "


def person(keyring: Keyring, identity: Identity) -> str:
    """Return the hash by which a hold covers a person."""
    return digest(keyring, _PURPOSE, identity)


async def add(conn: Connection, hold: Hold) -> None:
    """Place a hold. Raises ``HoldTaken``."""
    written = await conn.fetchval(
        "INSERT INTO privacy.legal_hold"
        " (hold_id, matter, request_id, identity_hash, placed_by, placed_at)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (hold_id) DO NOTHING RETURNING 1",
        hold.hold_id,
        hold.matter,
        hold.request_id,
        hold.identity_hash,
        hold.placed_by,
        hold.placed_at,
    )
    if not written:
        raise HoldTaken(f"a hold {hold.hold_id} exists already; choose another id")


async def add_once(conn: Connection, hold: Hold) -> None:
    """Place a hold, unless it stands already."""
    with suppress(HoldTaken):
        await add(conn, hold)


def of_request(name: str, request_id: str) -> str:
    """Return the id of a hold that staff placed on one request: two may serve one matter."""
    return f"{name} {request_id}"


async def release(conn: Connection, hold_id: str, *, released_by: str, now: datetime) -> bool:
    """Release a hold and tell whether it was active."""
    released = await conn.fetchval(
        "UPDATE privacy.legal_hold SET released_by = $2, released_at = $3"
        " WHERE hold_id = $1 AND released_at IS NULL RETURNING 1",
        hold_id,
        released_by,
        now,
    )
    return bool(released)


async def every(conn: Connection) -> list[Hold]:
    """Return all holds, released ones included, the oldest first."""
    rows = await conn.fetch(_HOLD + "ORDER BY placed_at, hold_id")
    return _holds(rows)


async def active(
    conn: Connection,
    keyring: Keyring,
    *,
    request_id: str | None = None,
    identities: Iterable[Identity] = (),
) -> list[Hold]:
    """Return the holds in force on a request's record or on any of a person's identities."""
    hashes = [each for identity in identities for each in digests(keyring, _PURPOSE, identity)]
    rows = await conn.fetch(
        _HOLD + "WHERE released_at IS NULL"
        " AND (request_id = $1 OR identity_hash = ANY($2::text[])) ORDER BY placed_at, hold_id",
        request_id,
        hashes,
    )
    return _holds(rows)


def _holds(rows: list[Row]) -> list[Hold]:
    return [Hold.model_validate(dict(row)) for row in rows]
