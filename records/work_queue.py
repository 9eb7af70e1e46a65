"""The staff's queue: open requests by due date, and one request by what is known of its id."""

from datetime import datetime
from enum import StrEnum

from pydantic import AwareDatetime

from domain.ids import ALPHABET
from domain.vocabulary import Channel, Requester, RequestType, Residency
from records.connection import Connection, Row
from records.model import Record
from records.requests import CANARY


class View(StrEnum):
    """The lists that a team works from."""

    OPEN = "open"
    WAITING_FOR_STAFF = "mine"
    DUE_SOON = "soon"
    OVERDUE = "overdue"
    WAITING_FOR_CONSUMER = "consumer"
    WAITING_FOR_PROVIDERS = "providers"


SOON_DAYS = 7

_NOW = "greatest(r.business_time, $1)"
# A request whose clock was moved ahead is judged by its own time.

_ANSWERED = (
    "(r.closed_at IS NOT NULL"
    " OR coalesce(r.stage IN ('waiting for providers', 'keeping package'), false))"
)

_CONDITIONS = {
    View.OPEN: "true",
    View.WAITING_FOR_STAFF: "r.needs_action <> ''",
    View.DUE_SOON: f"NOT {_ANSWERED} AND r.respond_by >= {_NOW}"
    f" AND r.respond_by < {_NOW} + make_interval(days => {SOON_DAYS})",
    View.OVERDUE: f"NOT {_ANSWERED} AND r.respond_by < {_NOW}",
    View.WAITING_FOR_CONSUMER: "r.stage = 'verifying'",
    View.WAITING_FOR_PROVIDERS: "r.stage IN ('directing providers', 'waiting for providers')",
}

_COLUMNS = f"""
SELECT request_id, request_types[1] AS request_type, requester, residency, channel, received_at,
       coalesce(stage, 'received') AS stage, coalesce(needs_action, '') AS needs_action, respond_by,
       {_ANSWERED} AS answered, closed_at IS NOT NULL AS closed, {_NOW} AS at
FROM privacy.request r WHERE client <> $2 AND ($3::text IS NULL OR request_types[1] = $3)
"""
_BY_DUE_DATE = " ORDER BY 10, respond_by NULLS FIRST, request_id OFFSET $4 LIMIT $5"


class QueuedRequest(Record):
    """One line of the queue. ``at`` is the time in the request's own workflow."""

    request_id: str
    request_type: RequestType
    requester: Requester
    residency: Residency
    channel: Channel
    received_at: AwareDatetime
    stage: str
    needs_action: str
    respond_by: AwareDatetime | None
    answered: bool
    closed: bool
    at: AwareDatetime


async def counts(
    conn: Connection, now: datetime, request_type: RequestType | None
) -> dict[View, int]:
    """Count the open requests of every view."""
    columns = ", ".join(
        f"count(*) FILTER (WHERE {condition}) AS {view}" for view, condition in _CONDITIONS.items()
    )
    row = await conn.fetchrow(
        f"SELECT {columns} FROM privacy.request r WHERE closed_at IS NULL AND client <> $2"
        " AND ($3::text IS NULL OR request_types[1] = $3) AND $1::timestamptz IS NOT NULL",
        now,
        CANARY,
        request_type,
    )
    assert row is not None, "an aggregate always has its row"
    return {view: row[view] for view in View}


async def of_view(
    conn: Connection,
    view: View,
    now: datetime,
    request_type: RequestType | None = None,
    *,
    offset: int = 0,
    limit: int = 50,
) -> list[QueuedRequest]:
    """Return a page of a view's open requests, the most urgent first and answered ones last."""
    query = f"{_COLUMNS} AND closed_at IS NULL AND {_CONDITIONS[view]}{_BY_DUE_DATE}"
    return _read(await conn.fetch(query, now, CANARY, request_type, offset, limit))


async def with_id_like(
    conn: Connection,
    text: str,
    now: datetime,
    request_type: RequestType | None = None,
    *,
    offset: int = 0,
    limit: int = 50,
) -> list[QueuedRequest]:
    """Return requests, closed ones too, whose id contains ``text`` as a person may write it.

    Small letters, missing dashes and misread letters do not matter.
    """
    spelled = _spelled(text)
    if not spelled:
        return []
    query = f"{_COLUMNS} AND replace(request_id, '-', '') LIKE $6{_BY_DUE_DATE}"
    arguments = (now, CANARY, request_type, offset, limit, f"%{spelled}%")
    return _read(await conn.fetch(query, *arguments))


def _spelled(text: str) -> str:
    """Return ``text`` in the alphabet of ids: what is misread is read as it was meant."""
    upper = text.upper().removeprefix("PR").translate(str.maketrans("OIL", "011"))
    return "".join(letter for letter in upper if letter in ALPHABET)


def _read(rows: list[Row]) -> list[QueuedRequest]:
    return [QueuedRequest.model_validate(dict(row)) for row in rows]
