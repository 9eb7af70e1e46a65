"""What our database holds as many tests begin: a filed request, its events, a letter."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from domain import events as e
from domain.chain import canonical
from domain.submission import Submission
from domain.vocabulary import NoticeKind
from records import ledger, outbox
from records.connection import Connection
from records.filing import file_submissions
from records.keyring import Keyring
from records.requests import Filing
from records.vault import Vault

KEYRING = Keyring("k1", {"k1": bytes(range(32))})
VAULT = Vault(KEYRING)


async def file_submission(
    conn: Connection,
    vault: Vault,
    hashing: Keyring,
    *,
    request_id: str,
    client: str,
    idempotency_key: str,
    submission: Submission,
    received_at: datetime,
    now: datetime,
) -> Filing:
    """File a submission of one right and one person; one keyring serves for every hash."""
    return await file_submissions(
        conn,
        vault,
        hashing,
        hashing,
        request_ids=[request_id],
        client=client,
        idempotency_key=idempotency_key,
        submission=submission,
        received_at=received_at,
        now=now,
    )


async def file(
    conn: Connection,
    request_id: str,
    at: datetime,
    submission: Mapping[str, Any],
    *,
    client: str = "web-form",
    keyring: Keyring = KEYRING,
) -> None:
    """File a request past every door, received and registered at one instant."""
    await file_submission(
        conn,
        Vault(keyring),
        keyring,
        request_id=request_id,
        client=client,
        idempotency_key=request_id,
        submission=Submission.model_validate(submission),
        received_at=at,
        now=at,
    )


async def write(conn: Connection, stream: str, at: datetime, *events: e.Event) -> None:
    """Write events to a stream of the ledger, as its workflow does."""
    stands = await ledger.head(conn, stream)
    recorded = [e.Recorded(n=n, at=at, event=event) for n, event in enumerate(events, stands.n + 1)]
    entries = [ledger.Entry(each.n, canonical(each.document(stream))) for each in recorded]
    await ledger.append(conn, stream, stands.hash, entries)


async def order_letter(
    conn: Connection, request_id: str, n: int, at: datetime, **changes: Any
) -> None:
    """Put a letter of a request's own stream into the outbox: an acknowledgement, without facts."""
    ordered = {
        "stream": request_id,
        "notice": NoticeKind.ACKNOWLEDGEMENT,
        "audience": "consumer",
        "facts": {},
        "domain": "shop.example",
        **changes,
    }
    await outbox.add(conn, n=n, request_id=request_id, requested_at=at, **ordered)


async def without_triggers(conn: Connection, statement: str) -> None:
    """Run what only somebody can who owns the tables and means harm."""
    for table in ("ledger", "stream_head"):
        await conn.execute(f"ALTER TABLE privacy.{table} DISABLE TRIGGER ALL")
    await conn.execute(statement)
    for table in ("ledger", "stream_head"):
        await conn.execute(f"ALTER TABLE privacy.{table} ENABLE TRIGGER ALL")
