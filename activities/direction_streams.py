"""Where a request's directions stand by the ledger, which alone decides what may be started."""

import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from domain import events as e
from domain.decisions.direction import Order
from domain.direction import LAST_WORDS, DirectionState
from domain.ids import direction_stream, outside_stream
from domain.notice_words import DirectedAction
from domain.notices import Retained
from domain.outside import LateAcknowledgementStored
from domain.policy import Policy
from domain.state import RequestState, fold
from records import ledger
from records.connection import Connection
from workflows import exchange as x


class DirectionStream(NamedTuple):
    """One provider's stream: its fold, and the hash that it ends in."""

    state: DirectionState
    head: str


class Ends(NamedTuple):
    """How many of a request's directions there are, and how many of them have ended."""

    ended: int
    total: int


async def read_events(conn: Connection, stream: str) -> list[e.Recorded]:
    """Read a stream's events."""
    return [row.recorded for row in await ledger.read(conn, stream)]


async def read_direction(conn: Connection, request_id: str, provider: str) -> DirectionStream:
    """Read one provider's stream."""
    stream = direction_stream(request_id, provider)
    rows = await ledger.read(conn, stream)
    state = DirectionState(stream=stream)
    for row in rows:
        state = state.apply(row.recorded)
    return DirectionStream(state, rows[-1].hash if rows else "")


async def read_request(conn: Connection, request_id: str) -> RequestState:
    """Fold a request's stream."""
    return fold(request_id, await read_events(conn, request_id))


async def late_words(conn: Connection, request_id: str) -> list[LateAcknowledgementStored]:
    """Return what providers said after their directions had ended, oldest first."""
    rows = await ledger.read(conn, outside_stream(request_id))
    documents = [json.loads(row.body) for row in rows]
    return [
        LateAcknowledgementStored.model_validate(document["data"])
        for document in documents
        if document["type"] == LateAcknowledgementStored.__name__
    ]


def first_last_words(
    words: Iterable[LateAcknowledgementStored],
) -> Mapping[str, LateAcknowledgementStored]:
    """Return, by provider, the late answer that counts."""
    found: dict[str, LateAcknowledgementStored] = {}
    for word in words:
        if word.standing in LAST_WORDS:
            found.setdefault(word.provider, word)
    return found


async def news(
    conn: Connection, request_id: str, providers: Iterable[str]
) -> list[x.ProviderReport]:
    """Return where providers stand by their streams.

    Of the ``providers`` named, and of every other that has moved since the request's own stream
    last told of it: so one look serves for all of them.
    """
    known = (await read_request(conn, request_id)).providers or {}
    late = first_last_words(await late_words(conn, request_id))
    heads = await stream_heads(conn, request_id)
    asked = dict.fromkeys(
        key
        for key in (*providers, *known)
        if key in providers
        or heads.get(direction_stream(request_id, key), "") != known[key].head
        or (key in late and late[key].standing is not known[key].standing)
    )
    reports = [await _report(conn, request_id, key, late.get(key)) for key in asked]
    return [report for report in reports if report is not None]


async def is_directed(conn: Connection, request_id: str, provider: str) -> bool:
    """Tell whether a request has noted that it directed a provider."""
    found = await conn.fetchval(
        "SELECT 1 FROM privacy.ledger WHERE stream = $1"
        " AND document->>'type' = 'ProvidersDirected' AND document->'data'->'providers' ? $2",
        request_id,
        provider,
    )
    return found is not None


async def ends(conn: Connection, request_id: str) -> Ends:
    """Count a request's directions, and those that have ended."""
    row = await conn.fetchrow(
        "SELECT count(*) FILTER (WHERE l.document->>'type' = 'DirectionEnded') AS ended,"
        " count(*) FILTER (WHERE l.document->>'type' = 'DirectionIssued') AS total"
        " FROM privacy.stream_head h JOIN privacy.ledger l"
        " ON l.stream = h.stream AND (l.n = 1 OR l.n = h.n)"
        " WHERE h.request_id = $1 AND h.stream <> $1",
        request_id,
    )
    assert row is not None, "a count always has a row"
    return Ends(row["ended"], row["total"])


async def stream_heads(conn: Connection, request_id: str) -> dict[str, str]:
    """Return the hash that each stream of a request ends in, its directions' among them."""
    rows = await conn.fetch(
        "SELECT stream, hash FROM privacy.stream_head WHERE request_id = $1", request_id
    )
    return {row["stream"]: row["hash"] for row in rows}


def rebuilt(request: RequestState, issued: e.DirectionIssued, policy: Policy) -> Order:
    """Return the order of a direction as the ledger has it, whatever the registry says today."""
    assert request.dates is not None, "a request that has directed has dates"
    return Order(
        request_id=request.request_id,
        request_type=request.request_type,
        receipt_date=request.dates.receipt_date,
        provider=issued.provider,
        name=issued.name,
        protocol=issued.protocol,
        notice=issued.notice,
        action=DirectedAction(issued.action),
        scope=issued.scope,
        exceptions=tuple(
            Retained(collection=kept.collection, ground=kept.ground) for kept in issued.exceptions
        ),
        terms=policy.providers,
    )


async def _report(
    conn: Connection, request_id: str, provider: str, late: LateAcknowledgementStored | None
) -> x.ProviderReport | None:
    state, head = await read_direction(conn, request_id, provider)
    if state.standing_at is None:
        return None
    standing, at = state.standing, state.standing_at
    if late is not None and state.ended and standing not in LAST_WORDS:
        standing, at = late.standing, late.at
    return x.ProviderReport(
        provider=provider, standing=standing, at=at, final=state.ended, head=head
    )
