"""Figures of what is open and what waits, counted anew from tables at each call."""

from datetime import datetime
from typing import Any

from records.connection import Connection
from records.model import Record

_NOW = "greatest(r.business_time, $1)"
# A request whose clock was moved ahead is judged by its own time.

_OPEN = """
SELECT coalesce(stage, 'received') AS stage, request_types[1] AS type, count(*) AS n
FROM privacy.request WHERE closed_at IS NULL GROUP BY 1, 2 ORDER BY 1, 2
"""

_UNANSWERED = f"""
SELECT request_types[1] AS type, respond_by - {_NOW} AS remains
FROM privacy.request r
WHERE closed_at IS NULL AND answered_at IS NULL AND respond_by IS NOT NULL
  AND coalesce(stage NOT IN ('waiting for providers', 'keeping package'), true)
"""

_DUE = f"""
SELECT type, count(*) FILTER (WHERE remains < interval '0') AS late, min(remains) AS least
FROM ({_UNANSWERED}) unanswered GROUP BY type ORDER BY type
"""

_DUE_WITHIN = f"""
SELECT days, count(remains) AS n
FROM unnest($2::integer[]) AS days LEFT JOIN ({_UNANSWERED}) unanswered
  ON remains >= interval '0' AND remains <= make_interval(days => days)
GROUP BY days ORDER BY days
"""

_OPEN_AFTER = """
SELECT count(*) FROM privacy.request r WHERE closed_at IS NULL AND EXISTS (
  SELECT FROM privacy.ledger l
  WHERE l.stream = r.request_id AND l.document->>'type' = $1)
"""

_SILENCE = f"""
SELECT provider, count(*) AS directions, count(*) FILTER (WHERE answered IS NULL) AS unanswered,
       count(*) FILTER (WHERE escalated) AS escalated,
       max(now - issued) FILTER (WHERE answered IS NULL) AS silence
FROM (
  SELECT split_part(h.stream, '.', 2) AS provider, {_NOW} AS now,
         min((l.document->>'at')::timestamptz)
           FILTER (WHERE l.document->>'type' = 'DirectionIssued') AS issued,
         max((l.document->>'at')::timestamptz)
           FILTER (WHERE l.document->>'type' = 'AcknowledgementRecorded') AS answered,
         bool_or(l.document->>'type' = 'ProviderEscalated') AS escalated,
         bool_or(l.document->>'type' = 'DirectionEnded') AS ended
  FROM privacy.request r
  JOIN privacy.stream_head h ON h.request_id = r.request_id
  JOIN privacy.ledger l ON l.stream = h.stream
  WHERE r.closed_at IS NULL AND h.stream LIKE '%.%' AND h.stream NOT LIKE '%.outside'
  GROUP BY h.stream, r.business_time
) directions
WHERE issued IS NOT NULL AND NOT ended GROUP BY provider ORDER BY provider
"""

_LETTERS = """
SELECT o.audience, o.status, count(*) AS n, max($1 - o.requested_at) AS oldest
FROM privacy.outbox o JOIN privacy.request r USING (request_id)
WHERE (o.status IN ('waiting', 'deferred') AND r.frozen_at IS NULL)
  OR (o.status = 'refused' AND r.closed_at IS NULL)
GROUP BY 1, 2 ORDER BY 1, 2
"""

_MESSAGES = """
SELECT count(*) AS n, max($1 - received_at) AS oldest
FROM privacy.inbox WHERE delivered_at IS NULL AND parked_at IS NULL
"""

_NEVER_STARTED = """
SELECT count(*) AS n, max($1 - registered_at) AS oldest FROM privacy.request r
WHERE closed_at IS NULL
  AND NOT EXISTS (SELECT FROM privacy.stream_head h WHERE h.stream = r.request_id)
"""

_KEPT_TOO_LONG = """
SELECT count(*) FROM privacy.request r WHERE retain_until < $1::date AND purged_at IS NULL
  AND NOT EXISTS (SELECT FROM privacy.legal_hold h
                  WHERE h.request_id = r.request_id AND h.released_at IS NULL)
"""


_WEBHOOKS_WAITING = """
SELECT count(*) AS n, max($1 - m.noted_at) AS oldest
FROM privacy.webhook_message m JOIN privacy.webhook w USING (webhook_id)
WHERE m.delivered_at IS NULL AND m.given_up_at IS NULL AND w.removed_at IS NULL
"""

_WEBHOOKS_GIVEN_UP = """
SELECT count(*) FROM privacy.webhook_message m JOIN privacy.webhook w USING (webhook_id)
WHERE m.given_up_at IS NOT NULL AND w.removed_at IS NULL
"""


class OpenRequests(Record):
    """Open requests of one stage and type."""

    stage: str
    type: str
    n: int


class Due(Record):
    """Unanswered requests of one type: how many are late, and the most urgent one's seconds left.

    The seconds are negative when it is late.
    """

    type: str
    late: int
    least_seconds: float


class Silence(Record):
    """One provider's open directions; ``silence_seconds`` of the one unanswered for longest."""

    provider: str
    directions: int
    unanswered: int
    escalated: int
    silence_seconds: float


class LettersOfStatus(Record):
    """Letters that did not go out, and the age of the oldest."""

    audience: str
    status: str
    n: int
    oldest_seconds: float


class Waiting(Record):
    """How many of something wait, and for how long the oldest has."""

    n: int
    oldest_seconds: float


class Figures(Record):
    """Everything that is watched, at one moment."""

    open: tuple[OpenRequests, ...]
    due: tuple[Due, ...]
    due_within: dict[int, int]
    needing_action: int
    breached: int
    senders_differed: int
    providers: tuple[Silence, ...]
    letters: tuple[LettersOfStatus, ...]
    messages: Waiting
    never_started: Waiting
    webhooks: Waiting
    webhooks_given_up: int
    kept_too_long: int
    checkpoint_seconds: float | None


HORIZONS = (1, 3, 5, 10, 20, 45, 90)
"""Days ahead within which due answers are counted."""


async def take(conn: Connection, now: datetime) -> Figures:
    """Count everything; a few indexed queries over what is open."""
    return Figures(
        open=tuple(OpenRequests.model_validate(dict(row)) for row in await conn.fetch(_OPEN)),
        due=tuple([_due(row) for row in await conn.fetch(_DUE, now)]),
        due_within={
            row["days"]: row["n"] for row in await conn.fetch(_DUE_WITHIN, now, list(HORIZONS))
        },
        needing_action=await conn.fetchval(
            "SELECT count(*) FROM privacy.request WHERE closed_at IS NULL AND needs_action <> ''"
        ),
        breached=await conn.fetchval(_OPEN_AFTER, "DeadlineBreached"),
        senders_differed=await conn.fetchval(_OPEN_AFTER, "SenderDiffered"),
        providers=tuple([_silence(row) for row in await conn.fetch(_SILENCE, now)]),
        letters=tuple([_letters(row) for row in await conn.fetch(_LETTERS, now)]),
        messages=_waiting(await conn.fetchrow(_MESSAGES, now)),
        never_started=_waiting(await conn.fetchrow(_NEVER_STARTED, now)),
        webhooks=_waiting(await conn.fetchrow(_WEBHOOKS_WAITING, now)),
        webhooks_given_up=await conn.fetchval(_WEBHOOKS_GIVEN_UP),
        kept_too_long=await conn.fetchval(_KEPT_TOO_LONG, now),
        checkpoint_seconds=await _checkpoint_age(conn, now),
    )


async def _checkpoint_age(conn: Connection, now: datetime) -> float | None:
    taken_at = await conn.fetchval("SELECT max(taken_at) FROM privacy.checkpoint")
    return _seconds(now - taken_at) if taken_at else None


def _due(row: Any) -> Due:
    return Due(type=row["type"], late=row["late"], least_seconds=row["least"].total_seconds())


def _silence(row: Any) -> Silence:
    return Silence(
        provider=row["provider"],
        directions=row["directions"],
        unanswered=row["unanswered"],
        escalated=row["escalated"],
        silence_seconds=_seconds(row["silence"]),
    )


def _letters(row: Any) -> LettersOfStatus:
    return LettersOfStatus(
        audience=row["audience"],
        status=row["status"],
        n=row["n"],
        oldest_seconds=_seconds(row["oldest"]),
    )


def _waiting(row: Any) -> Waiting:
    return Waiting(n=row["n"], oldest_seconds=_seconds(row["oldest"]))


def _seconds(span: Any) -> float:
    return max(0.0, span.total_seconds()) if span is not None else 0.0
