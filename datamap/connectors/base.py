"""What a system must be able to do so that the engine can find, erase and prove in it.

Rows are named by a key: the text of the primary key, or a JSON list of texts where the key has
several columns. All values travel as text, in the form in which the system writes them.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from domain.vocabulary import PointOfIdentity

BATCH = 1000
"""Rows or values that travel at once: the bound on memory, whatever the size of a person's data."""


@dataclass(frozen=True)
class Table:
    """A collection as a connector sees it: its name and the columns of its key."""

    name: str
    key: tuple[str, ...]


@dataclass(frozen=True)
class Equal:
    """Selects rows whose ``columns`` equal one of ``values`` (encoded like keys)."""

    columns: tuple[str, ...]
    values: Sequence[str] = field(repr=False)


@dataclass(frozen=True)
class Alike:
    """Selects rows whose point of identity, folded, is one of ``variants`` (see ``normalise``)."""

    kind: PointOfIdentity
    columns: tuple[str, ...]
    variants: Sequence[str] = field(repr=False)


Where = Equal | Alike


@dataclass(frozen=True)
class Row:
    """A row found: its key, and the texts of the columns that were asked for."""

    key: str
    values: tuple[str | None, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Column:
    """A live column."""

    type: str
    nullable: bool
    generated: bool = False


@dataclass(frozen=True)
class ForeignKey:
    """A live foreign key of a table, by the name of its constraint."""

    name: str
    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]
    on_delete: str = "no action"
    deferrable: bool = False


@dataclass(frozen=True)
class LiveTable:
    """A table as the system describes it; ``indexed`` holds indexes' leading expressions."""

    columns: Mapping[str, Column]
    key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...] = ()
    indexed: frozenset[str] = frozenset()
    unique: frozenset[frozenset[str]] = frozenset()
    """Sets of columns that a constraint lets no two rows share, the key's aside."""


@dataclass(frozen=True)
class Catalogue:
    """What a system says about itself; ``told`` is false where it cannot say anything."""

    tables: Mapping[str, LiveTable] = field(default_factory=dict)
    told: bool = True
    copies: tuple[str, ...] = ()
    """Relations that hold copies of rows or lead elsewhere: materialised views, foreign tables."""


@dataclass(frozen=True)
class Change:
    """A new text for a column that is expected to hold another."""

    column: str
    expected: str | None = field(repr=False)
    value: str | None = field(repr=False)


Stood = tuple[Table, Sequence[str], Sequence[Sequence[str | None]]]
"""Rows of a table as they stood: the names of columns, and the texts of each row in their order."""


class Reader(Protocol):
    """A connection that reads. Use it for one thing at a time."""

    def rows(
        self, table: Table, where: Where, columns: Sequence[str] = ()
    ) -> AsyncIterator[Sequence[Row]]:
        """Stream the rows selected, in batches. Raises ``SystemFailed``."""
        ...

    async def catalogue(self) -> Catalogue:
        """Describe the live system. Raises ``SystemFailed``."""
        ...

    async def fingerprint(self) -> str:
        """Return a hash that changes when the catalogue does; cheap. Raises ``SystemFailed``."""
        ...


class Writer(Reader, Protocol):
    """A reader that also changes rows; all of it takes effect when its context ends, or nothing."""

    async def delete(self, doomed: Sequence[tuple[Table, Sequence[str]]]) -> None:
        """Delete rows by key, those of several tables together (they may refer to each other)."""
        ...

    async def write(
        self, table: Table, keys: Sequence[str], values: Mapping[str, str | None]
    ) -> None:
        """Set columns of rows by key; ``{key}`` in a value stands for the row's key."""
        ...

    async def insert(self, table: Table, values: Mapping[str, str | None]) -> None:
        """Insert a row unless one of that key stands there."""
        ...

    async def reinsert(self, gone: Sequence[Stood]) -> None:
        """Insert rows as they stood, those of several tables together; what stands there stays."""
        ...

    async def rewrite(
        self, table: Table, columns: Sequence[str], rows: Sequence[Sequence[str | None]]
    ) -> None:
        """Write columns of rows as they stood; ``columns`` hold those of the key as well."""
        ...

    async def compare_and_set(self, table: Table, key: str, change: "Change") -> bool:
        """Write one column of one row if it holds what is expected; tell whether it did."""
        ...


class Connector(Protocol):
    """The way into one system of the business."""

    @property
    def system(self) -> str:
        """The name that the data map gives the system."""
        ...

    def reading(self) -> AbstractAsyncContextManager[Reader]:
        """Open a connection that cannot write."""
        ...

    def writing(self) -> AbstractAsyncContextManager[Writer]:
        """Open a connection whose changes take effect together when the context ends."""
        ...


def fingerprint_of(catalogue: Catalogue) -> str:
    """Return a hash over tables, columns and keys, for systems that compute none."""
    told = {
        name: [
            sorted((column, one.type, one.nullable) for column, one in table.columns.items()),
            list(table.key),
            sorted((key.name, key.columns, key.parent) for key in table.foreign_keys),
        ]
        for name, table in catalogue.tables.items()
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def encode_key(parts: Sequence[str]) -> str:
    """Return the key that a row's key columns make."""
    return parts[0] if len(parts) == 1 else json.dumps(list(parts), ensure_ascii=False)


def decode_key(key: str, columns: int) -> tuple[str, ...]:
    """Return the texts of a key's columns."""
    return (key,) if columns == 1 else tuple(json.loads(key))


def batched(values: Sequence[str], size: int = BATCH) -> list[Sequence[str]]:
    """Cut ``values`` into pieces of at most ``size``."""
    return [values[start : start + size] for start in range(0, len(values), size)]
