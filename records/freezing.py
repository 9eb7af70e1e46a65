"""A misdelivery, in our tables: links end, data is held, and no letter leaves until release."""

from datetime import datetime

from records import holds, tokens
from records.connection import Connection

MATTER = "misdelivery"
"""The matter of the hold that a freeze places."""


async def freeze(conn: Connection, request_id: str, *, staff_id: str, now: datetime) -> int:
    """Freeze a request in the caller's transaction; return how many links were still good.

    One that is frozen already stays so since the first time.
    """
    await conn.execute(
        "UPDATE privacy.request SET frozen_at = $2 WHERE request_id = $1 AND frozen_at IS NULL",
        request_id,
        now,
    )
    if not await _holds(conn, request_id):
        await holds.add_once(conn, _hold(request_id, staff_id, now))
    return await tokens.revoke_handed_over(conn, request_id, now)


async def unfreeze(
    conn: Connection, request_id: str, *, staff_id: str, now: datetime, drop: bool
) -> None:
    """Let letters leave again and release the hold; with ``drop`` no link of before opens."""
    await conn.execute(
        "UPDATE privacy.request SET frozen_at = NULL WHERE request_id = $1", request_id
    )
    for hold_id in await _holds(conn, request_id):
        await holds.release(conn, hold_id, released_by=staff_id, now=now)
    # Again, for a letter may have been on its way when the request was frozen.
    revoke = tokens.revoke if drop else tokens.revoke_handed_over
    await revoke(conn, request_id, now)


async def end_after_close(conn: Connection, hold_id: str) -> None:
    """Let letters of a closed request leave again whose hold of a misdelivery was released.

    An open one goes on by its workflow alone.
    """
    await conn.execute(
        "UPDATE privacy.request r SET frozen_at = NULL FROM privacy.legal_hold h"
        " WHERE h.hold_id = $1 AND h.matter = $2 AND h.released_at IS NOT NULL"
        " AND r.request_id = h.request_id AND r.closed_at IS NOT NULL",
        hold_id,
        MATTER,
    )


async def is_frozen(conn: Connection, request_id: str) -> bool:
    """Tell whether nothing of a request may leave."""
    frozen = await conn.fetchval(
        "SELECT frozen_at IS NOT NULL FROM privacy.request WHERE request_id = $1", request_id
    )
    return bool(frozen)


async def hold_on(conn: Connection, request_id: str) -> str:
    """Name the hold that a freeze has placed. Raises ``LookupError`` where none stands."""
    for hold_id in await _holds(conn, request_id):
        return hold_id
    raise LookupError(f"no hold of a misdelivery stands on {request_id}; freeze it first")


def _hold(request_id: str, staff_id: str, now: datetime) -> holds.Hold:
    return holds.Hold(
        hold_id=f"INCIDENT-{request_id}-{now:%Y%m%d-%H%M}",
        matter=MATTER,
        request_id=request_id,
        placed_by=staff_id,
        placed_at=now,
    )


async def _holds(conn: Connection, request_id: str) -> list[str]:
    rows = await conn.fetch(
        "SELECT hold_id FROM privacy.legal_hold"
        " WHERE request_id = $1 AND matter = $2 AND released_at IS NULL ORDER BY placed_at",
        request_id,
        MATTER,
    )
    return [row["hold_id"] for row in rows]
