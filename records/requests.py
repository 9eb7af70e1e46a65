"""Requests: registered once with what was submitted, then a projection of their ledger."""

import secrets
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Annotated, NamedTuple, Self

from pydantic import AwareDatetime, StringConstraints

from domain import ids
from domain.chain import canonical
from domain.submission import Submission
from domain.vocabulary import Channel, Language, Requester, RequestType, Residency
from records.connection import Connection, Row
from records.model import Record

CANARY = "canary"
"""The intake client of planted consumers, whose requests are synthetic."""

SUBMISSION = "submission"
"""The vault's kind of the canonical submission; its number is 0."""

EVIDENCE_FILE = "evidence_file"
"""The vault's kind of the evidence that was exported last; its number is 0."""

BODY = "request body"
"""What the hashes of bodies are for, by which a repeated filing is known."""

Words = Annotated[str, StringConstraints(pattern=r"^[^@\x00-\x1f]{0,120}$")]
"""A vocabulary's word or a short phrase of ours, never what a person typed."""


def draw_id() -> str:
    """Draw a new request id; whether it is free shows when it is filed."""
    return ids.request_id(secrets.token_bytes(ids.RANDOM_BYTES))


class RequestIdTaken(Exception):
    """Another request has that id by chance; draw another id and file again."""


class Registered(NamedTuple):
    """The request is new."""

    request_id: str


class Same(NamedTuple):
    """The same client filed the same body under the same key before."""

    request_id: str


class KeyConflict(NamedTuple):
    """The client used that idempotency key for another body."""

    request_id: str


Filing = Registered | Same | KeyConflict


class Facts(Record):
    """What a request says of itself that is not personal."""

    request_types: tuple[RequestType, ...]
    requester: Requester
    residency: Residency
    channel: Channel
    language: Language
    received_at: AwareDatetime

    @classmethod
    def of(cls, submission: Submission, received_at: datetime) -> Self:
        """Take the facts from a submission; ``received_at`` starts the clocks (REQ-08)."""
        return cls(
            request_types=submission.request_types,
            requester=submission.requester,
            residency=submission.residency,
            channel=submission.channel,
            language=submission.language,
            received_at=received_at,
        )


class Projection(Record):
    """What the ledger's events come to; ``project`` writes the fields that were given.

    ``business_time`` is the workflow's clock at the time of writing; ``respond_by`` the instant
    after which the answer is late.
    """

    policy_version: Words | None = None
    business_time: AwareDatetime | None = None
    stage: Words | None = None
    needs_action: Words | None = None
    receipt_date: date | None = None
    acknowledge_by: AwareDatetime | None = None
    respond_by: AwareDatetime | None = None
    breached_at: AwareDatetime | None = None
    answered_at: AwareDatetime | None = None
    outcome: Words | None = None
    closed_at: AwareDatetime | None = None
    retain_until: date | None = None
    purged_at: AwareDatetime | None = None


class RegisteredRequest(Facts, Projection):
    """A row of the table: facts as registered, projection as last written."""

    request_id: str
    client: str
    idempotency_key: str
    registered_at: AwareDatetime
    frozen_at: AwareDatetime | None = None
    """Since when nothing of it may leave, after a misdelivery."""
    linked: tuple[str, ...] = ()
    """Other requests of the same person that came in the same submission (REQ-12)."""


_REQUEST = f"SELECT {', '.join(RegisteredRequest.model_fields)} FROM privacy.request "
# Columns by name, so that a worker of this release reads tables of the next one.


def stored_form(submission: Submission) -> bytes:
    """Return what was said and nothing more, so that a later optional field changes no hash."""
    return canonical(submission.model_dump(mode="json", exclude_defaults=True))


async def register(
    conn: Connection,
    *,
    request_id: str,
    client: str,
    idempotency_keys: list[str],
    body_hashes: list[str],
    facts: Facts,
    now: datetime,
    linked: Sequence[str] = (),
) -> Filing:
    """Write the row of a request, unless its client filed it before.

    ``idempotency_keys`` are what the client's key may be stored as, ``body_hashes`` the body's
    hashes under every key; the first of each is stored. Raises ``RequestIdTaken`` when another
    filing has ``request_id``.
    """
    written = await conn.fetchval(
        "INSERT INTO privacy.request (request_id, client, idempotency_key, body_hash,"
        " request_types, requester, residency, channel, language, received_at, registered_at,"
        " linked) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 WHERE NOT EXISTS ("
        "SELECT FROM privacy.request WHERE client = $2 AND idempotency_key = ANY ($13::text[]))"
        " ON CONFLICT DO NOTHING RETURNING request_id",
        request_id,
        client,
        idempotency_keys[0],
        body_hashes[0],
        list(facts.request_types),
        facts.requester,
        facts.residency,
        facts.channel,
        facts.language,
        facts.received_at,
        now,
        list(linked),
        idempotency_keys,
    )
    if written:
        return Registered(request_id)
    return await _filed_before(conn, request_id, client, idempotency_keys, body_hashes)


async def reclassify(
    conn: Connection,
    request_id: str,
    request_type: RequestType,
    residency: Residency,
    requester: Requester,
) -> None:
    """Write what kind of request it turned out to be, from where, and of whom."""
    await conn.execute(
        "UPDATE privacy.request SET request_types = $2, residency = $3, requester = $4"
        " WHERE request_id = $1",
        request_id,
        [request_type],
        residency,
        requester,
    )


async def project(conn: Connection, request_id: str, projection: Projection) -> None:
    """Write the given fields of ``projection``; ``None`` clears one. Raises ``LookupError``."""
    changes = {name: getattr(projection, name) for name in sorted(projection.model_fields_set)}
    if not changes:
        return
    columns = ", ".join(f"{name} = ${place}" for place, name in enumerate(changes, start=2))
    found = await conn.fetchval(
        f"UPDATE privacy.request SET {columns} WHERE request_id = $1 RETURNING 1",
        request_id,
        *changes.values(),
    )
    if not found:
        raise LookupError(f"no request {request_id} is registered; register it before projecting")


async def find(conn: Connection, request_id: str) -> RegisteredRequest | None:
    """Return a request's row, if it is registered."""
    row = await conn.fetchrow(_REQUEST + "WHERE request_id = $1", request_id)
    return _request(row) if row else None


async def find_filing(
    conn: Connection, client: str, idempotency_keys: list[str]
) -> RegisteredRequest | None:
    """Return the request that a client filed under a key, which may be stored as one of these."""
    row = await conn.fetchrow(
        _REQUEST + "WHERE client = $1 AND idempotency_key = ANY ($2::text[])",
        client,
        idempotency_keys,
    )
    return _request(row) if row else None


async def never_started(conn: Connection, older_than: datetime) -> list[str]:
    """Name requests registered before ``older_than`` whose stream is empty, oldest first."""
    rows = await conn.fetch(
        "SELECT request_id FROM privacy.request r WHERE registered_at < $1 AND closed_at IS NULL"
        " AND NOT EXISTS (SELECT FROM privacy.stream_head h WHERE h.stream = r.request_id)"
        " ORDER BY registered_at, request_id",
        older_than,
    )
    return [row["request_id"] for row in rows]


async def open_requests(
    conn: Connection, *, after: str = "", limit: int = 1000
) -> list[RegisteredRequest]:
    """Return a page of the requests that are not closed, by id, beginning behind ``after``."""
    rows = await conn.fetch(
        _REQUEST + "WHERE closed_at IS NULL AND request_id > $1 ORDER BY request_id LIMIT $2",
        after,
        limit,
    )
    return [_request(row) for row in rows]


async def due_for_purge(
    conn: Connection, today: date, limit: int = 500, *, without: Collection[str] = ()
) -> list[str]:
    """Name requests whose retention ended before ``today`` and that no hold covers (REC-01).

    ``without`` leaves out some that were looked at already and must stay.
    """
    rows = await conn.fetch(
        "SELECT request_id FROM privacy.request r WHERE retain_until < $1 AND purged_at IS NULL"
        " AND request_id <> ALL ($3::text[]) AND NOT EXISTS (SELECT FROM privacy.legal_hold h"
        " WHERE h.request_id = r.request_id AND h.released_at IS NULL)"
        " ORDER BY retain_until, request_id LIMIT $2",
        today,
        limit,
        list(without),
    )
    return [row["request_id"] for row in rows]


async def held_past_retention(conn: Connection, today: date) -> int:
    """Count requests whose retention ended before ``today`` and whose record is held (REC-06)."""
    held: int = await conn.fetchval(
        "SELECT count(*) FROM privacy.request r WHERE retain_until < $1 AND purged_at IS NULL"
        " AND EXISTS (SELECT FROM privacy.legal_hold h"
        " WHERE h.request_id = r.request_id AND h.released_at IS NULL)",
        today,
    )
    return held


async def _filed_before(
    conn: Connection,
    request_id: str,
    client: str,
    idempotency_keys: list[str],
    body_hashes: list[str],
) -> Filing:
    row = await conn.fetchrow(
        "SELECT request_id, body_hash FROM privacy.request"
        " WHERE client = $1 AND idempotency_key = ANY ($2::text[])",
        client,
        idempotency_keys,
    )
    if row is None:
        raise RequestIdTaken(f"request id {request_id} is taken; draw another and file again")
    if row["body_hash"] in body_hashes:
        return Same(row["request_id"])
    return KeyConflict(row["request_id"])


def _request(row: Row) -> RegisteredRequest:
    return RegisteredRequest.model_validate(dict(row))
