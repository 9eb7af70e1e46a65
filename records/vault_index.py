"""Which requests hold something of a kind in the vault; never what."""

from records.connection import Connection


async def requests_with(conn: Connection, kind: str) -> list[str]:
    """Name the requests whose vault holds that kind, the shredded ones left out."""
    rows = await conn.fetch(
        "SELECT DISTINCT v.request_id FROM privacy.vault v JOIN privacy.data_key k"
        " USING (request_id) WHERE v.kind = $1 AND k.wrapped IS NOT NULL ORDER BY v.request_id",
        kind,
    )
    return [row["request_id"] for row in rows]
