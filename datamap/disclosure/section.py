"""One collection while it is gathered: rows judged and put away, files each by itself."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Protocol

from datamap.connectors.readers import Readers
from datamap.disclosure.files import Spot, decoded, judge_file
from datamap.disclosure.reading import ROWS_AT_ONCE, TEXTS_AT_ONCE, Values, in_order
from datamap.disclosure.report import Tally
from datamap.disclosure.rows import RowJudge
from datamap.disclosure.said import Said
from datamap.disclosure.scope import Scope
from datamap.disclosure.scrubbing import Cleaner
from datamap.disclosure.treatments import Plan, Treatment
from datamap.keys import Keys
from domain.gathering import GatheredRow, pack_file, pack_rows
from domain.notice_words import WithheldReason
from domain.package import (
    MOST_ITEMS,
    ROWS_PER_CHUNK,
    FieldOutline,
    ReviewItem,
    SectionOutline,
)

PIECE_BYTES = 1024 * 1024
"""Bytes of a file that are put away at once."""


class Keep(Protocol):
    """Where pieces of a gathering go."""

    async def put(self, chunk: bytes) -> int:
        """Put the next piece away and return its number, from 0."""
        ...


@dataclass
class Hoard:
    """What all collections of a gathering add to."""

    keep: Keep
    tally: Tally
    files: list[int] = field(default_factory=list)
    doubts: list[ReviewItem] = field(default_factory=list)
    doubts_in_all: int = 0

    def doubt(self, item: str) -> None:
        """Remember a text that may speak of others."""
        self.doubts_in_all += 1
        if len(self.doubts) < MOST_ITEMS:
            self.doubts.append(ReviewItem(item=item, reason=WithheldReason.OTHER_PERSON))


async def put_file(hoard: Hoard, cleaner: Cleaner, spot: Spot, body: bytes) -> None:
    """Judge a file and put it away, its own bytes behind it unless they may never go out."""
    file = await judge_file(body, cleaner, spot)
    hoard.files.append(await hoard.keep.put(pack_file(file)))
    for start in range(0, file.original_size or 0, PIECE_BYTES):
        await hoard.keep.put(body[start : start + PIECE_BYTES])


@dataclass(frozen=True)
class Source:
    """The rows of one collection."""

    readers: Readers
    plan: Plan
    keys: Keys

    def rows(
        self, columns: tuple[str, ...], keys: Keys | None = None
    ) -> AsyncIterator[list[tuple[str, Values]]]:
        """Yield rows in the order of their keys; fewer at a time where they hold text."""
        plan = self.plan
        at_once = TEXTS_AT_ONCE if plan.holds_text else ROWS_AT_ONCE
        return in_order(
            self.readers, plan.node, plan.collection, keys or self.keys, columns, at_once
        )


class Section:
    """One collection and what was gathered of it so far."""

    def __init__(
        self, *, source: Source, judge: RowJudge, cleaner: Cleaner, scope: Scope, hoard: Hoard
    ) -> None:
        self._source = source
        self._plan = source.plan
        self._judge = judge
        self._cleaner = cleaner
        self._scope = scope
        self._hoard = hoard
        self._rows = 0
        self._chunks: list[int] = []
        self._waiting: list[GatheredRow] = []

    async def outline(self, said: Said) -> SectionOutline:
        """Gather the collection and say what it has. Raises ``SystemFailed``."""
        async for rows in self._source.rows(self._plan.read_in_rows):
            for key, values in rows:
                if self._scope.covers(self._dated(values)):
                    await self._take(key, values)
        await self._put_rows()
        node = self._plan.node
        return SectionOutline(
            place=str(node),
            label=self._plan.collection.privacy.label,
            fields=tuple(self._fields()),
            rows=self._rows,
            chunks=tuple(self._chunks),
            sources=said.sources(node),
            purposes=said.purposes(node),
            recipients=tuple(dict.fromkeys((*said.given_to(node), *said.sold_to(node)))),
        )

    def _dated(self, values: Values) -> str | None:
        column = self._plan.collection.privacy.collected_at
        return values.get(column) if column else None

    async def _take(self, key: str, values: Values) -> None:
        self._rows += 1
        files = await self._put_files(key, self._judge.held_row(values))
        row, doubts = self._judge.judge(self._rows, values, files)
        held = values | dict.fromkeys(files, "file")
        self._hoard.tally.see(self._plan.node, self._plan.collection, held)
        for column in doubts:
            self._hoard.doubt(f"{self._plan.node}/{self._rows}/{column}")
        self._waiting.append(row)
        if len(self._waiting) == ROWS_PER_CHUNK:
            await self._put_rows()

    async def _put_rows(self) -> None:
        if self._waiting:
            self._chunks.append(await self._hoard.keep.put(pack_rows(self._waiting)))
            self._waiting.clear()

    async def _put_files(self, key: str, held_row: WithheldReason | None) -> dict[str, int]:
        """Put the files of one row away and return their numbers."""
        files: dict[str, int] = {}
        for column in self._plan.of(Treatment.FILE):
            async for rows in self._source.rows((column,), Keys([key])):
                for _, values in rows:
                    if stored := values[column]:
                        files[column] = number = len(self._hoard.files) + 1
                        place = str(self._plan.node)
                        spot = Spot(number, place, self._rows, column, held_row)
                        await put_file(self._hoard, self._cleaner, spot, decoded(stored))
        return files

    def _fields(self) -> list[FieldOutline]:
        shown = [self._plan.field(name) for name in self._plan.shown]
        return [
            FieldOutline(name=one.name, label=one.privacy.label, category=one.privacy.category)
            for one in shown
        ]
