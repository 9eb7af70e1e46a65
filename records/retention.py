"""What the end of retention needs to know of a request, read from the ledger (REC-01, VER-02)."""

from collections.abc import Collection
from datetime import datetime

from records.connection import Connection, rows_changed
from records.inbox import EVIDENCE
from records.messages import FILE
from records.vault import drop

_BRINGS = "ARRAY[i.kind, i.kind || ':' || (i.facts->>'purpose')]"
_ATTACHED = "(i.facts->>'files')::int + (i.facts->>'files_refused')::int > 0"


async def fill_dates(conn: Connection) -> int:
    """Take over from the ledger until when closed requests are kept; tell how many were filled.

    The column is a projection like any other, and a request without it would never be purged.
    """
    tag = await conn.execute(
        "UPDATE privacy.request r SET retain_until = kept.until FROM ("
        " SELECT stream, max((document->'data'->>'retain_until')::date) AS until"
        " FROM privacy.ledger WHERE document->>'type' = 'RequestClosed' AND stream IN"
        " (SELECT request_id FROM privacy.request"
        "  WHERE closed_at IS NOT NULL AND retain_until IS NULL)"
        " GROUP BY stream) kept WHERE kept.stream = r.request_id AND r.retain_until IS NULL"
    )
    return rows_changed(tag)


async def last_of(
    conn: Connection, streams: Collection[str], types: Collection[str]
) -> datetime | None:
    """Return when the last event of one of ``types`` happened in any of ``streams``."""
    last: datetime | None = await conn.fetchval(
        "SELECT max((document->>'at')::timestamptz) FROM privacy.ledger"
        " WHERE stream = ANY($1::text[]) AND document->>'type' = ANY($2::text[])",
        list(streams),
        list(types),
    )
    return last


async def packages_due(conn: Connection, delivered_before: datetime) -> list[str]:
    """Name requests whose package was released, or that were closed, before an instant (KNO-07).

    A workflow purges its own package in time; this finds what was left by one that was lost. What a
    legal hold covers is not named (REC-06).
    """
    rows = await conn.fetch(
        "SELECT DISTINCT p.request_id FROM privacy.package p JOIN privacy.request r USING"
        " (request_id) WHERE p.purged_at IS NULL AND least(p.released_at, r.closed_at) < $1"
        " AND NOT EXISTS (SELECT FROM privacy.legal_hold h"
        " WHERE h.request_id = p.request_id AND h.released_at IS NULL) ORDER BY p.request_id",
        delivered_before,
    )
    return [row["request_id"] for row in rows]


async def identity_evidence_due(
    conn: Connection, closed_before: datetime, kinds: Collection[str], compared: str
) -> list[str]:
    """Name requests closed before an instant that still hold what was given for proof (VER-02).

    ``kinds`` are those of the inbox's messages that bring it, alone or as ``kind:purpose``;
    ``compared`` is the vault's kind of what was set beside it. What a legal hold covers is not
    named (REC-06).
    """
    rows = await conn.fetch(
        "SELECT DISTINCT v.request_id FROM privacy.vault v"
        " LEFT JOIN privacy.inbox i ON i.row_id = v.n AND i.request_id = v.request_id"
        " JOIN privacy.request r ON r.request_id = v.request_id"
        f" WHERE ((v.kind = $1 AND {_BRINGS} && $2::text[]) OR v.kind = $4) AND r.closed_at < $3"
        " AND NOT EXISTS (SELECT FROM privacy.legal_hold h"
        " WHERE h.request_id = v.request_id AND h.released_at IS NULL) ORDER BY 1",
        EVIDENCE,
        list(kinds),
        closed_before,
        compared,
    )
    return [row["request_id"] for row in rows]


async def drop_identity_evidence(conn: Connection, request_id: str, kinds: Collection[str]) -> int:
    """Drop a request's proofs of identity and tell how many; the inbox keeps rows and hashes."""
    tag = await conn.execute(
        "DELETE FROM privacy.vault v USING privacy.inbox i WHERE v.kind = $1"
        " AND v.request_id = $2 AND i.request_id = v.request_id AND i.row_id = v.n"
        f" AND {_BRINGS} && $3::text[]",
        EVIDENCE,
        request_id,
        list(kinds),
    )
    return rows_changed(tag)


async def attachments_due(
    conn: Connection, closed_before: datetime, kind: str, keeping: Collection[str]
) -> list[str]:
    """Name requests closed before an instant that still hold what came with mails of ``kind``.

    What nobody named a purpose of came for proof (VER-02), unless somebody asked for another, whose
    permission it may be (REC-02), or the right is one of ``keeping``, whose grounds it may be. What
    a legal hold covers is not named (REC-06).
    """
    rows = await conn.fetch(
        "SELECT DISTINCT v.request_id FROM privacy.vault v JOIN privacy.inbox i"
        " ON i.row_id = v.n AND i.request_id = v.request_id"
        " JOIN privacy.request r ON r.request_id = v.request_id"
        f" WHERE v.kind = $1 AND i.kind = $2 AND {_ATTACHED} AND r.closed_at < $3"
        " AND r.requester = 'consumer' AND NOT r.request_types && $4::text[]"
        " AND NOT EXISTS (SELECT FROM privacy.legal_hold h"
        " WHERE h.request_id = v.request_id AND h.released_at IS NULL) ORDER BY 1",
        EVIDENCE,
        kind,
        closed_before,
        list(keeping),
    )
    return [row["request_id"] for row in rows]


async def drop_attachments(conn: Connection, request_id: str, kind: str) -> int:
    """Drop what came with a request's mails, as files and in the mails; tell in how many.

    What the mails say stays, and the inbox keeps rows and hashes.
    """
    async with conn.transaction():
        await drop(conn, request_id, FILE)
        tag = await conn.execute(
            "DELETE FROM privacy.vault v USING privacy.inbox i WHERE v.kind = $1"
            " AND v.request_id = $2 AND i.request_id = v.request_id AND i.row_id = v.n"
            f" AND i.kind = $3 AND {_ATTACHED}",
            EVIDENCE,
            request_id,
            kind,
        )
    return rows_changed(tag)
