"""What waits for the team, as the morning's digest lists it, by request id and due date."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from domain.days import local_date
from domain.digest import Digest, Heading, Waiting
from domain.policy import Policy
from records import outbox, work_queue
from records.connection import Connection
from records.requests import CANARY
from records.work_queue import QueuedRequest, View

MOST = 1000
"""So many requests of one view are looked at; no mail is of use beyond that."""

_OF_ACTION = {
    "decide": Heading.DECISION,
    "release_report": Heading.DECISION,
    "review_identity": Heading.DECISION,
    "retry_step": Heading.PARKED,
    "unfreeze": Heading.PARKED,
    "retry_message": Heading.PARKED,
}

_UNREAD = """
SELECT r.request_id FROM privacy.request r
JOIN privacy.ledger m ON m.stream = r.request_id
WHERE r.closed_at IS NULL AND r.client <> $1 AND m.document->>'type' = 'MessageReceived'
  AND (m.document->'data'->>'reading' <> 'clear' OR (m.document->'data'->>'files')::int > 0)
  AND NOT EXISTS (SELECT FROM privacy.ledger l WHERE l.stream = m.stream AND l.n > m.n
                  AND l.document->>'type' = 'MessagesRead')
GROUP BY r.request_id ORDER BY min(m.document->>'at')
"""

_SILENT = """
SELECT request_id FROM (
  SELECT r.request_id, min(l.document->>'at')
           FILTER (WHERE l.document->>'type' = 'ProviderEscalated') AS since,
         bool_or(l.document->>'type' IN ('AcknowledgementRecorded', 'DirectionEnded')) AS heard
  FROM privacy.request r
  JOIN privacy.stream_head h ON h.request_id = r.request_id
  JOIN privacy.ledger l ON l.stream = h.stream
  WHERE r.closed_at IS NULL AND r.client <> $1 AND h.stream LIKE '%.%'
  GROUP BY r.request_id, h.stream
) directions WHERE since IS NOT NULL AND NOT heard GROUP BY request_id ORDER BY min(since)
"""


async def digest(conn: Connection, policy: Policy, now: datetime) -> Digest:
    """Count the open work; planted requests are left out."""
    late = await work_queue.of_view(conn, View.OVERDUE, now, limit=MOST)
    soon = await work_queue.of_view(conn, View.DUE_SOON, now, limit=MOST)
    letters = await outbox.to_post(conn)
    return Digest(
        day=local_date(now, policy),
        waiting={
            Heading.OVERDUE: _lines(late, policy),
            Heading.DUE_SOON: _lines(soon, policy),
            **await _by_action(conn, policy, now),
            Heading.UNREAD: _named(await _ids(conn, _UNREAD)),
            Heading.TO_POST: _named(dict.fromkeys(letter.request_id for letter in letters)),
            Heading.PROVIDER_SILENT: _named(await _ids(conn, _SILENT)),
        },
    )


async def _by_action(
    conn: Connection, policy: Policy, now: datetime
) -> Mapping[Heading, tuple[Waiting, ...]]:
    theirs = await work_queue.of_view(conn, View.WAITING_FOR_STAFF, now, limit=MOST)
    return {
        heading: _lines(
            [one for one in theirs if _OF_ACTION.get(one.needs_action) is heading], policy
        )
        for heading in (Heading.PARKED, Heading.DECISION)
    }


def _lines(found: Iterable[QueuedRequest], policy: Policy) -> tuple[Waiting, ...]:
    return tuple(
        Waiting(
            request_id=one.request_id,
            due=local_date(one.respond_by, policy) if one.respond_by else None,
        )
        for one in found
    )


def _named(ids: Iterable[str]) -> tuple[Waiting, ...]:
    return tuple(Waiting(request_id=request_id) for request_id in ids)


async def _ids(conn: Connection, query: str) -> list[str]:
    return [row["request_id"] for row in await conn.fetch(query, CANARY)]
