"""A folder of CSV files as a system of the business: one file for each collection."""

import asyncio
import csv
import fcntl
import itertools
import os
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from datamap.connectors.base import (
    BATCH,
    Catalogue,
    Change,
    Column,
    Equal,
    LiveTable,
    Row,
    Stood,
    Table,
    Where,
    decode_key,
    fingerprint_of,
)
from datamap.connectors.selecting import key_of, row_of, selects, written
from datamap.errors import SystemFailed

Values = dict[str, str | None]


class CsvFolderConnector:
    """Files ``<collection>.csv`` with a header line, in UTF-8; an empty cell is no value.

    Changes are collected and take effect file by file when the context ends, each by an atomic
    replacement, so a crash leaves whole files and a repetition finishes the rest.
    """

    def __init__(self, system: str, folder: Path) -> None:
        self._system = system
        self._folder = folder

    @property
    def system(self) -> str:
        """The name that the data map gives the folder."""
        return self._system

    @asynccontextmanager
    async def reading(self) -> AsyncIterator["CsvReader"]:
        """Read the files as they stand."""
        with self._told():
            yield CsvReader(self._system, self._folder)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator["CsvWriter"]:
        """Collect changes under a lock on the folder, and apply them at the end."""
        with self._told(), self._locked():
            writer = CsvWriter(self._system, self._folder)
            yield writer
            await asyncio.to_thread(writer.apply)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise SystemFailed(self._system, _problem(error)) from None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self._folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield


@dataclass
class _Changes:
    """What is to happen to one file."""

    table: Table
    deleted: set[str] = field(default_factory=set)
    written: dict[str, Mapping[str, str | None]] = field(default_factory=dict)
    inserted: dict[str, Values] = field(default_factory=dict)
    rewritten: dict[str, Values] = field(default_factory=dict)

    def to(self, rows: Iterable[Values]) -> Iterator[Values]:
        """Return the rows as they will be."""
        begun = dict(self.inserted)
        for row in rows:
            key = key_of(self.table.key, row) or ""
            begun.pop(key, None)
            if key not in self.deleted:
                changed = self.written.get(key, {})
                fresh = written(changed, decode_key(key, len(self.table.key)))
                yield row | fresh | self.rewritten.get(key, {})
        yield from begun.values()


class CsvReader:
    """Reads files in batches, in a thread."""

    def __init__(self, system: str, folder: Path) -> None:
        self._system = system
        self._folder = folder

    async def rows(
        self, table: Table, where: Where, columns: Sequence[str] = ()
    ) -> AsyncIterator[Sequence[Row]]:
        """Stream the rows selected, in batches."""
        self._expect(table, (*table.key, *where.columns, *columns))
        fits = selects(where)
        found = (
            row_of(table, values, tuple(columns)) for values in self._values(table) if fits(values)
        )
        while batch := await asyncio.to_thread(lambda: list(itertools.islice(found, BATCH))):
            yield batch

    async def catalogue(self) -> Catalogue:
        """Describe the files by their header lines."""
        headers = {path.stem: _header(path) for path in sorted(self._folder.glob("*.csv"))}
        return Catalogue(
            {
                name: LiveTable({column: Column("text", True) for column in header}, ())
                for name, header in headers.items()
            }
        )

    async def fingerprint(self) -> str:
        """Return a hash over the names of files and columns."""
        return fingerprint_of(await self.catalogue())

    def _expect(self, table: Table, columns: Sequence[str]) -> None:
        if missing := set(columns) - set(_header(self._path(table))):
            problem = f"{table.name}.csv has no column {', '.join(sorted(missing))}"
            raise SystemFailed(self._system, problem)

    def _values(self, table: Table) -> Iterator[Values]:
        return _read(self._path(table))

    def _path(self, table: Table) -> Path:
        return self._folder / f"{table.name}.csv"


class CsvWriter(CsvReader):
    """Collects changes; what it reads has them applied."""

    def __init__(self, system: str, folder: Path) -> None:
        super().__init__(system, folder)
        self._changes: dict[str, _Changes] = {}

    async def delete(self, doomed: Sequence[tuple[Table, Sequence[str]]]) -> None:
        """Leave the rows out."""
        for table, keys in doomed:
            self._of(table).deleted |= set(keys)

    async def write(
        self, table: Table, keys: Sequence[str], values: Mapping[str, str | None]
    ) -> None:
        """Write columns of the rows."""
        changes = self._of(table).written
        for key in keys:
            changes[key] = {**changes.get(key, {}), **values}

    async def insert(self, table: Table, values: Mapping[str, str | None]) -> None:
        """Add a row unless one of its key stands there."""
        row: Values = {**dict.fromkeys(_header(self._path(table))), **values}
        if (key := key_of(table.key, row)) is not None:
            self._of(table).inserted.setdefault(key, row)

    async def reinsert(self, gone: Sequence[Stood]) -> None:
        """Add the rows that are gone."""
        for table, columns, rows in gone:
            for row in rows:
                await self.insert(table, dict(zip(columns, row, strict=True)))

    async def rewrite(
        self, table: Table, columns: Sequence[str], rows: Sequence[Sequence[str | None]]
    ) -> None:
        """Write columns of rows as they stood."""
        changes = self._of(table).rewritten
        for row in rows:
            values = dict(zip(columns, row, strict=True))
            changes[key_of(table.key, values) or ""] = values

    async def compare_and_set(self, table: Table, key: str, change: Change) -> bool:
        """Write one column of one row if it holds what is expected."""
        async for batch in self.rows(table, Equal(table.key, (key,)), (change.column,)):
            if batch[0].values == (change.expected,):
                await self.write(table, [key], {change.column: change.value})
                return True
        return False

    def apply(self) -> None:
        """Replace every changed file."""
        for changes in self._changes.values():
            path = self._path(changes.table)
            _replace(path, _header(path), changes.to(_read(path)))

    def _values(self, table: Table) -> Iterator[Values]:
        changes = self._changes.get(table.name)
        return changes.to(_read(self._path(table))) if changes else super()._values(table)

    def _of(self, table: Table) -> _Changes:
        return self._changes.setdefault(table.name, _Changes(table))


def _header(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return next(csv.reader(file), [])


def _read(path: Path) -> Iterator[Values]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            yield {name: value or None for name, value in row.items() if name is not None}


def _replace(path: Path, header: Sequence[str], rows: Iterable[Values]) -> None:
    """Write a new file beside the old one and put it in its place, with the same rights."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", newline="", dir=path.parent, prefix=".", delete=False
    ) as file:
        try:
            table = csv.DictWriter(file, header, lineterminator="\n")
            table.writeheader()
            table.writerows(rows)
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            Path(file.name).unlink()
            raise
    new = Path(file.name)
    new.chmod(path.stat().st_mode & 0o777)
    new.replace(path)


def _problem(error: Exception) -> str:
    name = Path(error.filename).name if isinstance(error, OSError) and error.filename else ""
    if isinstance(error, BlockingIOError):
        return "another process is changing the folder"
    return f"{type(error).__name__} {name}".strip()
