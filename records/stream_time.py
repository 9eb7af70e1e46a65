"""What time it is in a stream, whose workflow's clock may have been moved ahead."""

import json
from datetime import datetime, timedelta

from records.connection import Connection


async def stream_time(conn: Connection, stream: str, now: datetime) -> datetime:
    """Return the time in a stream's own workflow when the wall clock shows ``now``.

    A workflow whose clock was moved ahead writes events that are ahead of their recording.
    """
    last = await conn.fetchrow(
        "SELECT body, recorded_at FROM privacy.ledger WHERE stream = $1 ORDER BY n DESC LIMIT 1",
        stream,
    )
    if last is None:
        return now
    occurred_at = datetime.fromisoformat(json.loads(last["body"])["at"])
    ahead: timedelta = occurred_at - last["recorded_at"]
    return now + max(timedelta(0), ahead)
