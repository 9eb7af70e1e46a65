"""The outbox: letters that must go out, each sent once, under one Message-ID for ever."""

import re
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Literal

from pydantic import AwareDatetime

from domain.vocabulary import NoticeKind
from records import session_lock
from records.connection import Connection, Row, from_json, to_json
from records.model import Record
from records.vault import Vault

Channel = Literal["email", "post"]
"""How a letter goes out."""

Audience = Literal["consumer", "staff", "provider"]
"""Whom a letter is for; the address itself stands in the vault or the settings."""

_REPLY = re.compile(r"\s*([2-5]\d\d)(?:[ -]([245]\.\d{1,3}\.\d{1,3})(?!\S))?")
_COLUMNS = (
    "stream, n, request_id, notice, audience, channel, facts::text AS facts, message_id,"
    " requested_at, status, attempts, accepted_at, server_reply, body_hash, template_version"
)
_LETTER = f"SELECT {_COLUMNS} FROM privacy.outbox "


class LetterStatus(StrEnum):
    """What became of a letter. Deferred ones are tried again, refused ones when staff say so."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    QUEUED = "queued"
    """Written on paper; staff have not posted it yet (NOT-07)."""
    WITHDRAWN = "withdrawn"
    """It became untrue, or staff dropped it, before it went out."""


class Letter(Record):
    """A letter by its key, the event (stream, n) that asked for it."""

    stream: str
    n: int
    request_id: str
    notice: NoticeKind
    audience: Audience
    channel: Channel
    facts: dict[str, Any]
    message_id: str
    requested_at: AwareDatetime
    status: LetterStatus
    attempts: int
    accepted_at: AwareDatetime | None
    server_reply: str | None
    body_hash: str | None
    template_version: str | None


class LetterSettled(Exception):
    """The mail server's word on a letter stands already and is another one."""

    def __init__(self, stream: str, n: int, status: str) -> None:
        super().__init__(f"letter {n} of {stream} is {status} and cannot be marked otherwise")
        self.stream = stream
        self.n = n
        self.status = LetterStatus(status)


def message_id(stream: str, n: int, domain: str) -> str:
    """Return a letter's Message-ID: the same for the same key and domain, whoever asks."""
    return f"<{sha256(stream.encode()).hexdigest()[:32]}.{n}@{domain}>"


async def add(
    conn: Connection,
    *,
    stream: str,
    n: int,
    request_id: str,
    notice: NoticeKind,
    audience: Audience,
    facts: Mapping[str, Any],
    domain: str,
    requested_at: datetime,
    channel: Channel = "email",
) -> bool:
    """Put a letter in the outbox, in the transaction that records its event.

    Tells whether it is new. ``facts`` hold nothing personal; ``domain`` ends the Message-ID.
    """
    written = await conn.fetchval(
        "INSERT INTO privacy.outbox"
        " (stream, n, request_id, notice, audience, facts, message_id, requested_at, channel)"
        " VALUES ($1, $2, $3, $4, $5, $6::text::jsonb, $7, $8, $9)"
        " ON CONFLICT (stream, n) DO NOTHING RETURNING 1",
        stream,
        n,
        request_id,
        notice,
        audience,
        to_json(facts),
        message_id(stream, n, domain),
        requested_at,
        channel,
    )
    return bool(written)


async def find(conn: Connection, stream: str, n: int) -> Letter | None:
    """Return one letter."""
    row = await conn.fetchrow(_LETTER + "WHERE stream = $1 AND n = $2", stream, n)
    return _letter(row) if row else None


async def by_message_id(conn: Connection, message_id: str) -> Letter | None:
    """Return the letter that has a Message-ID; a reply or a bounce names it."""
    row = await conn.fetchrow(_LETTER + "WHERE message_id = $1", message_id)
    return _letter(row) if row else None


async def of_stream(conn: Connection, stream: str) -> list[Letter]:
    """Return every letter of a stream, oldest first, whatever became of it."""
    return _letters(await conn.fetch(_LETTER + "WHERE stream = $1 ORDER BY n", stream))


async def of_request(conn: Connection, request_id: str) -> list[Letter]:
    """Return the letters of a request and of its providers' directions."""
    rows = await conn.fetch(_LETTER + "WHERE request_id = $1 ORDER BY stream, n", request_id)
    return _letters(rows)


async def to_post(conn: Connection, limit: int = 500) -> list[Letter]:
    """Return the letters on paper that wait to be posted, the oldest first.

    Those of a frozen request stay where they are.
    """
    rows = await conn.fetch(
        _LETTER + "o WHERE status = 'queued' AND NOT EXISTS (SELECT FROM privacy.request r"
        " WHERE r.request_id = o.request_id AND r.frozen_at IS NOT NULL)"
        " ORDER BY requested_at, stream, n LIMIT $1",
        limit,
    )
    return _letters(rows)


async def unsent(conn: Connection, stream: str) -> list[Letter]:
    """Return a stream's letters that are waiting or deferred, oldest first."""
    rows = await conn.fetch(
        _LETTER + "WHERE stream = $1 AND status IN ('waiting', 'deferred') ORDER BY n", stream
    )
    return _letters(rows)


async def unsent_before(
    conn: Connection, requested_before: datetime, limit: int = 500, *, ending: str = ""
) -> list[Letter]:
    """Return letters that have been waiting or deferred since before an instant.

    Of any stream, or of those with names of that ``ending``.
    """
    rows = await conn.fetch(
        _LETTER + "WHERE requested_at < $1 AND status IN ('waiting', 'deferred')"
        " AND right(stream, length($3)) = $3 ORDER BY requested_at, stream, n LIMIT $2",
        requested_before,
        limit,
        ending,
    )
    return _letters(rows)


@asynccontextmanager
async def claim(conn: Connection, stream: str, n: int) -> AsyncIterator[Letter | None]:
    """Hold one unsent letter for one attempt, on a connection that is in no transaction.

    Yields ``None`` when another dispatcher holds it or it needs no sending. The attempt is counted
    before anything is sent, and a dispatcher that dies lets go of the letter at once.
    """
    async with session_lock.held(conn, stream, n) as ours:
        row = ours and await conn.fetchrow(
            "UPDATE privacy.outbox SET attempts = attempts + 1"
            " WHERE stream = $1 AND n = $2 AND status IN ('waiting', 'deferred')"
            f" RETURNING {_COLUMNS}",
            stream,
            n,
        )
        yield _letter(row) if row else None


async def keep_body(
    conn: Connection, vault: Vault, letter: Letter, body: bytes, template_version: str
) -> bytes:
    """Vault the rendered letter; return the bytes that every attempt sends, those kept first.

    Raises what ``Vault.put`` and ``Vault.get`` raise.
    """
    async with conn.transaction():
        if not await vault.put(conn, letter.request_id, _kind(letter), body, letter.n):
            return await vault.get(conn, letter.request_id, _kind(letter), letter.n)
        await conn.execute(
            "UPDATE privacy.outbox SET body_hash = $3, template_version = $4"
            " WHERE stream = $1 AND n = $2",
            letter.stream,
            letter.n,
            sha256(body).hexdigest(),
            template_version,
        )
        return body


async def body_of(conn: Connection, vault: Vault, letter: Letter) -> bytes | None:
    """Return the rendered letter, or ``None`` if ``letter`` was read before ``keep_body``."""
    if letter.body_hash is None:
        return None
    return await vault.get(conn, letter.request_id, _kind(letter), letter.n)


async def mark_accepted(
    conn: Connection, stream: str, n: int, *, accepted_at: datetime, server_reply: str
) -> bool:
    """Write that the mail server accepted a letter; tell whether that is news.

    One withdrawn while it was being handed over is out all the same, and is said to be. Of
    ``server_reply`` only the codes are kept, here as below. Raises ``LetterSettled`` when the
    letter was refused, ``LookupError`` when there is none.
    """
    return await _mark(conn, stream, n, LetterStatus.ACCEPTED, server_reply, accepted_at)


async def mark_deferred(conn: Connection, stream: str, n: int, *, server_reply: str = "") -> bool:
    """Write that a letter must be tried again; without a reply the server was not reached.

    Raises ``LetterSettled`` when it was accepted or refused, ``LookupError`` when there is none.
    """
    return await _mark(conn, stream, n, LetterStatus.DEFERRED, server_reply)


async def mark_refused(conn: Connection, stream: str, n: int, *, server_reply: str = "") -> bool:
    """Write that the mail server will not take a letter; tell whether that is news.

    Raises ``LetterSettled`` when it was accepted, ``LookupError`` when there is none.
    """
    return await _mark(conn, stream, n, LetterStatus.REFUSED, server_reply)


async def mark_queued(conn: Connection, stream: str, n: int) -> bool:
    """Write that a letter is printed and waits to be posted; tell whether that is news.

    Raises ``LetterSettled`` when it was accepted or refused, ``LookupError`` when there is none.
    """
    return await _mark(conn, stream, n, LetterStatus.QUEUED, "")


async def mark_posted(conn: Connection, stream: str, n: int, *, posted_at: datetime) -> bool:
    """Write when a letter on paper was posted; tell whether it waited for that."""
    done = await conn.fetchval(
        "UPDATE privacy.outbox SET status = 'accepted', accepted_at = $3"
        " WHERE stream = $1 AND n = $2 AND status = 'queued' RETURNING 1",
        stream,
        n,
        posted_at,
    )
    return bool(done)


async def withdraw(conn: Connection, stream: str, n: int) -> None:
    """Write that a letter will never go out."""
    await conn.execute(f"{_WITHDRAW} AND n = $2", stream, n)


async def withdraw_before(
    conn: Connection, stream: str, n: int, audiences: Collection[str], *, printed: bool
) -> None:
    """Write that letters to some never go out that were asked for before event ``n``.

    Later letters are left, however often the event's record is repeated; so are those that wait at
    the post desk, unless ``printed``.
    """
    await conn.execute(
        f"{_WITHDRAW} AND n < $2 AND audience = ANY ($3) AND (status <> 'queued' OR $4)",
        stream,
        n,
        list(audiences),
        printed,
    )


_WITHDRAW = (
    "UPDATE privacy.outbox SET status = 'withdrawn'"
    " WHERE stream = $1 AND status IN ('waiting', 'deferred', 'queued')"
)


async def requeue(conn: Connection, stream: str, n: int) -> bool:
    """Let a refused letter be tried again under its Message-ID; tell whether it was refused."""
    done = await conn.fetchval(
        "UPDATE privacy.outbox SET status = 'waiting'"
        " WHERE stream = $1 AND n = $2 AND status = 'refused' RETURNING 1",
        stream,
        n,
    )
    return bool(done)


def codes_of(server_reply: str) -> str | None:
    """Take reply code and enhanced code from a server's reply, whose text may quote addresses."""
    found = _REPLY.match(server_reply)
    return " ".join(filter(None, found.groups())) if found else None


async def _mark(
    conn: Connection,
    stream: str,
    n: int,
    status: LetterStatus,
    server_reply: str,
    accepted_at: datetime | None = None,
) -> bool:
    done = await conn.fetchval(
        "UPDATE privacy.outbox SET status = $3, server_reply = $4, accepted_at = $5"
        " WHERE stream = $1 AND n = $2 AND (status IN ('waiting', 'deferred')"
        " OR status = 'withdrawn' AND $3 = 'accepted') RETURNING 1",
        stream,
        n,
        status,
        codes_of(server_reply),
        accepted_at,
    )
    return bool(done) or await _repeated(conn, stream, n, status)


async def _repeated(conn: Connection, stream: str, n: int, status: LetterStatus) -> bool:
    letter = await find(conn, stream, n)
    if letter is None:
        raise LookupError(f"there is no letter {n} of {stream}; add it before marking it")
    if letter.status is not status:
        raise LetterSettled(stream, n, letter.status)
    return False


def _kind(letter: Letter) -> str:
    """Name the vault's kind of a letter's body; providers' streams number their letters anew."""
    return "letter" + letter.stream.removeprefix(letter.request_id)


def _letters(rows: list[Row]) -> list[Letter]:
    return [_letter(row) for row in rows]


def _letter(row: Row) -> Letter:
    return Letter.model_validate(dict(row) | {"facts": from_json(row["facts"])})
