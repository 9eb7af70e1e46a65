"""The triggers that keep the record append-only and sealed: whether somebody switched one off."""

from records.connection import Connection

_APPEND_ONLY = ("ledger", "stream_head", "checkpoint", "checkpoint_head")
"""Tables whose triggers fire always, for a session that poses as a replica too."""

ARM_THEM = (
    "Find out who did it, run privacy ledger verify, and enable them again: those of the "
    "ledger by ALTER TABLE … ENABLE ALWAYS TRIGGER …, the others by ENABLE TRIGGER."
)
"""What to do about those that are switched off."""


async def switched_off(conn: Connection) -> list[str]:
    """Name the safeguards that do not fire as they should, each with its table."""
    rows = await conn.fetch(
        "SELECT tgname, relname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid"
        " JOIN pg_namespace s ON s.oid = relnamespace"
        " WHERE nspname = 'privacy' AND NOT tgisinternal AND tgenabled <> 'A'"
        " AND (tgenabled <> 'O' OR relname = ANY ($1)) ORDER BY 1",
        _APPEND_ONLY,
    )
    return [f"{row['tgname']} on {row['relname']}" for row in rows]
