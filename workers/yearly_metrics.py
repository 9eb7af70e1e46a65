"""The yearly figures, from the ledger alone (MET-02 to MET-05)."""

import json
from collections.abc import Mapping
from datetime import date

import asyncpg

from domain import events as e
from domain import policies
from domain.metrics import Figures, Group, Outcome, yearly_figures
from domain.policy import Policy
from domain.vocabulary import Decision

CANARY = "canary"
"""The intake client of planted requests, which count nowhere."""

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


async def figures_of(
    conn: asyncpg.Connection, policy: Policy, year: int
) -> Mapping[Group, Figures]:
    """Return the figures of every group for the requests received in ``year``."""
    async with conn.transaction(readonly=True):
        outcomes = [_outcome(row) async for row in conn.cursor(_OUTCOMES, CANARY)]
    return yearly_figures(policy, year, outcomes)


def policy_for(year: int) -> Policy:
    """Return the revision by which the figures of a year are counted: the newest one."""
    return policies.nearest_to(date(year, 12, 31))


def _outcome(row: asyncpg.Record) -> Outcome:
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
