"""Restore journals: images of what was erased, under the request's own key, to their day (DEL-17).

They stand in the vault, so that nothing but the request's data key opens them, and are dropped on
their day; the ledger says which requests have one and when it ends.
"""

from collections.abc import AsyncIterator
from datetime import datetime

from records.connection import Connection
from records.vault import Vault, drop

KIND = "restore_journal"


async def keep(conn: Connection, vault: Vault, request_id: str, image: bytes) -> None:
    """Store the next image. Raises what ``Vault.put`` raises."""
    last = await conn.fetchval(
        "SELECT max(n) FROM privacy.vault WHERE request_id = $1 AND kind = $2", request_id, KIND
    )
    await vault.put(conn, request_id, KIND, image, (last or 0) + 1)


async def images(
    conn: Connection, vault: Vault, request_id: str, *, newest_first: bool = False
) -> AsyncIterator[bytes]:
    """Yield the images in the order of keeping, or the other way round, one in memory at a time."""
    rows = await conn.fetch(
        "SELECT n FROM privacy.vault WHERE request_id = $1 AND kind = $2 ORDER BY n",
        request_id,
        KIND,
    )
    for row in reversed(rows) if newest_first else rows:
        yield await vault.get(conn, request_id, KIND, row["n"])


async def destroy(conn: Connection, request_id: str) -> int:
    """Drop every image of a request and return how many there were. To repeat it finds none."""
    return await drop(conn, request_id, KIND)


async def overdue(conn: Connection, now: datetime) -> list[str]:
    """Name requests whose journal stands past the day that the ledger gives it.

    A workflow destroys its own journal in time; this finds what was left by one that was lost.
    """
    rows = await conn.fetch(
        "SELECT DISTINCT v.request_id FROM privacy.vault v JOIN privacy.ledger l"
        " ON l.stream = v.request_id AND l.document->>'type' = 'RowsTakenOut'"
        " AND (l.document->'data'->>'until')::timestamptz <= $2"
        " WHERE v.kind = $1 ORDER BY v.request_id",
        KIND,
        now,
    )
    return [row["request_id"] for row in rows]
