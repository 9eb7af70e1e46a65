"""Signed checkpoints: what the ledger was on a day, so that no later rewriting agrees with it."""

import base64
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Self

from pydantic import AwareDatetime

from domain.chain import GENESIS, canonical, link
from domain.merkle import Sibling, proof, root
from records.chain_check import EMPTY, ChainCheck, Fault, Head, Problem, StoredEntry
from records.connection import Connection, Row
from records.model import Record
from records.signing import Signer

PURPOSE = "privacy-checkpoint-v1"
"""What a checkpoint's signature is good for, and the name of its form."""

_LOCK = 7_302_114_906
"""Advisory lock that lets one checkpoint be taken at a time."""

_COLUMNS = "n, taken_at, body, previous_hash, hash, public_key, signature"


class LedgerUnsound(Exception):
    """The ledger is damaged, so no checkpoint vouches for it; names the damage."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        named = "; ".join(f"{fault.stream} event {fault.n} {fault.problem}" for fault in faults[:5])
        super().__init__(
            f"no checkpoint was taken, because the ledger is damaged: {named}. Run "
            "privacy ledger verify, keep the database as it is and restore a backup beside it."
        )
        self.faults = tuple(faults)


class Checkpoint(Record):
    """A signed statement of where the streams stood; chained to the one before."""

    n: int
    taken_at: AwareDatetime
    body: bytes
    previous_hash: str
    hash: str
    public_key: bytes
    signature: bytes

    @property
    def content(self) -> dict[str, Any]:
        """What the body says; nothing when it cannot be read any more."""
        try:
            content = json.loads(self.body)
        except ValueError:
            return {}
        return content if isinstance(content, dict) else {}

    def portable(self) -> dict[str, str]:
        """Return what can be kept outside the database and checked without it, as JSON."""
        return {
            "body": self.body.decode(),
            "previous_hash": self.previous_hash,
            "hash": self.hash,
            "public_key": base64.b64encode(self.public_key).decode(),
            "signature": base64.b64encode(self.signature).decode(),
        }

    @classmethod
    def from_portable(cls, document: Mapping[str, str]) -> Self:
        """Read what ``portable`` gave; raises ``ValueError`` when it is something else."""
        try:
            content = json.loads(document["body"])
            return cls(
                n=content["n"],
                taken_at=content["taken_at"],
                body=document["body"].encode(),
                previous_hash=document["previous_hash"],
                hash=document["hash"],
                public_key=base64.b64decode(document["public_key"], validate=True),
                signature=base64.b64decode(document["signature"], validate=True),
            )
        except (KeyError, TypeError, AttributeError) as fault:
            raise ValueError(f"that is no checkpoint: {type(fault).__name__}") from None


class Covered(NamedTuple):
    """Where a stream stood at a checkpoint."""

    stream: str
    n: int
    hash: str
    seal: str | None
    """``None`` in a checkpoint of before rows were sealed."""

    @property
    def leaf(self) -> bytes:
        """The canonical bytes by which the checkpoint's root covers it."""
        sealed = {"seal": self.seal} if self.seal else {}
        return canonical({"hash": self.hash, "n": self.n, "stream": self.stream, **sealed})


class Inclusion(Record):
    """Proof that a checkpoint covers a stream up to event ``n``."""

    stream: str
    n: int
    hash: str
    seal: str | None
    checkpoint: int
    path: tuple[Sibling, ...]


async def take(conn: Connection, signer: Signer, now: datetime) -> Checkpoint:
    """Check what the streams gained since the last checkpoint and sign where they stand.

    Raises ``LedgerUnsound`` and signs nothing when the ledger is damaged.
    """
    async with conn.transaction():
        await conn.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        moved = await _sound_moves(conn)
        last = await newest(conn)
        checkpoint = _signed(signer, now, last, moved)
        await _insert(conn, checkpoint, moved)
    return checkpoint


async def newest(conn: Connection) -> Checkpoint | None:
    """Return the last checkpoint, if there is one."""
    row = await conn.fetchrow(f"SELECT {_COLUMNS} FROM privacy.checkpoint ORDER BY n DESC LIMIT 1")
    return Checkpoint.model_validate(dict(row)) if row else None


async def since(conn: Connection, n: int) -> list[Checkpoint]:
    """Return the checkpoints from number ``n`` on, in order."""
    rows = await conn.fetch(
        f"SELECT {_COLUMNS} FROM privacy.checkpoint WHERE n >= $1 ORDER BY n", n
    )
    return [Checkpoint.model_validate(dict(row)) for row in rows]


async def covered_by(conn: Connection, checkpoint: int) -> list[Covered]:
    """Return what a checkpoint covers, in the order of its leaves."""
    rows = await conn.fetch(
        "SELECT stream, n, hash, seal FROM privacy.checkpoint_head WHERE checkpoint = $1",
        checkpoint,
    )
    return sorted((_covered(row) for row in rows), key=_place)


async def inclusions(conn: Connection, streams: Collection[str]) -> list[Inclusion]:
    """Prove for each stream the last checkpoint that covers it; a younger stream has none."""
    rows = await conn.fetch(
        "SELECT DISTINCT ON (stream) stream, n, hash, seal, checkpoint FROM privacy.checkpoint_head"
        " WHERE stream = ANY($1::text[]) ORDER BY stream, n DESC",
        list(streams),
    )
    return [await _inclusion(conn, row) for row in rows]


async def _inclusion(conn: Connection, row: Row) -> Inclusion:
    covered = await covered_by(conn, row["checkpoint"])
    place = covered.index(_covered(row))
    return Inclusion(
        stream=row["stream"],
        n=row["n"],
        hash=row["hash"],
        seal=row["seal"],
        checkpoint=row["checkpoint"],
        path=proof([each.leaf for each in covered], place),
    )


def _covered(row: Row) -> Covered:
    return Covered(row["stream"], row["n"], row["hash"], row["seal"])


def _place(covered: Covered) -> tuple[str, int]:
    return covered.stream, covered.n


_MOVES = """
SELECT stream, h.n AS head_n, h.hash AS head_hash,
       (SELECT s.seal FROM privacy.ledger s WHERE (s.stream, s.n) = (h.stream, h.n)) AS head_seal,
       c.n AS from_n, c.hash AS from_hash, c.seal AS from_seal,
       l.n, l.body, l.previous_hash, l.hash, l.recorded_at, l.seal
FROM privacy.stream_head h
FULL JOIN (SELECT DISTINCT ON (stream) stream, n, hash, seal
           FROM privacy.checkpoint_head ORDER BY stream, n DESC) c USING (stream)
LEFT JOIN privacy.ledger l USING (stream)
WHERE (h.n, h.hash) IS DISTINCT FROM (c.n, c.hash)
  AND (l.n IS NULL OR c.n IS NULL OR l.n >= c.n) AND coalesce(h.n, c.n) > 0
ORDER BY stream, l.n
"""
# One statement sees one state of the database, so heads and rows belong together.


async def _sound_moves(conn: Connection) -> list[Covered]:
    """Return where the streams stand that moved, after checking every row of the way there."""
    moved: dict[str, Covered] = {}
    faults: list[Fault] = []
    check: ChainCheck | None = None
    stands = EMPTY
    async for row in conn.cursor(_MOVES, prefetch=500):
        stream = row["stream"]
        if stream not in moved:
            faults += check.faults(stands) if check else ()
            stands = Head(row["head_n"] or 0, row["head_hash"] or GENESIS)
            moved[stream] = Covered(stream, *stands, row["head_seal"])
            check = _check_from(row)
        assert check is not None
        _see(check, row, faults)
    faults += check.faults(stands) if check else ()
    if faults:
        raise LedgerUnsound(tuple(dict.fromkeys(faults)))
    return sorted(moved.values(), key=_place)


def _check_from(row: Row) -> ChainCheck:
    """Begin a check where the last checkpoint that covered the row's stream left it."""
    if row["from_n"] is None:
        return ChainCheck(row["stream"])
    return ChainCheck(row["stream"], Head(row["from_n"], row["from_hash"]), row["from_seal"])


def _see(check: ChainCheck, row: Row, faults: list[Fault]) -> None:
    """Check a row behind the last checkpoint; the row that it covered must still be that one."""
    if row["n"] is None:
        return
    if row["n"] != row["from_n"]:
        check.see(StoredEntry(**{name: row[name] for name in StoredEntry.model_fields}))
    elif link(row["previous_hash"], row["body"]) != row["from_hash"] or (
        row["from_seal"] not in (None, row["seal"])
    ):
        faults.append(
            Fault(stream=row["stream"], n=row["n"], problem=Problem.CHANGED, through=row["n"])
        )


def _signed(
    signer: Signer, now: datetime, last: Checkpoint | None, moved: Sequence[Covered]
) -> Checkpoint:
    n, previous_hash = (last.n + 1, last.hash) if last else (1, GENESIS)
    body = canonical(
        {
            "form": PURPOSE,
            "moved": len(moved),
            "n": n,
            "previous_hash": previous_hash,
            "root": root([each.leaf for each in moved]),
            "taken_at": now.isoformat(),
        }
    )
    return Checkpoint(
        n=n,
        taken_at=now,
        body=body,
        previous_hash=previous_hash,
        hash=link(previous_hash, body),
        public_key=signer.public_key,
        signature=signer.sign(PURPOSE, body),
    )


async def _insert(conn: Connection, checkpoint: Checkpoint, moved: Sequence[Covered]) -> None:
    await conn.execute(
        f"INSERT INTO privacy.checkpoint ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        *(getattr(checkpoint, name.strip()) for name in _COLUMNS.split(",")),
    )
    await conn.execute(
        "INSERT INTO privacy.checkpoint_head (stream, n, hash, seal, checkpoint)"
        " SELECT *, $5 FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[])",
        [each.stream for each in moved],
        [each.n for each in moved],
        [each.hash for each in moved],
        [each.seal for each in moved],
        checkpoint.n,
    )
