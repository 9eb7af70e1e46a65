"""What became of requests, read from the ledger: for the yearly figures and for the team's."""

import json
from datetime import datetime

from pydantic import AwareDatetime

from domain import events as e
from domain.metrics import Outcome
from domain.vocabulary import Decision, RequestType
from records.connection import Connection, Row
from records.model import Record
from records.requests import CANARY

_OUTCOMES = """
SELECT l.document->'data' AS received, a.document->'data' AS answered, c.document->'data' AS closed,
       r.client = $1 AS synthetic
FROM privacy.ledger l
LEFT JOIN privacy.request r ON r.request_id = l.stream
LEFT JOIN LATERAL (SELECT document FROM privacy.ledger WHERE stream = l.stream
  AND document->>'type' = 'RequestAnswered' ORDER BY n LIMIT 1) a ON true
LEFT JOIN LATERAL (SELECT document FROM privacy.ledger WHERE stream = l.stream
  AND document->>'type' = 'RequestClosed' ORDER BY n LIMIT 1) c ON true
WHERE l.document->>'type' = 'RequestReceived'
"""

_SINCE = """
SELECT r.request_id, r.request_types[1] AS request_type, r.received_at, r.respond_by, r.outcome,
       (a.document->'data'->>'accepted_at')::timestamptz AS answered_at,
       r.closed_at IS NOT NULL AS closed
FROM privacy.request r
LEFT JOIN LATERAL (SELECT document FROM privacy.ledger WHERE stream = r.request_id
  AND document->>'type' = 'RequestAnswered' ORDER BY n LIMIT 1) a ON true
WHERE r.client <> $1 AND (r.received_at >= $2 OR r.closed_at IS NULL)
"""


class Standing(Record):
    """Where one request stands, and when it was answered."""

    request_id: str
    request_type: RequestType
    received_at: AwareDatetime
    respond_by: AwareDatetime | None
    answered_at: AwareDatetime | None
    outcome: Decision | None
    closed: bool


async def outcomes(conn: Connection) -> list[Outcome]:
    """Return every request that was ever received, from the ledger alone (MET-02 to MET-05)."""
    async with conn.transaction():
        return [_outcome(row) async for row in conn.cursor(_OUTCOMES, CANARY)]


async def standings(conn: Connection, since: datetime) -> list[Standing]:
    """Return the requests received since an instant, and whatever is open; none that is planted."""
    rows = await conn.fetch(_SINCE, CANARY, since)
    return [Standing.model_validate(dict(row)) for row in rows]


def _outcome(row: Row) -> Outcome:
    received = e.RequestReceived.model_validate(json.loads(row["received"]))
    answered = _read(e.RequestAnswered, row["answered"])
    closed = _read(e.RequestClosed, row["closed"])
    decision: Decision | None = None
    if isinstance(answered, e.RequestAnswered):
        decision = answered.outcome
    elif isinstance(closed, e.RequestClosed):
        decision = closed.outcome
    return Outcome(
        received_at=received.received_at,
        responded_at=answered.accepted_at if isinstance(answered, e.RequestAnswered) else None,
        request_type=received.request_type,
        decision=decision,
        residency=received.residency,
        synthetic=bool(row["synthetic"]),
    )


def _read(kind: type[e.Event], data: str | None) -> e.Event | None:
    return kind.model_validate(json.loads(data)) if data else None
