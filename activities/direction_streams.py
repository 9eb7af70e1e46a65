"""Where a request's directions stand by the ledger, which alone decides what may be started."""

import json
from typing import NamedTuple

from domain import events as e
from domain.direction import DirectionState
from domain.ids import direction_stream
from domain.state import RequestState, fold
from records import ledger
from records.connection import Connection


class DirectionStream(NamedTuple):
    """One provider's stream: its fold, and the hash that it ends in."""

    state: DirectionState
    head: str


async def read_direction(conn: Connection, request_id: str, provider: str) -> DirectionStream:
    """Read one provider's stream."""
    stream = direction_stream(request_id, provider)
    rows = await ledger.read(conn, stream)
    state = DirectionState(stream=stream)
    for row in rows:
        state = state.apply(e.Recorded.from_document(json.loads(row.body)))
    return DirectionStream(state, rows[-1].hash if rows else "")


async def read_request(conn: Connection, request_id: str) -> RequestState:
    """Fold a request's stream."""
    rows = await ledger.read(conn, request_id)
    return fold(request_id, (e.Recorded.from_document(json.loads(row.body)) for row in rows))
