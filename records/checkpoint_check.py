"""Holds the ledger against its signed checkpoints, and the checkpoints against each other."""

from collections.abc import AsyncIterator, Collection, Iterator
from itertools import pairwise

from domain.chain import GENESIS, link
from domain.merkle import root
from records import checkpoints
from records.checkpoints import PURPOSE, Checkpoint
from records.connection import Connection
from records.model import Record
from records.signing import fingerprint, is_signed


class CheckpointFault(Record):
    """What is wrong with a checkpoint, or with the events that it signed."""

    checkpoint: int
    problem: str

    def __str__(self) -> str:
        return f"checkpoint {self.checkpoint}: {self.problem}"


async def verify(
    conn: Connection, trusted: Collection[bytes] = (), request_id: str | None = None
) -> AsyncIterator[CheckpointFault]:
    """Name every checkpoint that was changed, and every event that is not what one signed.

    ``trusted`` are the public keys that may have signed; without any, each checkpoint's own key
    counts. Give ``request_id`` to compare the events of one request only.
    """
    chain = await checkpoints.since(conn, 1)
    for fault in faults_of(chain, trusted):
        yield fault
    for checkpoint in chain:
        leaves = [each.leaf for each in await checkpoints.covered_by(conn, checkpoint.n)]
        if root(leaves) != checkpoint.content.get("root"):
            yield _fault(checkpoint.n, "its list of streams is not the one that was signed")
    async for fault in _rewritten(conn, request_id):
        yield fault


async def compare(conn: Connection, kept: Checkpoint) -> list[CheckpointFault]:
    """Hold the database against a checkpoint that was kept elsewhere.

    It tells what no check within the database can: that the last checkpoints were removed, or all
    of them signed anew by whoever has the key.
    """
    faults = list(faults_of([kept], whole=False))
    stored = [each for each in await checkpoints.since(conn, kept.n) if each.n == kept.n]
    if not stored:
        faults.append(_fault(kept.n, "the database does not have it, though you kept a copy"))
    elif stored[0].hash != kept.hash:
        faults.append(_fault(kept.n, "the database has another one than the copy that you kept"))
    return faults


def faults_of(
    chain: Collection[Checkpoint], trusted: Collection[bytes] = (), *, whole: bool = True
) -> Iterator[CheckpointFault]:
    """Name what is wrong with a chain of checkpoints by itself; ``whole`` from the first on."""
    for checkpoint in chain:
        if link(checkpoint.previous_hash, checkpoint.body) != checkpoint.hash:
            yield _fault(checkpoint.n, "its content was changed")
        elif checkpoint.content.get("n") != checkpoint.n:
            yield _fault(checkpoint.n, "it stands in the place of another checkpoint")
        elif checkpoint.content.get("taken_at") != checkpoint.taken_at.isoformat():
            yield _fault(checkpoint.n, "its day was changed")
        elif not is_signed(checkpoint.public_key, checkpoint.signature, PURPOSE, checkpoint.body):
            yield _fault(checkpoint.n, "its signature is not that of its key over this content")
        elif trusted and checkpoint.public_key not in trusted:
            yield _fault(checkpoint.n, _unknown_key(checkpoint))
    yield from _gaps(list(chain), whole)


def _gaps(chain: list[Checkpoint], whole: bool) -> Iterator[CheckpointFault]:
    if whole and chain and (chain[0].n, chain[0].previous_hash) != (1, GENESIS):
        yield _fault(1, "it, or more from it on, is missing")
    for before, after in pairwise(chain):
        if after.n != before.n + 1:
            yield _fault(before.n + 1, f"it, or more up to {after.n - 1}, is missing")
        elif after.previous_hash != before.hash:
            yield _fault(before.n, f"it is not the one that checkpoint {after.n} followed")


_NOT_AS_SIGNED = """
SELECT c.stream, c.n, c.checkpoint, k.taken_at, l.hash IS NULL AS gone,
       (SELECT max(p.n) FROM privacy.checkpoint_head p
        JOIN privacy.ledger s ON (s.stream, s.n, s.hash) = (p.stream, p.n, p.hash)
             AND coalesce(p.seal, s.seal) = s.seal
        WHERE p.stream = c.stream AND p.n < c.n) AS sound_through
FROM privacy.checkpoint_head c
JOIN privacy.checkpoint k ON k.n = c.checkpoint
LEFT JOIN privacy.ledger l ON (l.stream, l.n) = (c.stream, c.n)
WHERE (l.hash, l.seal) IS DISTINCT FROM (c.hash, coalesce(c.seal, l.seal))
  AND ($1::text IS NULL OR split_part(c.stream, '.', 1) = $1)
ORDER BY c.stream, c.n
"""


async def _rewritten(conn: Connection, request_id: str | None) -> AsyncIterator[CheckpointFault]:
    """Compare the ledger with what was signed; that it agrees with itself is checked elsewhere."""
    for row in await conn.fetch(_NOT_AS_SIGNED, request_id):
        first, last = (row["sound_through"] or 0) + 1, row["n"]
        events = f"event {last}" if first == last else f"an event from {first} to {last}"
        what = "was removed" if row["gone"] else "was rewritten"
        signed_at = f"{row['taken_at']:%Y-%m-%d %H:%M} UTC"
        yield _fault(
            row["checkpoint"],
            f"{row['stream']}: {events} {what} after it was signed at {signed_at}",
        )


def _unknown_key(checkpoint: Checkpoint) -> str:
    return (
        f"it is signed by a key that is not trusted ({fingerprint(checkpoint.public_key)}); if it "
        "is a former key of yours, add it to PRIVACY_EVIDENCE_PUBLIC_KEYS"
    )


def _fault(n: int, problem: str) -> CheckpointFault:
    return CheckpointFault(checkpoint=n, problem=problem)
