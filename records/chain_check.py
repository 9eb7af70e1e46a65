"""Finds what was done to a stored stream: rows changed, missing, moved, or never recorded."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple

from domain.chain import GENESIS, link
from domain.events import Recorded
from records.model import Record


class Head(NamedTuple):
    """The last number of a stream and the hash it ends in; ``(0, GENESIS)`` when it is empty."""

    n: int
    hash: str


EMPTY = Head(0, GENESIS)


class StoredEntry(Record):
    """One row of the ledger; ``seal`` chains what the database adds: its clock, ``recorded_at``."""

    stream: str
    n: int
    body: bytes
    previous_hash: str
    hash: str
    recorded_at: datetime
    seal: str

    @property
    def recorded(self) -> Recorded:
        """The event, read."""
        return Recorded.from_document(json.loads(self.body))


class Problem(StrEnum):
    """What is wrong with a row, or with the rows that should be there."""

    CHANGED = "changed"
    MISSING = "missing"
    REORDERED = "reordered"
    SURPLUS = "surplus"


class Fault(Record):
    """Rows ``n`` to ``through`` of ``stream`` and what is wrong with them."""

    stream: str
    n: int
    problem: Problem
    through: int


def seal(previous: str, hash_: str, recorded_at: datetime) -> str:
    """Return the seal of a row behind the seal ``previous``, as the database computes it."""
    text = f"{previous}\n{hash_}\n{recorded_at.isoformat(timespec='microseconds')}"
    return hashlib.sha256(text.encode()).hexdigest()


def verify(entries: Iterable[StoredEntry], head: Head | None = None) -> list[Fault]:
    """Name every changed, missing, reordered or surplus row of the streams in ``entries``.

    Give ``head`` with the rows of one stream: without it a chain that was cut off at its end, or
    rewritten to its end, looks whole.
    """
    rows = list(entries)
    moved = list(_out_of_place(rows))
    in_order = sorted(rows, key=lambda row: (row.stream, row.n))
    faults = list(moved)
    for stream, group in groupby(in_order, key=lambda row: row.stream):
        check = ChainCheck(stream)
        for row in group:
            check.see(row)
        faults += check.faults(head)
    return faults


def _out_of_place(rows: list[StoredEntry]) -> Iterator[Fault]:
    highest: dict[str, int] = {}
    for row in rows:
        if row.n < highest.get(row.stream, row.n):
            yield Fault(stream=row.stream, n=row.n, problem=Problem.REORDERED, through=row.n)
        highest[row.stream] = max(row.n, highest.get(row.stream, row.n))


class ChainCheck:
    """Checks one stream, row after row in the order of their numbers, in constant memory."""

    def __init__(self, stream: str, start: Head = EMPTY, seal_before: str | None = GENESIS) -> None:
        """Begin behind ``start``, up to which the stream is known to be whole.

        ``seal_before`` is the seal there; ``None`` where it is not known.
        """
        self._stream = stream
        self._start = start
        self._seals = {seal_before} if seal_before else set()
        self._last: StoredEntry | None = None
        self._faults: dict[tuple[int, Problem], Fault] = {}
        self._blamed: set[int] = set()

    def see(self, row: StoredEntry) -> None:
        """Check the next row against itself and against the row before."""
        expected = (self._last.n if self._last else self._start.n) + 1
        if row.n < expected:
            self.blame(row.n, Problem.SURPLUS)
            return
        if row.n > expected:
            self.blame(expected, Problem.MISSING, through=row.n - 1)
        self._check_itself(row)
        seals = {row.seal}
        if row.n == expected:
            self._check_link(row)
            seals |= self._sealed(row)
        self._last, self._seals = row, seals

    def faults(self, head: Head | None = None) -> list[Fault]:
        """Return what was found, after holding the end of the stream against ``head``."""
        if head is not None:
            self._check_end(head)
        return sorted(self._faults.values(), key=lambda fault: (fault.n, fault.problem))

    def _check_itself(self, row: StoredEntry) -> None:
        if link(row.previous_hash, row.body) != row.hash:
            self.blame(row.n, Problem.CHANGED)
        elif place_of(row.body) != (row.stream, row.n):
            self.blame(row.n, Problem.REORDERED)

    def _check_link(self, row: StoredEntry) -> None:
        if row.n in self._blamed:
            return
        if row.previous_hash not in self._hashes_before():
            # The row is whole in itself, so it is the one before that was replaced, hash and all.
            self.blame(self._last.n if self._last else row.n, Problem.CHANGED)
        elif self._seals and row.seal not in self._sealed(row):
            self.blame(row.n, Problem.CHANGED)

    def _sealed(self, row: StoredEntry) -> set[str]:
        """Return the seals that a row may have, whether or not the one before was changed."""
        return {seal(before, row.hash, row.recorded_at) for before in self._seals}

    def _check_end(self, head: Head) -> None:
        last = self._last.n if self._last else self._start.n
        if head.n < self._start.n:
            self.blame(head.n + 1, Problem.MISSING, through=self._start.n)
        elif last < head.n:
            self.blame(last + 1, Problem.MISSING, through=head.n)
        elif last > head.n:
            self.blame(head.n + 1, Problem.SURPLUS, through=last)
        elif head.hash not in self._hashes_before():
            self.blame(last, Problem.CHANGED)

    def _hashes_before(self) -> set[str]:
        """Return what the next row may be chained to, whether or not a stored hash was changed."""
        if self._last is None:
            return {self._start.hash}
        return {self._last.hash, link(self._last.previous_hash, self._last.body)}

    def blame(self, n: int, problem: Problem, through: int | None = None) -> None:
        """Note what is wrong with a row; a changed one is named once."""
        if problem is Problem.CHANGED and n in self._blamed:
            return
        fault = Fault(stream=self._stream, n=n, problem=problem, through=through or n)
        self._faults.setdefault((n, problem), fault)
        self._blamed.add(n)


def place_of(body: bytes) -> tuple[object, object] | None:
    """Read which stream and number a body says it has; ``None`` when it cannot be read."""
    try:
        document = json.loads(body)
    except ValueError:
        return None
    if not isinstance(document, dict):
        return None
    return document.get("stream"), document.get("n")
