"""``python rows.py DSN``: a former release makes its schema and records a request in it.

It runs beside an unpacked release, on whose code alone it calls: see ``tests.releases``.
"""

import asyncio
import sys
from datetime import UTC, datetime

import asyncpg

from domain import events as e
from domain.chain import GENESIS, canonical
from domain.outside import EvidenceExported
from domain.submission import Submission
from domain.vocabulary import Decision, NoticeKind
from records import checkpoints, holds, inbox, ledger, outbox, tokens
from records.filing import file_submissions
from records.keyring import Keyring
from records.migrate import upgrade
from records.outside import note_outside
from records.signing import Signer
from records.vault import Vault

KEY = bytes(range(32))
NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
REQUEST = "PR-4106-105S"
SUBMISSION = {
    "request_types": ["delete"],
    "consumer": {"name": "Ana Ruiz", "email": "ana.ruiz@example.com"},
    "residency": "CA",
    "points": {"phone": "+1 415 555 0142"},
}


async def record(dsn: str) -> None:
    """File a request and leave something of it in each table that a request fills early."""
    conn = await asyncpg.connect(dsn)
    try:
        await _file(conn)
        await _note(conn)
        await checkpoints.take(conn, Signer(KEY), NOW)
    finally:
        await conn.close()


async def _file(conn: asyncpg.Connection) -> None:
    keyring = Keyring("k1", {"k1": KEY})
    vault = Vault(keyring)
    await file_submissions(
        conn,
        vault,
        keyring,
        keyring,
        request_ids=[REQUEST],
        client="web-form",
        idempotency_key="first",
        submission=Submission.model_validate(SUBMISSION),
        received_at=NOW,
        now=NOW,
    )
    await inbox.receive(
        conn,
        vault,
        once_key="acme:1",
        request_id=REQUEST,
        stream=REQUEST,
        kind="address_confirmed",
        facts={},
        evidence=b"pressed",
        now=NOW,
    )


async def _note(conn: asyncpg.Connection) -> None:
    await outbox.add(
        conn,
        stream=REQUEST,
        n=1,
        request_id=REQUEST,
        notice=NoticeKind.ACKNOWLEDGEMENT,
        audience="consumer",
        facts={},
        domain="shop.example",
        requested_at=NOW,
    )
    asked = e.NoticeRequested(notice=NoticeKind.ACKNOWLEDGEMENT, facts={})
    closed = e.RequestClosed(outcome=Decision.GRANT, retain_until=NOW.date().replace(year=2028))
    bodies = [
        canonical(e.Recorded(n=n, at=NOW, event=event).document(REQUEST))
        for n, event in enumerate((asked, closed), start=1)
    ]
    entries = [ledger.Entry(n, body) for n, body in enumerate(bodies, start=1)]
    await ledger.append(conn, REQUEST, GENESIS, entries)
    await note_outside(conn, REQUEST, EvidenceExported(actor=e.Actor(id="s.lee")), NOW)
    await tokens.issue(conn, REQUEST, REQUEST, "confirm", NOW, 1)
    matter = {"hold_id": "LH-1", "matter": "M-1", "request_id": REQUEST}
    await holds.add(conn, holds.Hold(**matter, placed_by="s.lee", placed_at=NOW))


if __name__ == "__main__":
    upgrade(sys.argv[1])
    asyncio.run(record(sys.argv[1]))
