"""The ledger: streams of events, append-only, hash-chained, one writer per stream."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

from domain.chain import GENESIS, link
from domain.ids import request_of
from records.chain_check import (
    EMPTY,
    ChainCheck,
    Fault,
    Head,
    Problem,
    StoredEntry,
    place_of,
    verify,
)
from records.connection import Connection, Row, rows_changed

__all__ = [
    "Entry",
    "Fault",
    "Head",
    "LedgerBehind",
    "LedgerConflict",
    "Problem",
    "StoredEntry",
    "append",
    "append_next",
    "head",
    "read",
    "streams",
    "verify",
    "verify_all",
    "verify_stream",
]


class Entry(NamedTuple):
    """An event to append: its number in the stream and its canonical bytes."""

    n: int
    body: bytes


class LedgerConflict(Exception):
    """A writer's stream is not the ledger's: another writer, or other events. Never retry it."""

    def __init__(self, stream: str, n: int, differs: str) -> None:
        super().__init__(
            f"ledger stream {stream} at event {n}: {differs}; "
            "find the second writer before anything more is appended"
        )
        self.stream = stream
        self.n = n
        self.differs = differs


class LedgerBehind(LedgerConflict):
    """The events before these are not there yet. Whoever writes them may still be about to."""


async def append(
    conn: Connection, stream: str, expected_head: str, entries: Sequence[Entry]
) -> str:
    """Append ``entries`` in the caller's transaction and return the hash after the last of them.

    ``expected_head`` is the hash before the first entry. An entry that is recorded already, byte
    for byte, is skipped, so a retry is harmless. A second writer waits until this transaction ends.

    Raises:
        LedgerBehind: the entries leave a gap.
        LedgerConflict: the stream does not stand at ``expected_head``, an entry's number is taken
            by other bytes, or a body names another stream or number.
    """
    _check_places(stream, entries)
    if not entries:
        return await _unmoved(conn, stream, expected_head)
    behind = Head(entries[0].n - 1, expected_head)
    if behind.n < 1 or not await _insert(conn, stream, behind, entries):
        await _append_missing(conn, stream, expected_head, entries)
    return _hash_after(expected_head, entries)


async def append_next(conn: Connection, stream: str, write: Callable[[int], bytes]) -> Head:
    """Append one event to a stream that several processes write, such as an outside stream.

    ``write`` gives the event's canonical bytes for the number that the stream has next. Raises
    ``LedgerConflict`` when they name another stream or number.
    """
    async with conn.transaction():
        stands = await _lock(conn, stream)
        entry = Entry(stands.n + 1, write(stands.n + 1))
        _check_places(stream, [entry])
        await _insert(conn, stream, stands, [entry])
    return Head(entry.n, link(stands.hash, entry.body))


async def read(conn: Connection, stream: str) -> list[StoredEntry]:
    """Return a stream's rows in the order of their numbers."""
    rows = await conn.fetch(
        "SELECT stream, n, body, previous_hash, hash, recorded_at, seal"
        " FROM privacy.ledger WHERE stream = $1 ORDER BY n",
        stream,
    )
    return [_stored(row) for row in rows]


async def head(conn: Connection, stream: str) -> Head:
    """Return where a stream stands."""
    row = await conn.fetchrow("SELECT n, hash FROM privacy.stream_head WHERE stream = $1", stream)
    return Head(row["n"], row["hash"]) if row else EMPTY


async def streams(conn: Connection, request_id: str | None = None) -> list[str]:
    """Name the streams of a request, its own first, or all streams."""
    rows = await conn.fetch(
        "SELECT stream FROM privacy.stream_head"
        " WHERE $1::text IS NULL OR request_id = $1 ORDER BY stream",
        request_id,
    )
    return [row["stream"] for row in rows]


async def verify_stream(conn: Connection, stream: str) -> list[Fault]:
    """Check one stream's rows against each other and against its head."""
    return [fault async for fault in _verify_where(conn, "stream = $1", stream)]


async def verify_all(conn: Connection) -> AsyncIterator[Fault]:
    """Check every stream, row by row from a cursor, and yield the faults as they are found."""
    async for fault in _verify_where(conn, "true"):
        yield fault


async def _verify_where(conn: Connection, condition: str, *args: str) -> AsyncIterator[Fault]:
    check: ChainCheck | None = None
    stands = EMPTY
    stream = None
    async with conn.transaction():
        async for row in conn.cursor(_ROWS_AND_HEADS.format(condition), *args, prefetch=500):
            if row["stream"] != stream:
                for fault in check.faults(stands) if check else ():
                    yield fault
                stream = row["stream"]
                check = ChainCheck(row["stream"])
                stands = Head(row["head_n"] or 0, row["head_hash"] or GENESIS)
            if check and row["n"] is not None:
                check.see(_stored(row))
                _see_projections(check, row)
        for fault in check.faults(stands) if check else ():
            yield fault


_ROWS_AND_HEADS = """
SELECT stream, l.n, l.body, l.previous_hash, l.hash, l.recorded_at, l.seal,
       l.document::text AS document,
       h.n AS head_n, h.hash AS head_hash, h.request_id AS head_of
FROM privacy.ledger l FULL JOIN privacy.stream_head h USING (stream)
WHERE {} ORDER BY stream, l.n
"""


def _see_projections(check: ChainCheck, row: Row) -> None:
    """Hold what the database derives from a row, for looking things up, against the row."""
    try:
        derived = json.loads(row["document"]) == json.loads(row["body"])
    except ValueError:
        derived = False
    if not derived or row["head_of"] not in (None, request_of(row["stream"])):
        check.blame(row["n"], Problem.CHANGED)


def _stored(row: Row) -> StoredEntry:
    return StoredEntry(
        stream=row["stream"],
        n=row["n"],
        body=row["body"],
        previous_hash=row["previous_hash"],
        hash=row["hash"],
        recorded_at=row["recorded_at"],
        seal=row["seal"],
    )


def _check_places(stream: str, entries: Sequence[Entry]) -> None:
    for entry in entries:
        if place_of(entry.body) != (stream, entry.n):
            raise LedgerConflict(stream, entry.n, "its body names another stream or number")
    for before, after in pairwise(entries):
        if after.n != before.n + 1:
            raise LedgerConflict(stream, after.n, f"it does not follow event {before.n}")


async def _unmoved(conn: Connection, stream: str, expected_head: str) -> str:
    stands = await head(conn, stream)
    if stands.hash != expected_head:
        raise LedgerConflict(stream, stands.n, "the stream ends in another hash than expected")
    return expected_head


async def _append_missing(
    conn: Connection, stream: str, expected_head: str, entries: Sequence[Entry]
) -> None:
    """Append what is not recorded yet to a stream that is new, or stands elsewhere."""
    async with conn.transaction():
        stands = await _lock(conn, stream)
        recorded = await _recorded(conn, stream, entries, stands)
        _check_start(stream, expected_head, entries[0].n, recorded.get(entries[0].n - 1))
        _check_same(stream, entries, recorded)
        fresh = [entry for entry in entries if entry.n > stands.n]
        if fresh:
            await _insert(conn, stream, stands, fresh)


async def _lock(conn: Connection, stream: str) -> Head:
    """Take the stream for this transaction; a new stream starts empty."""
    row = await conn.fetchrow(
        "INSERT INTO privacy.stream_head AS h (stream, n, hash) VALUES ($1, 0, $2)"
        " ON CONFLICT (stream) DO UPDATE SET n = h.n RETURNING n, hash",
        stream,
        GENESIS,
    )
    assert row is not None
    return Head(row["n"], row["hash"])


async def _recorded(
    conn: Connection, stream: str, entries: Sequence[Entry], stands: Head
) -> dict[int, tuple[bytes, str]]:
    """Return body and hash of the rows from the one before ``entries`` to their last."""
    before = entries[0].n - 1
    known = {0: (b"", GENESIS), stands.n: (b"", stands.hash)}
    if before == stands.n:
        return known
    rows = await conn.fetch(
        "SELECT n, body, hash FROM privacy.ledger WHERE stream = $1 AND n BETWEEN $2 AND $3",
        stream,
        before,
        entries[-1].n,
    )
    return known | {row["n"]: (row["body"], row["hash"]) for row in rows}


def _check_start(
    stream: str, expected_head: str, first: int, before: tuple[bytes, str] | None
) -> None:
    if before is None:
        raise LedgerBehind(stream, first, "the events before it are not recorded")
    if before[1] != expected_head:
        raise LedgerConflict(stream, first, "the stream has another hash before it than expected")


def _check_same(
    stream: str, entries: Sequence[Entry], recorded: dict[int, tuple[bytes, str]]
) -> None:
    for entry in entries:
        if entry.n in recorded and recorded[entry.n][0] != entry.body:
            raise LedgerConflict(stream, entry.n, "its number is taken by other bytes")


async def _insert(conn: Connection, stream: str, behind: Head, fresh: Sequence[Entry]) -> bool:
    """Append to a stream that stands ``behind`` the entries, or nothing; tell which.

    One statement checks the head, moves it and writes, so that it needs no transaction of its own.
    """
    hashes = [behind.hash]
    for entry in fresh:
        hashes.append(link(hashes[-1], entry.body))
    written = await conn.execute(
        "WITH moved AS (UPDATE privacy.stream_head SET n = $6, hash = $7"
        " WHERE stream = $1 AND n = $8 AND hash = $9 RETURNING n)"
        " INSERT INTO privacy.ledger (stream, n, body, previous_hash, hash)"
        " SELECT $1, * FROM unnest($2::integer[], $3::bytea[], $4::text[], $5::text[])"
        " WHERE EXISTS (SELECT FROM moved)",
        stream,
        [entry.n for entry in fresh],
        [entry.body for entry in fresh],
        hashes[:-1],
        hashes[1:],
        fresh[-1].n,
        hashes[-1],
        behind.n,
        behind.hash,
    )
    return rows_changed(written) > 0


def _hash_after(expected_head: str, entries: Sequence[Entry]) -> str:
    current = expected_head
    for entry in entries:
        current = link(current, entry.body)
    return current
