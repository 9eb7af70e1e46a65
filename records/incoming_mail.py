"""Mail that came in: kept once and closed before it is accepted, until it stands where it belongs.

What becomes a request's is copied to that request's vault and dropped here; what nobody can file
stays until staff have looked at it.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from pydantic import AwareDatetime, Field

from domain.chain import canonical
from records import session_lock
from records.connection import Connection, Row, rows_changed
from records.keyring import KEY_BYTES, Keyring, Wrapped, decrypt, encrypt
from records.model import Record
from records.wrapping import WrappingKeys

ONCE = "incoming mail"
"""What the hashes by which a repeated mail is known are for."""

_COLUMNS = (
    "mail_id, once_key, received_at, size, standing, reason, attempts, request_id,"
    " settled_at, key_id, wrapped, raw"
)
_MAIL = f"SELECT {_COLUMNS} FROM privacy.mail "


class Standing(StrEnum):
    """What became of a mail. The first and the parked ones are nobody's yet."""

    RECEIVED = "received"
    FILED = "filed"
    THREADED = "threaded"
    BOUNCE = "bounce"
    AUTOMATIC = "automatic"
    PARKED = "parked"
    DISMISSED = "dismissed"


class Mail(Record):
    """One mail. ``raw`` is closed; ``opened`` returns its bytes."""

    mail_id: int
    once_key: str
    received_at: AwareDatetime
    size: int
    standing: Standing
    reason: str
    attempts: int
    request_id: str | None
    settled_at: AwareDatetime | None
    key_id: str | None
    wrapped: bytes | None = Field(repr=False)
    raw: bytes | None = Field(repr=False)


class Kept(NamedTuple):
    """A mail's row, and whether it came for the first time."""

    mail_id: int
    fresh: bool


async def keep(
    conn: Connection,
    wrapping: WrappingKeys,
    hashing: Keyring,
    *,
    sameness: bytes,
    raw: bytes,
    now: datetime,
) -> Kept:
    """Store a mail, once per ``sameness``, which is what two deliveries of one mail share.

    ``hashing`` keys the hash by which a repeated one is known.
    """
    keys, key = hashing.digests(ONCE, sameness), os.urandom(KEY_BYTES)
    wrapped = await wrapping.wrap(key, _owner(keys[0]))
    async with conn.transaction():
        await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", min(keys))
        known = await conn.fetchval(
            "SELECT mail_id FROM privacy.mail WHERE once_key = ANY ($1::text[])", keys
        )
        if known is not None:
            return Kept(known, fresh=False)
        mail_id: int = await conn.fetchval(
            "INSERT INTO privacy.mail (once_key, received_at, size, key_id, wrapped, raw)"
            " VALUES ($1, $2, $3, $4, $5, $6) RETURNING mail_id",
            keys[0],
            now,
            len(raw),
            wrapped.key_id,
            wrapped.body,
            encrypt(key, raw, _place(keys[0])),
        )
    return Kept(mail_id, fresh=True)


async def opened(mail: Mail, wrapping: WrappingKeys) -> bytes:
    """Return the bytes as they came.

    Raises:
        LookupError: they stand in the vault of the mail's request, or were dropped.
    """
    if mail.raw is None or mail.key_id is None or mail.wrapped is None:
        raise LookupError(f"mail {mail.mail_id} is not kept here any more")
    wrapped = Wrapped(mail.key_id, mail.wrapped)
    key = await wrapping.unwrap(wrapped, _owner(mail.once_key))
    return decrypt(key, mail.raw, _place(mail.once_key))


async def find(conn: Connection, mail_id: int) -> Mail | None:
    """Return one mail."""
    row = await conn.fetchrow(_MAIL + "WHERE mail_id = $1", mail_id)
    return _mail(row) if row else None


async def of_standing(conn: Connection, standing: Standing, limit: int = 200) -> list[Mail]:
    """Return mails of one standing, oldest first."""
    rows = await conn.fetch(
        _MAIL + "WHERE standing = $1 ORDER BY mail_id LIMIT $2", standing.value, limit
    )
    return [_mail(row) for row in rows]


@asynccontextmanager
async def claim(conn: Connection, mail_id: int) -> AsyncIterator[Mail | None]:
    """Hold one unsettled mail for one attempt, on a connection that is in no transaction.

    Yields ``None`` when another process holds it or it is settled. The attempt is counted before
    anything is read, so that a mail which kills its reader is known by its attempts.
    """
    async with session_lock.held(conn, f"mail {mail_id}") as ours:
        row = ours and await conn.fetchrow(
            "UPDATE privacy.mail SET attempts = attempts + 1"
            f" WHERE mail_id = $1 AND standing = 'received' RETURNING {_COLUMNS}",
            mail_id,
        )
        yield _mail(row) if row else None


async def settle(
    conn: Connection,
    mail_id: int,
    standing: Standing,
    *,
    now: datetime,
    reason: str = "",
    request_id: str | None = None,
    drop: bool = False,
) -> bool:
    """Say what became of a mail and tell whether it was open; ``drop`` when it stands elsewhere."""
    kept = "NULL" if drop else "{}"
    tag = await conn.execute(
        "UPDATE privacy.mail SET standing = $2, reason = $3, request_id = $4, settled_at = $5,"
        f" key_id = {kept.format('key_id')}, wrapped = {kept.format('wrapped')},"
        f" raw = {kept.format('raw')}"
        " WHERE mail_id = $1 AND standing IN ('received', 'parked')",
        mail_id,
        standing.value,
        reason,
        request_id,
        now,
    )
    return rows_changed(tag) > 0


async def read_again(conn: Connection, mail_id: int) -> bool:
    """Let a parked mail be sorted once more, as if it had just come; tell whether it was parked."""
    tag = await conn.execute(
        "UPDATE privacy.mail SET standing = 'received', reason = '', attempts = 0,"
        " settled_at = NULL WHERE mail_id = $1 AND standing = 'parked'",
        mail_id,
    )
    return rows_changed(tag) > 0


async def drop_settled(conn: Connection, before: datetime) -> int:
    """Drop the bytes of mail that was nobody's and was settled before an instant."""
    tag = await conn.execute(
        "UPDATE privacy.mail SET key_id = NULL, wrapped = NULL, raw = NULL WHERE raw IS NOT NULL"
        " AND standing IN ('automatic', 'dismissed') AND settled_at < $1",
        before,
    )
    return rows_changed(tag)


async def rewrap(conn: Connection, wrapping: WrappingKeys) -> int:
    """Wrap every kept mail's key under the newest key, one at a time, and return how many."""
    newest, done, after = await wrapping.newest(), 0, 0
    while row := await conn.fetchrow(
        _MAIL + "WHERE raw IS NOT NULL AND key_id <> $1 AND mail_id > $2 ORDER BY mail_id LIMIT 1",
        newest,
        after,
    ):
        await _rewrap_one(conn, wrapping, _mail(row))
        done, after = done + 1, row["mail_id"]
    return done


async def _rewrap_one(conn: Connection, wrapping: WrappingKeys, mail: Mail) -> None:
    assert mail.key_id is not None
    assert mail.wrapped is not None
    owner = _owner(mail.once_key)
    key = await wrapping.unwrap(Wrapped(mail.key_id, mail.wrapped), owner)
    wrapped = await wrapping.wrap(key, owner)
    await conn.execute(
        "UPDATE privacy.mail SET key_id = $2, wrapped = $3 WHERE mail_id = $1 AND raw IS NOT NULL",
        mail.mail_id,
        wrapped.key_id,
        wrapped.body,
    )


def _owner(once_key: str) -> str:
    return f"mail {once_key}"


def _place(once_key: str) -> bytes:
    return canonical({"mail": once_key})


def _mail(row: Row) -> Mail:
    return Mail.model_validate(dict(row))
