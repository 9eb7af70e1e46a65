"""Filing what came in: one request for each person and right, all or none (REQ-06, REQ-12)."""

from collections.abc import Sequence
from datetime import datetime

from domain.parts import Part, parts_of
from domain.submission import Submission
from records import identities
from records.connection import Connection
from records.identities import Identity
from records.keyring import Keyring
from records.requests import (
    BODY,
    SUBMISSION,
    Facts,
    Filing,
    Registered,
    RegisteredRequest,
    find_filing,
    register,
    stored_form,
)
from records.vault import Vault

REQUESTER = "requester"
"""What the hashes of requesters are for; those of the suppression list differ from them."""
IDEMPOTENCY_KEY = "idempotency-key"
"""What the hashes of clients' keys are for."""

_HASHED = "^[^:]+:[0-9a-f]{64}$"
"""How a keyring writes a hash, and no client a key of its own."""


async def file_submissions(
    conn: Connection,
    vault: Vault,
    hashing: Keyring,
    people: Keyring,
    *,
    request_ids: Sequence[str],
    client: str,
    idempotency_key: str,
    submission: Submission,
    received_at: datetime,
    now: datetime,
) -> Filing:
    """Register every request of a submission, each with a data key and its own part in the vault.

    ``request_ids`` are as many as ``parts_of(submission)``, which they name in order; ``people``
    keys the hashes by which requesters are recognised (FRQ-01), ``hashing`` those by which a
    repeated body and its key are known: clients may put a name or an address into a key, and its
    row outlives the purge. The answer names the first request. Raises ``RequestIdTaken``.
    """
    parts = parts_of(submission)
    hashes = hashing.digests(BODY, stored_form(submission))
    async with conn.transaction():
        for place, (part, request_id) in enumerate(zip(parts, request_ids, strict=True)):
            filing = await register(
                conn,
                request_id=request_id,
                client=client,
                idempotency_keys=_known_as(hashing, idempotency_key, place),
                body_hashes=hashes,
                facts=Facts.of(part.submission, received_at),
                now=now,
                linked=_linked(request_id, request_ids, parts, part),
            )
            if not isinstance(filing, Registered):
                return filing
            await _keep(conn, vault, people, request_id, part.submission)
    return Registered(request_ids[0])


async def filed_together(
    conn: Connection, hashing: Keyring, client: str, idempotency_key: str, submission: Submission
) -> list[tuple[Part, RegisteredRequest]]:
    """Return the requests that a submission was filed as, with the part that each came from."""
    found = []
    for place, part in enumerate(parts_of(submission)):
        row = await find_filing(conn, client, _known_as(hashing, idempotency_key, place))
        if row is not None:
            found.append((part, row))
    return found


async def hash_plain_keys(conn: Connection, hashing: Keyring) -> int:
    """Hash the idempotency keys that an earlier release stored as they came; tell how many.

    That release may still file while this one is rolled out, so it is repeated. Retries of what
    was filed are known as before.
    """
    rows = await conn.fetch(
        "SELECT request_id, client, idempotency_key FROM privacy.request"
        " WHERE idempotency_key !~ $1",
        _HASHED,
    )
    for row in rows:
        await _hash_key(conn, hashing, row["request_id"], row["client"], row["idempotency_key"])
    return len(rows)


def requester_identities(submission: Submission) -> tuple[Identity, ...]:
    """Return what a later request of the same person, or browser, is recognised by."""
    found = []
    if submission.person is not None and submission.person.email is not None:
        found.append(identities.email(submission.person.email))
    if submission.device is not None:
        found.append(identities.device(submission.device))
    return tuple(found)


async def _keep(
    conn: Connection, vault: Vault, people: Keyring, request_id: str, submission: Submission
) -> None:
    await vault.create_key(conn, request_id)
    await vault.put(conn, request_id, SUBMISSION, stored_form(submission))
    await _recognise(conn, people, request_id, submission)


async def recognise_anew(
    conn: Connection, people: Keyring, request_id: str, submission: Submission
) -> None:
    """Write by what a later request of the same person is recognised, in place of what was."""
    await conn.execute("DELETE FROM privacy.requester_identity WHERE request_id = $1", request_id)
    await _recognise(conn, people, request_id, submission)


async def _recognise(
    conn: Connection, people: Keyring, request_id: str, submission: Submission
) -> None:
    for identity in requester_identities(submission):
        await conn.execute(
            "INSERT INTO privacy.requester_identity (request_id, identity_hash) VALUES ($1, $2)",
            request_id,
            identities.digest(people, REQUESTER, identity),
        )


async def _hash_key(
    conn: Connection, hashing: Keyring, request_id: str, client: str, plain: str
) -> None:
    hashed = hashing.digest(IDEMPOTENCY_KEY, plain.encode())
    if await find_filing(conn, client, hashing.digests(IDEMPOTENCY_KEY, plain.encode())):
        # Both releases filed it; retries find the other row, and this one gets a hash of its own.
        hashed = hashing.digest(IDEMPOTENCY_KEY, f"{plain} {request_id}".encode())
    await conn.execute(
        "UPDATE privacy.request SET idempotency_key = $2 WHERE request_id = $1", request_id, hashed
    )


def _known_as(hashing: Keyring, idempotency_key: str, place: int) -> list[str]:
    """Return what a key and a place under it may be stored as; the first is how it is stored now.

    Clients' keys hold no blank, so no two are the same. Behind its hashes under every key stands
    the key itself, as which releases before the hashes stored it: see ``hash_plain_keys``.
    """
    named = f"{idempotency_key} {place + 1}" if place else idempotency_key
    return [*hashing.digests(IDEMPOTENCY_KEY, named.encode()), named]


def _linked(
    request_id: str, request_ids: Sequence[str], parts: Sequence[Part], part: Part
) -> list[str]:
    """Name the person's other requests; those of the household are none of theirs."""
    return [
        other
        for other, theirs in zip(request_ids, parts, strict=True)
        if theirs.member == part.member and other != request_id
    ]
