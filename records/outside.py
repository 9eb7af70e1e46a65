"""Writing down what happens to a request outside its workflow, in its outside stream."""

from datetime import datetime

from domain.chain import canonical
from domain.events import Event, Recorded
from domain.ids import outside_stream
from records import ledger
from records.connection import Connection


async def note_outside(conn: Connection, request_id: str, event: Event, at: datetime) -> int:
    """Append an event of business time ``at`` to a request's outside stream; return its number."""
    stream = outside_stream(request_id)
    head = await ledger.append_next(
        conn, stream, lambda n: canonical(Recorded(n=n, at=at, event=event).document(stream))
    )
    return head.n
