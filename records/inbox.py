"""The inbox: what came from outside the team, verified, stored once, then delivered."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from pydantic import AwareDatetime

from records.connection import Connection, Row, from_json, to_json
from records.model import Record
from records.vault import Vault

EVIDENCE = "inbox"
"""The vault's kind of a row's evidence; its number is the row's."""

_MESSAGE = (
    "SELECT row_id, once_key, request_id, stream, kind, facts::text AS facts, evidence_hash,"
    " received_at, delivered_at, parked_at, parked_reason FROM privacy.inbox "
)


class Receipt(NamedTuple):
    """The row that a message stands in, and whether it came for the first time."""

    row_id: int
    fresh: bool


class Message(Record):
    """A verified message; ``facts`` hold its verdict and nothing personal."""

    row_id: int
    once_key: str
    request_id: str
    stream: str
    kind: str
    facts: dict[str, Any]
    evidence_hash: str | None
    received_at: AwareDatetime
    delivered_at: AwareDatetime | None
    parked_at: AwareDatetime | None = None
    parked_reason: str | None = None


async def receive(
    conn: Connection,
    vault: Vault,
    *,
    once_key: str,
    request_id: str,
    stream: str,
    kind: str,
    facts: Mapping[str, Any],
    evidence: bytes | None,
    now: datetime,
) -> Receipt:
    """Store a verified message and its evidence in one transaction, once per ``once_key``.

    ``evidence`` (the raw bytes as they came) goes to the vault. Raises what ``Vault.put`` raises.
    """
    async with conn.transaction():
        row_id = await conn.fetchval(
            "INSERT INTO privacy.inbox"
            " (once_key, request_id, stream, kind, facts, evidence_hash, received_at)"
            " VALUES ($1, $2, $3, $4, $5::text::jsonb, $6, $7)"
            " ON CONFLICT (once_key) DO NOTHING RETURNING row_id",
            once_key,
            request_id,
            stream,
            kind,
            to_json(facts),
            None if evidence is None else sha256(evidence).hexdigest(),
            now,
        )
        if row_id is not None and evidence is not None:
            await vault.put(conn, request_id, EVIDENCE, evidence, row_id)
    if row_id is not None:
        return Receipt(row_id, fresh=True)
    return Receipt(await _row_of(conn, once_key), fresh=False)


async def read(conn: Connection, row_id: int) -> Message | None:
    """Return a message by its row."""
    row = await conn.fetchrow(_MESSAGE + "WHERE row_id = $1", row_id)
    return _message(row) if row else None


async def of_request(conn: Connection, request_id: str) -> list[Message]:
    """Return what came for a request and its providers' directions, oldest first."""
    rows = await conn.fetch(_MESSAGE + "WHERE request_id = $1 ORDER BY row_id", request_id)
    return [_message(row) for row in rows]


async def undelivered(
    conn: Connection, older_than: datetime, limit: int = 500, *, after: int = 0
) -> list[Message]:
    """Return a page of the messages received before ``older_than`` that no workflow has taken.

    What was put aside waits for staff and is not among them. In the order of their rows, beginning
    behind row ``after``.
    """
    rows = await conn.fetch(
        _MESSAGE + "WHERE delivered_at IS NULL AND parked_at IS NULL AND received_at < $1"
        " AND row_id > $3"
        " ORDER BY row_id LIMIT $2",
        older_than,
        limit,
        after,
    )
    return [_message(row) for row in rows]


async def mark_delivered(conn: Connection, row_id: int) -> None:
    """Write, by the database's clock, that a message's workflow has it. The first time counts."""
    await conn.execute(
        "UPDATE privacy.inbox SET delivered_at = clock_timestamp()"
        " WHERE row_id = $1 AND delivered_at IS NULL",
        row_id,
    )


async def park(conn: Connection, row_id: int, reason: str, now: datetime) -> None:
    """Put a message aside that its workflow cannot read; it is delivered no more by itself."""
    await conn.execute(
        "UPDATE privacy.inbox SET parked_at = $3, parked_reason = $2"
        " WHERE row_id = $1 AND delivered_at IS NULL",
        row_id,
        reason,
        now,
    )


async def unpark(conn: Connection, row_id: int) -> bool:
    """Let a message be delivered again; tell whether it was put aside."""
    done = await conn.fetchval(
        "UPDATE privacy.inbox SET parked_at = NULL, parked_reason = NULL"
        " WHERE row_id = $1 AND parked_at IS NOT NULL RETURNING 1",
        row_id,
    )
    return bool(done)


async def parked(conn: Connection, limit: int = 500) -> list[Message]:
    """Return the messages that were put aside, the oldest first."""
    rows = await conn.fetch(
        _MESSAGE + "WHERE parked_at IS NOT NULL ORDER BY row_id LIMIT $1", limit
    )
    return [_message(row) for row in rows]


async def _row_of(conn: Connection, once_key: str) -> int:
    row_id: int = await conn.fetchval(
        "SELECT row_id FROM privacy.inbox WHERE once_key = $1", once_key
    )
    return row_id


def _message(row: Row) -> Message:
    return Message.model_validate(dict(row) | {"facts": from_json(row["facts"])})
