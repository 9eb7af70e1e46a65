"""PostgreSQL as a system of the business, through asyncpg."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import asyncpg

from datamap.connectors import postgres_catalogue, postgres_sql
from datamap.connectors.base import (
    BATCH,
    Catalogue,
    Change,
    Equal,
    Row,
    Stood,
    Table,
    Where,
    encode_key,
)
from datamap.errors import PlanOutdated, SystemFailed

CONNECT_SECONDS = 10.0
STATEMENT_SECONDS = 300.0
_SESSION = {
    "timezone": "UTC",
    "datestyle": "ISO",
    "intervalstyle": "iso_8601",
    # Rows that a policy would hide must be an error, not rows that are not there.
    "row_security": "off",
}
_EACH = {"command_timeout": STATEMENT_SECONDS, "server_settings": _SESSION}


class PostgresConnector:
    """One PostgreSQL database, one schema of it by default; a fresh connection for every use.

    Opening one costs the database more than most of what it is asked: a process that asks often
    has ``kept_open``.
    """

    def __init__(self, system: str, dsn: str, schema: str = "public") -> None:
        self._system = system
        self._dsn = dsn
        self._schema = schema
        self._asked = set[str]()

    @property
    def system(self) -> str:
        """The name that the data map gives the database."""
        return self._system

    @asynccontextmanager
    async def reading(self) -> AsyncIterator["PostgresReader"]:
        """Take a connection in one read-only snapshot."""
        async with self._transaction(readonly=True, isolation="repeatable_read") as connection:
            yield PostgresReader(self._system, connection, self._schema, self._asked)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator["PostgresWriter"]:
        """Take a connection in one transaction."""
        async with self._transaction(readonly=False, isolation="read_committed") as connection:
            yield PostgresWriter(self._system, connection, self._schema, self._asked)

    @asynccontextmanager
    async def _transaction(
        self, *, readonly: bool, isolation: Any
    ) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        with _told(self._system):
            async with (
                self._connected() as connection,
                connection.transaction(readonly=readonly, isolation=isolation),
            ):
                yield connection

    @asynccontextmanager
    async def kept_open(self, at_once: int) -> AsyncIterator["PostgresConnector"]:
        """Give the same database through up to ``at_once`` connections that outlast their use.

        None is opened before it is needed; one that is idle for five minutes is closed.
        """
        async with asyncpg.create_pool(
            self._dsn, min_size=0, max_size=at_once, timeout=CONNECT_SECONDS, **_EACH
        ) as pool:
            yield _KeptOpen(self, pool)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        connection = await asyncpg.connect(self._dsn, timeout=CONNECT_SECONDS, **_EACH)
        try:
            yield connection
        finally:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.close(timeout=CONNECT_SECONDS)


class _KeptOpen(PostgresConnector):
    def __init__(self, like: PostgresConnector, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        super().__init__(like._system, like._dsn, like._schema)
        self._pool = pool

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        async with self._pool.acquire(timeout=CONNECT_SECONDS) as connection:
            yield connection


class PostgresReader:
    """Reads rows inside the snapshot that its context opened."""

    def __init__(
        self,
        system: str,
        connection: "asyncpg.Connection[asyncpg.Record]",
        schema: str,
        asked: set[str],
    ) -> None:
        """``asked`` names the tables that others were asked for; it grows with each."""
        self._system = system
        self._connection = connection
        self._schema = schema
        self._asked = asked
        self._types: dict[str, Mapping[str, str]] = {}

    async def rows(
        self, table: Table, where: Where, columns: Sequence[str] = ()
    ) -> AsyncIterator[Sequence[Row]]:
        """Stream the rows selected, in batches.

        What fits into one batch takes one round trip, more is read anew through a cursor.
        """
        types = await self._types_of(table)
        self._expect(table, types, (*table.key, *where.columns, *columns))
        query, arguments = postgres_sql.select(self._name(table), table, where, columns, types)
        if arguments is None:
            return
        few = await self._if_few(query, arguments)
        if few:
            yield [_row(record, len(table.key)) for record in few]
        if few is not None:
            return
        async for batch in self._streamed(query, arguments):
            yield [_row(record, len(table.key)) for record in batch]

    async def catalogue(self) -> Catalogue:
        """Describe the schema's tables from the system catalogue."""
        with _told(self._system):
            return await postgres_catalogue.read(self._connection, self._schema)

    async def sample(self, table: str, limit: int) -> list[dict[str, str]]:
        """Return some rows of a table, for a person who drafts a map; empty columns left out."""
        name = postgres_sql.qualified(table, self._schema)
        with _told(self._system):
            records = await self._connection.fetch(f"SELECT * FROM {name} LIMIT $1", limit)
        return [
            {
                column: json.dumps(value, default=str) if isinstance(value, list) else str(value)
                for column, value in record.items()
                if value is not None
            }
            for record in records
        ]

    async def fingerprint(self) -> str:
        """Return a hash over columns, types and foreign keys, computed by the server."""
        with _told(self._system):
            return await postgres_catalogue.fingerprint(self._connection, self._schema)

    async def _if_few(self, query: str, arguments: Sequence[Any]) -> "list[asyncpg.Record] | None":
        with _told(self._system):
            records = await self._connection.fetch(f"{query} LIMIT {BATCH}", *arguments)
        return records if len(records) < BATCH else None

    async def _streamed(
        self, query: str, arguments: Sequence[Any]
    ) -> AsyncIterator[list["asyncpg.Record"]]:
        with _told(self._system):
            cursor = await self._connection.cursor(query, *arguments)
        while True:
            with _told(self._system):
                records = await cursor.fetch(BATCH)
            if records:
                yield records
            if len(records) < BATCH:
                return

    def _expect(self, table: Table, types: Mapping[str, str], columns: Sequence[str]) -> None:
        if missing := {one for one in columns if not postgres_sql.is_known(one, types)}:
            problem = f"{table.name} has no column {', '.join(sorted(missing))}"
            raise SystemFailed(self._system, problem)

    def _name(self, table: Table) -> str:
        return postgres_sql.qualified(table.name, self._schema)

    async def _types_of(self, table: Table) -> Mapping[str, str]:
        """Return the types of a table's columns as they are now.

        Those of all tables that were ever asked for come with the first, in one round trip.
        """
        name = self._name(table)
        if name not in self._types:
            others = self._asked - {name}
            with _told(self._system):
                self._types |= await postgres_catalogue.types(self._connection, name, others)
            self._asked.add(name)
        return self._types[name]


class PostgresWriter(PostgresReader):
    """Changes rows inside the transaction that its context opened."""

    async def delete(self, doomed: Sequence[tuple[Table, Sequence[str]]]) -> None:
        """Delete the rows in one statement, so that foreign keys among them are checked after."""
        parts, arguments = [], list[Any]()
        for table, keys in doomed:
            types = await self._types_of(table)
            condition, values = postgres_sql.condition(
                Equal(table.key, keys), types, first=len(arguments) + 1
            )
            if values is not None:
                parts.append(f"DELETE FROM {self._name(table)} WHERE {condition}")
                arguments += values
        if parts:
            await self._connection.execute(postgres_sql.together(parts), *arguments)

    async def write(
        self, table: Table, keys: Sequence[str], values: Mapping[str, str | None]
    ) -> None:
        """Set columns of rows by key."""
        types = await self._types_of(table)
        assignments = postgres_sql.assignments(table, values, types)
        condition, selected = postgres_sql.condition(
            Equal(table.key, keys), types, first=len(values) + 1
        )
        if values and selected is not None:
            statement = f"UPDATE {self._name(table)} SET {assignments} WHERE {condition}"
            await self._connection.execute(statement, *values.values(), *selected)

    async def compare_and_set(self, table: Table, key: str, change: Change) -> bool:
        """Write one column of one row if it holds what is expected."""
        types = await self._types_of(table)
        condition, selected = postgres_sql.condition(Equal(table.key, [key]), types, first=3)
        if selected is None:
            return False
        column = postgres_sql.quoted(change.column)
        done = await self._connection.fetchval(
            f"UPDATE {self._name(table)} SET {column} = $1::text::{types[change.column]}"
            f" WHERE {column}::text IS NOT DISTINCT FROM $2::text AND {condition} RETURNING true",
            change.value,
            change.expected,
            *selected,
        )
        return done is True

    async def insert(self, table: Table, values: Mapping[str, str | None]) -> None:
        """Insert a row unless one of that key stands there."""
        types = await self._types_of(table)
        columns = ", ".join(postgres_sql.quoted(column) for column in values)
        places = ", ".join(
            f"${n}::text::{types[column]}" for n, column in enumerate(values, start=1)
        )
        await self._connection.execute(
            f"INSERT INTO {self._name(table)} ({columns}) VALUES ({places}) ON CONFLICT DO NOTHING",
            *values.values(),
        )

    async def reinsert(self, gone: Sequence[Stood]) -> None:
        """Insert the rows in one statement, so that foreign keys among them are checked after."""
        parts, arguments = [], list[Any]()
        for table, columns, rows in gone:
            types = await self._types_of(table)
            parts.append(
                postgres_sql.insert(self._name(table), columns, types, first=len(arguments) + 1)
            )
            arguments += _by_column(rows)
        await self._connection.execute(postgres_sql.together(parts), *arguments)

    async def rewrite(
        self, table: Table, columns: Sequence[str], rows: Sequence[Sequence[str | None]]
    ) -> None:
        """Write columns of rows as they stood."""
        types = await self._types_of(table)
        statement = postgres_sql.rewrite(self._name(table), table, columns, types)
        await self._connection.execute(statement, *_by_column(rows))


def _by_column(rows: Sequence[Sequence[str | None]]) -> list[list[str | None]]:
    return [list(column) for column in zip(*rows, strict=True)]


@contextmanager
def _told(system: str) -> Iterator[None]:
    """Pass a driver's error on without its text, which may quote a row."""
    try:
        yield
    except (asyncpg.ForeignKeyViolationError, asyncpg.RestrictViolationError) as error:
        raise PlanOutdated(system, _problem(error)) from None
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise SystemFailed(system, _problem(error)) from None


def _row(record: "asyncpg.Record", key_columns: int) -> Row:
    values = tuple(record)
    return Row(encode_key(values[:key_columns]), values[key_columns:])


def _problem(error: Exception) -> str:
    parts = [type(error).__name__]
    for name in ("sqlstate", "table_name", "constraint_name"):
        if value := getattr(error, name, None):
            parts.append(f"{name.removesuffix('_name')} {value}")
    return ", ".join(parts)
