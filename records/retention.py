"""What the end of retention needs to know of a request, read from the ledger (REC-01, VER-02)."""

from collections.abc import Collection
from datetime import datetime

from records.connection import Connection, rows_changed
from records.inbox import EVIDENCE


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


async def drop_identity_evidence(
    conn: Connection, closed_before: datetime, kinds: Collection[str]
) -> int:
    """Drop what was given for verification alone, of requests closed before an instant (VER-02).

    ``kinds`` are those of the inbox's messages that bring it. A legal hold keeps it (REC-06). The
    rows of the inbox stay, with the hashes. Tells how many messages were emptied.
    """
    tag = await conn.execute(
        "DELETE FROM privacy.vault v USING privacy.inbox i, privacy.request r"
        " WHERE v.kind = $1 AND v.request_id = i.request_id AND v.n = i.row_id"
        " AND i.kind = ANY($2::text[]) AND r.request_id = v.request_id AND r.closed_at < $3"
        " AND NOT EXISTS (SELECT FROM privacy.legal_hold h"
        " WHERE h.request_id = v.request_id AND h.released_at IS NULL)",
        EVIDENCE,
        list(kinds),
        closed_before,
    )
    return rows_changed(tag)
