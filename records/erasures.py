"""Which requests' data was erased, read from the ledger: what a restore would bring back."""

from datetime import datetime

from records.connection import Connection


async def erased_since(conn: Connection, since: datetime) -> list[str]:
    """Name the requests whose erasure was proven at ``since`` or later, oldest first."""
    rows = await conn.fetch(
        "SELECT stream FROM privacy.ledger WHERE document->>'type' = 'DataErased'"
        " AND (document->>'at')::timestamptz >= $1"
        " GROUP BY stream ORDER BY min(document->>'at'), stream",
        since,
    )
    return [row["stream"] for row in rows]
