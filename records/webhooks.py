"""Where intake systems hear of changes of status, and what waits to be told to them.

A change is noted in the transaction that makes it, so that nothing is lost when a worker dies. Of
one request a system hears in order; a message that cannot be delivered holds up no other request.
"""

import base64
import secrets
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime

from records import session_lock
from records.connection import Connection, Row, from_json, rows_changed, to_json
from records.keyring import Keyring
from records.model import Record
from records.requests import RegisteredRequest, find

ID_BYTES = 6
FIRST_STAGE = "received"
SECRET = "webhook secret"
"""What the keyed hashes are for from which secrets are derived."""

RETRY_AFTER = tuple(
    timedelta(seconds=seconds)
    for seconds in (60, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
)
"""Pauses between attempts, as Standard Webhooks advises: some three days, then it is given up."""

KEPT_DELIVERED = timedelta(days=30)

_COLUMNS = "webhook_id, client, url, secret_n, previous_until, added_at, removed_at"


class Webhook(Record):
    """One address of an intake system; it hears of the requests that its client filed."""

    webhook_id: str
    client: str
    url: str
    secret_n: int
    previous_until: AwareDatetime | None
    added_at: AwareDatetime
    removed_at: AwareDatetime | None

    def secrets(self, hashing: Keyring, now: datetime) -> list[str]:
        """Return the secrets that sign just now, the current first; two while one retires."""
        numbers = [self.secret_n]
        if self.previous_until is not None and now < self.previous_until:
            numbers.append(self.secret_n - 1)
        return [_secret(hashing, self.webhook_id, n) for n in numbers]


class Standing(Record):
    """A webhook with what became of its messages."""

    webhook: Webhook
    delivered: int
    waiting: int
    given_up: int
    last_fault: str
    last_delivered_at: AwareDatetime | None


class StatusMessage(Record):
    """One thing to tell; ``facts`` hold nothing personal."""

    n: int
    facts: dict[str, Any]
    noted_at: AwareDatetime
    attempts: int


async def add(conn: Connection, client: str, url: str, now: datetime) -> Webhook:
    """Register an address of a client."""
    webhook_id = f"wh_{secrets.token_hex(ID_BYTES)}"
    row = await conn.fetchrow(
        "INSERT INTO privacy.webhook (webhook_id, client, url, added_at) VALUES ($1, $2, $3, $4)"
        f" RETURNING {_COLUMNS}",
        webhook_id,
        client,
        url,
        now,
    )
    assert row is not None, "a row that was inserted comes back"
    return _webhook(row)


async def get(conn: Connection, webhook_id: str) -> Webhook | None:
    """Return a webhook, unless it was removed."""
    row = await conn.fetchrow(
        f"SELECT {_COLUMNS} FROM privacy.webhook WHERE webhook_id = $1 AND removed_at IS NULL",
        webhook_id,
    )
    return _webhook(row) if row else None


async def remove(conn: Connection, webhook_id: str, now: datetime) -> bool:
    """Tell an address nothing any more; tell whether it was told before."""
    tag = await conn.execute(
        "UPDATE privacy.webhook SET removed_at = $2 WHERE webhook_id = $1 AND removed_at IS NULL",
        webhook_id,
        now,
    )
    return rows_changed(tag) > 0


async def rotate(conn: Connection, webhook_id: str, previous_until: datetime) -> Webhook | None:
    """Sign with a new secret from now on, and with the old one as well until then."""
    row = await conn.fetchrow(
        "UPDATE privacy.webhook SET secret_n = secret_n + 1, previous_until = $2"
        f" WHERE webhook_id = $1 AND removed_at IS NULL RETURNING {_COLUMNS}",
        webhook_id,
        previous_until,
    )
    return _webhook(row) if row else None


async def standings(conn: Connection) -> list[Standing]:
    """Return every webhook that was not removed, with what became of its messages."""
    rows = await conn.fetch(
        f"SELECT {_COLUMNS}, count(m.delivered_at) AS delivered,"
        " count(m.n) FILTER (WHERE m.delivered_at IS NULL AND m.given_up_at IS NULL) AS waiting,"
        " count(m.given_up_at) AS given_up, max(m.delivered_at) AS last_delivered_at,"
        " coalesce((array_agg(m.fault ORDER BY m.n DESC)"
        " FILTER (WHERE m.delivered_at IS NULL AND m.fault <> ''))[1], '') AS last_fault"
        " FROM privacy.webhook LEFT JOIN privacy.webhook_message m USING (webhook_id)"
        " WHERE removed_at IS NULL GROUP BY webhook_id ORDER BY client, added_at",
    )
    return [
        Standing(webhook=_webhook(row), **{name: row[name] for name in _COUNTED}) for row in rows
    ]


async def send_again(conn: Connection, webhook_id: str, now: datetime) -> int:
    """Let everything that was given up be tried anew; return how much that is."""
    tag = await conn.execute(
        "UPDATE privacy.webhook_message SET given_up_at = NULL, attempts = 0, next_at = $2"
        " WHERE webhook_id = $1 AND given_up_at IS NOT NULL",
        webhook_id,
        now,
    )
    return rows_changed(tag)


async def note_change(conn: Connection, request_id: str) -> bool:
    """Note for whom a request's status has changed; tell whether there is anything to tell.

    Call it in the transaction that changed the request's row.
    """
    hearing = await conn.fetch(
        "SELECT w.webhook_id FROM privacy.webhook w JOIN privacy.request r USING (client)"
        " WHERE r.request_id = $1 AND w.removed_at IS NULL",
        request_id,
    )
    row = await find(conn, request_id) if hearing else None
    if row is None:
        return False
    facts = to_json(status_facts(row))
    noted = [await _note(conn, each["webhook_id"], request_id, facts) for each in hearing]
    return any(noted)


def status_facts(row: RegisteredRequest) -> dict[str, Any]:
    """Return what is told of a request: where it stands, and nothing personal."""
    return {
        "request_id": row.request_id,
        "request_types": [each.value for each in row.request_types],
        "stage": row.stage or FIRST_STAGE,
        "answer_deadline": _instant(row.respond_by),
        "answered_at": _instant(row.answered_at),
        "outcome": row.outcome,
        "closed_at": _instant(row.closed_at),
    }


async def due(conn: Connection, now: datetime) -> list[Webhook]:
    """Return the webhooks that something waits for."""
    rows = await conn.fetch(
        f"SELECT {_COLUMNS} FROM privacy.webhook w WHERE removed_at IS NULL AND EXISTS"
        " (SELECT FROM privacy.webhook_message m WHERE m.webhook_id = w.webhook_id"
        " AND m.delivered_at IS NULL AND m.given_up_at IS NULL AND m.next_at <= $1)"
        " ORDER BY webhook_id",
        now,
    )
    return [_webhook(row) for row in rows]


def claim(conn: Connection, webhook_id: str) -> AbstractAsyncContextManager[bool]:
    """Let one process at a time tell a webhook anything; yields whether it is this one."""
    return session_lock.held(conn, webhook_id)


async def next_message(conn: Connection, webhook_id: str, now: datetime) -> StatusMessage | None:
    """Return the oldest message that is due and that no earlier one of its request holds back."""
    row = await conn.fetchrow(
        "SELECT n, facts::text AS facts, noted_at, attempts FROM privacy.webhook_message m"
        " WHERE webhook_id = $1 AND delivered_at IS NULL AND given_up_at IS NULL AND next_at <= $2"
        " AND NOT EXISTS (SELECT FROM privacy.webhook_message e WHERE e.webhook_id = m.webhook_id"
        " AND e.request_id = m.request_id AND e.n < m.n AND e.delivered_at IS NULL"
        " AND e.given_up_at IS NULL) ORDER BY n LIMIT 1",
        webhook_id,
        now,
    )
    return StatusMessage(**{**row, "facts": from_json(row["facts"])}) if row else None


async def mark_delivered(conn: Connection, n: int, now: datetime) -> None:
    """Write that the other side took a message."""
    await conn.execute(
        "UPDATE privacy.webhook_message SET delivered_at = $2, attempts = attempts + 1, fault = ''"
        " WHERE n = $1",
        n,
        now,
    )


async def mark_failed(conn: Connection, message: StatusMessage, fault: str, now: datetime) -> bool:
    """Write why an attempt failed and when to try again; tell whether it is given up."""
    last = message.attempts >= len(RETRY_AFTER)
    await conn.execute(
        "UPDATE privacy.webhook_message SET attempts = attempts + 1, fault = $2, next_at = $3,"
        " given_up_at = $4 WHERE n = $1",
        message.n,
        fault,
        now if last else now + RETRY_AFTER[message.attempts],
        now if last else None,
    )
    return last


async def forget_delivered(conn: Connection, now: datetime) -> int:
    """Drop what was delivered long ago."""
    tag = await conn.execute(
        "DELETE FROM privacy.webhook_message WHERE delivered_at < $1", now - KEPT_DELIVERED
    )
    return rows_changed(tag)


_COUNTED = ("delivered", "waiting", "given_up", "last_fault", "last_delivered_at")


async def _note(conn: Connection, webhook_id: str, request_id: str, facts: str) -> bool:
    noted = await conn.fetchval(
        "INSERT INTO privacy.webhook_message (webhook_id, request_id, facts, noted_at, next_at)"
        " SELECT $1, $2, $3::text::jsonb, clock_timestamp(), clock_timestamp()"
        " WHERE $3::text::jsonb IS DISTINCT FROM (SELECT facts FROM privacy.webhook_message"
        " WHERE webhook_id = $1 AND request_id = $2 ORDER BY n DESC LIMIT 1) RETURNING n",
        webhook_id,
        request_id,
        facts,
    )
    return noted is not None


def _secret(hashing: Keyring, webhook_id: str, n: int) -> str:
    """Derive a secret from the installation's key, so that no copy of the tables holds one."""
    _, _, digest = hashing.digest(SECRET, f"{webhook_id} {n}".encode()).partition(":")
    return "whsec_" + base64.b64encode(bytes.fromhex(digest)).decode("ascii")


def _instant(value: datetime | None) -> str | None:
    return value.isoformat().replace("+00:00", "Z") if value else None


def _webhook(row: Row) -> Webhook:
    return Webhook.model_validate({name: row[name] for name in Webhook.model_fields})
