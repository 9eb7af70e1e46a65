"""What the same person, or browser, asked before: found by keyed hash, kept nowhere in clear."""

from datetime import date

from domain import clocks, policies
from domain.vocabulary import RequestType
from records.connection import Connection, Row
from records.filing import REQUESTER
from records.identities import Identity, digests
from records.keyring import Keyring
from records.model import Record


class EarlierRequest(Record):
    """A request of the same person; ``outcome`` and the day of the answer when it has one."""

    request_id: str
    receipt_date: date
    request_type: RequestType
    outcome: str | None
    answered_on: date | None = None


async def earlier_requests(
    conn: Connection, people: Keyring, identity: Identity
) -> list[EarlierRequest]:
    """Return every request filed under an identity, the first received first (FRQ-01).

    ``people`` is the keyring that they were filed with. The caller leaves out its own request.
    Raises ``PolicyNotLoaded`` in a process that has filled no registry.
    """
    rows = await conn.fetch(
        "SELECT r.request_id, r.request_types, r.received_at, r.outcome, r.answered_at"
        " FROM privacy.request r JOIN privacy.requester_identity i USING (request_id)"
        " WHERE i.identity_hash = ANY($1)"
        " ORDER BY r.received_at, r.registered_at, r.request_id",
        digests(people, REQUESTER, identity),
    )
    return [_earlier(row, right) for row in rows for right in row["request_types"]]


async def may_repeat(conn: Connection, request_id: str) -> list[str]:
    """Return open requests filed before, for the same right, under an identity of this one's.

    Nobody has verified that they are one person's: it is what staff may look at (REQ-17).
    """
    rows = await conn.fetch(
        "SELECT DISTINCT r.request_id, r.received_at FROM privacy.request this"
        " JOIN privacy.requester_identity mine USING (request_id)"
        " JOIN privacy.requester_identity i ON i.identity_hash = mine.identity_hash"
        " JOIN privacy.request r ON r.request_id = i.request_id"
        " WHERE this.request_id = $1 AND r.request_id <> $1"
        " AND r.answered_at IS NULL AND r.closed_at IS NULL"
        " AND r.request_types = this.request_types"
        " AND (r.received_at, r.request_id) < (this.received_at, this.request_id)"
        " ORDER BY r.received_at, r.request_id",
        request_id,
    )
    return [row["request_id"] for row in rows]


async def is_requester(
    conn: Connection, people: Keyring, request_id: str, identity: Identity
) -> bool:
    """Tell whether a request was filed under an identity."""
    found: bool = await conn.fetchval(
        "SELECT EXISTS (SELECT FROM privacy.requester_identity"
        " WHERE request_id = $1 AND identity_hash = ANY($2::text[]))",
        request_id,
        digests(people, REQUESTER, identity),
    )
    return found


def _earlier(row: Row, right: str) -> EarlierRequest:
    received_at, answered_at = row["received_at"], row["answered_at"]
    policy = policies.nearest_to(received_at.date())
    return EarlierRequest(
        request_id=row["request_id"],
        receipt_date=clocks.local_date(received_at, policy),
        answered_on=clocks.local_date(answered_at, policy) if answered_at else None,
        request_type=RequestType(right),
        outcome=row["outcome"],
    )
