"""A deletion undone: rows as they stood before, and the way to put them back (DEL-17).

Images are taken inside the transaction that erases, and kept before it ends. An erasure that is
tried again takes images again: of a deleted row the newest is put back, of a row written over the
oldest, which was taken before anything was written.
"""

from collections import Counter, defaultdict
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from datamap.connectors.base import (
    Catalogue,
    Connector,
    Equal,
    Reader,
    Table,
    Writer,
    encode_key,
)
from datamap.errors import PlaceTaken, PlanOutdated
from datamap.keys import Seen
from datamap.schema import DataMap

Values = tuple[str | None, ...]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Stood(_Part):
    """Rows of one collection as they stood: the texts of ``columns``, the key's among them."""

    collection: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[Values, ...] = Field(repr=False)

    @property
    def table(self) -> Table:
        """The collection as a connector sees it."""
        return Table(self.collection, self.key)

    @property
    def keys(self) -> list[str]:
        """The keys of the rows."""
        places = [self.columns.index(column) for column in self.key]
        return [encode_key([row[place] or "" for place in places]) for row in self.rows]

    def without(self, seen: Seen) -> "Stood":
        """Leave out rows of which a newer image was met; rows that share a key stay together."""
        fresh = set(seen.fresh(sorted(set(self.keys))))
        pairs = zip(self.keys, self.rows, strict=True)
        return self.model_copy(update={"rows": tuple(row for key, row in pairs if key in fresh)})


class Image(_Part):
    """What one statement of an erasure took away: whole rows, or the columns written over."""

    system: str
    did: Literal["delete", "write"]
    stood: tuple[Stood, ...]

    @property
    def rows(self) -> dict[str, int]:
        """How many rows, by ``system.collection``."""
        return {f"{self.system}.{one.collection}": len(one.rows) for one in self.stood}


Keep = Callable[[Image], Awaitable[None]]
"""Stores an image durably before the rows go."""


@dataclass(frozen=True)
class Photographer:
    """Takes images of rows that are about to go, in the transaction that takes them."""

    system: str
    reader: Reader
    live: Catalogue
    datamap: DataMap
    keep: Keep

    @classmethod
    async def of(cls, system: str, reader: Reader, datamap: DataMap, keep: Keep) -> "Photographer":
        """Learn which columns the system's rows have."""
        return cls(system, reader, await reader.catalogue(), datamap, keep)

    async def rows(self, doomed: Sequence[tuple[Table, Sequence[str]]]) -> None:
        """Keep whole rows, those of several tables together as they refer to each other."""
        stood = [
            await self._stood(table, keys, self._columns(table.name)) for table, keys in doomed
        ]
        await self._keep("delete", stood)

    async def columns(self, table: Table, keys: Sequence[str], columns: Sequence[str]) -> None:
        """Keep the columns of rows that are about to be written over."""
        wanted = tuple(dict.fromkeys((*table.key, *columns)))
        await self._keep("write", [await self._stood(table, keys, wanted)])

    async def _keep(self, did: Literal["delete", "write"], stood: Sequence[Stood]) -> None:
        if found := tuple(one for one in stood if one.rows):
            await self.keep(Image(system=self.system, did=did, stood=found))

    async def _stood(self, table: Table, keys: Sequence[str], columns: tuple[str, ...]) -> Stood:
        rows: list[Values] = []
        async for batch in self.reader.rows(table, Equal(table.key, keys), columns):
            rows += [row.values for row in batch]
        return Stood(collection=table.name, key=table.key, columns=columns, rows=tuple(rows))

    def _columns(self, collection: str) -> tuple[str, ...]:
        """Name what a row is made of: by the system, or by the map where the system tells none."""
        if (live := self.live.tables.get(collection)) is not None:
            return tuple(name for name, column in live.columns.items() if not column.generated)
        mapped = self.datamap.system(self.system).collection(collection)
        return tuple(field.name for field in mapped.fields) if mapped is not None else ()


async def put_back(connector: Connector, newest_first: AsyncIterable[Image]) -> None:
    """Put back what the images show, in one transaction where the system has them.

    What stands in a row's place meanwhile stays. Raises ``SystemFailed`` and ``PlaceTaken``.
    """
    seen: dict[str, Seen] = defaultdict(Seen)
    try:
        async with connector.writing() as writer:
            async for image in newest_first:
                await _put_back(writer, image, seen)
    except PlanOutdated:
        raise PlaceTaken(connector.system) from None


async def _put_back(writer: Writer, image: Image, seen: Mapping[str, Seen]) -> None:
    if image.did == "delete":
        gone = [one.without(seen[one.collection]) for one in image.stood]
        await writer.reinsert([(one.table, one.columns, one.rows) for one in gone if one.rows])
        return
    for one in image.stood:
        # A row whose very key was written over cannot be known again; ``standing`` counts it.
        if set(one.columns) > set(one.key):
            await writer.rewrite(one.table, one.columns, one.rows)


async def standing(
    connector: Connector, images: AsyncIterator[Image]
) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Count by a fresh look which rows stand again, and which do not, by collection."""
    again, missing = Counter[str](), Counter[str]()
    seen: dict[str, Seen] = defaultdict(Seen)
    async with connector.reading() as reader:
        async for image in images:
            for one in image.stood:
                place = f"{image.system}.{one.collection}"
                fresh = seen[place].fresh(sorted(set(one.keys)))
                found = await _count(reader, one.table, fresh)
                again[place] += found
                missing[place] += len(fresh) - found
    return dict(again), {place: n for place, n in missing.items() if n}


async def _count(reader: Reader, table: Table, keys: Sequence[str]) -> int:
    found: set[str] = set()
    async for batch in reader.rows(table, Equal(table.key, keys)):
        found.update(row.key for row in batch)
    return len(found)
