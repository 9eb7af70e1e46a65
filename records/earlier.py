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
