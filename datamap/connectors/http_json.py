"""A system behind an HTTP/JSON interface; ``docs/data-map.md`` describes the five calls.

Searches are POSTs, so that no personal value stands in an address or in an access log.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from datamap.connectors.base import (
    BATCH,
    Alike,
    Catalogue,
    Change,
    Column,
    ForeignKey,
    LiveTable,
    Row,
    Stood,
    Table,
    Where,
    batched,
    decode_key,
    fingerprint_of,
)
from datamap.connectors.selecting import row_of, selects, written
from datamap.errors import SystemFailed

TIMEOUT_SECONDS = 30.0


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class _Page(_Answer):
    rows: tuple[dict[str, str | int | float | bool | None], ...]
    next: str | None = None


class _Column(_Answer):
    type: str = "text"
    nullable: bool = True


class _ForeignKey(_Answer):
    name: str
    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]


class _Table(_Answer):
    columns: dict[str, _Column]
    key: tuple[str, ...] = ()
    foreign_keys: tuple[_ForeignKey, ...] = ()


class _Catalogue(_Answer):
    tables: dict[str, _Table]


Shape = TypeVar("Shape", bound=_Answer)


class HttpJsonConnector:
    """One interface of that kind. Each call takes effect at once; to repeat one changes nothing."""

    def __init__(self, system: str, address: str, token: str = "") -> None:
        self._system = system
        self._address = address.rstrip("/")
        self._token = token

    @property
    def system(self) -> str:
        """The name that the data map gives the interface."""
        return self._system

    @asynccontextmanager
    async def reading(self) -> AsyncIterator["HttpJsonReader"]:
        """Open a fresh client that has no way to write."""
        async with self._client() as client:
            yield HttpJsonReader(self._system, client)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator["HttpJsonWriter"]:
        """Open a fresh client."""
        async with self._client() as client:
            yield HttpJsonWriter(self._system, client)

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[httpx.AsyncClient]:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        async with httpx.AsyncClient(
            base_url=self._address, headers=headers, timeout=TIMEOUT_SECONDS, trust_env=False
        ) as client:
            yield client


class HttpJsonReader:
    """Reads page by page."""

    def __init__(self, system: str, client: httpx.AsyncClient) -> None:
        self._system = system
        self._client = client

    async def rows(
        self, table: Table, where: Where, columns: Sequence[str] = ()
    ) -> AsyncIterator[Sequence[Row]]:
        """Stream the rows selected, in batches; the interface may send more than was asked for."""
        fits = selects(where)
        needed = tuple(dict.fromkeys([*table.key, *columns, *where.columns]))
        question = {**_asked(where), "columns": needed, "limit": BATCH}
        after: str | None = None
        while True:
            answer = await self._call(f"/{table.name}/search", {**question, "after": after})
            page = self._read(_Page, answer)
            texts = [_texts(row, needed) for row in page.rows]
            if batch := [row_of(table, one, tuple(columns)) for one in texts if fits(one)]:
                yield batch
            if (after := page.next) is None:
                return

    async def catalogue(self) -> Catalogue:
        """Describe the interface's collections, if it tells them."""
        answer = await self._send("GET", "/catalogue", None)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return Catalogue(told=False)
        self._refuse(answer)
        return _catalogue(self._read(_Catalogue, answer))

    async def fingerprint(self) -> str:
        """Return a hash over the catalogue."""
        return fingerprint_of(await self.catalogue())

    async def _call(self, path: str, body: Mapping[str, Any]) -> httpx.Response:
        answer = await self._send("POST", path, body)
        self._refuse(answer)
        return answer

    async def _send(self, method: str, path: str, body: Mapping[str, Any] | None) -> httpx.Response:
        try:
            return await self._client.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise SystemFailed(self._system, f"{type(error).__name__} at {path}") from None

    def _refuse(self, answer: httpx.Response) -> None:
        if not answer.is_success:
            problem = f"answered {answer.status_code} at {answer.request.url.path}"
            raise SystemFailed(self._system, problem)

    def _read(self, shape: type[Shape], answer: httpx.Response) -> Shape:
        try:
            return shape.model_validate_json(answer.content)
        except ValidationError:
            problem = f"sent something else than agreed at {answer.request.url.path}"
            raise SystemFailed(self._system, problem) from None


class HttpJsonWriter(HttpJsonReader):
    """Changes rows, at once."""

    async def delete(self, doomed: Sequence[tuple[Table, Sequence[str]]]) -> None:
        """Delete the rows by key."""
        for table, keys in doomed:
            for part in batched(keys):
                await self._call(f"/{table.name}/delete", {"keys": _keys(table, part)})

    async def write(
        self, table: Table, keys: Sequence[str], values: Mapping[str, str | None]
    ) -> None:
        """Write columns of the rows."""
        own = any(value and "{key}" in value for value in values.values())
        for part in batched(keys, 1 if own else BATCH):
            given = written(values, decode_key(part[0], len(table.key)))
            body = {"keys": _keys(table, part), "values": given}
            await self._call(f"/{table.name}/write", body)

    async def compare_and_set(self, table: Table, key: str, change: Change) -> bool:
        """Write one column of one row if it holds what is expected; the interface compares."""
        body = {
            "keys": _keys(table, [key]),
            "values": {change.column: change.value},
            "expected": {change.column: change.expected},
        }
        answer = await self._send("POST", f"/{table.name}/write", body)
        if answer.status_code == httpx.codes.CONFLICT:
            return False
        self._refuse(answer)
        return True

    async def reinsert(self, gone: Sequence[Stood]) -> None:
        """Add the rows that are gone."""
        for table, columns, rows in gone:
            for row in rows:
                await self.insert(table, dict(zip(columns, row, strict=True)))

    async def rewrite(
        self, table: Table, columns: Sequence[str], rows: Sequence[Sequence[str | None]]
    ) -> None:
        """Write columns of rows as they stood."""
        for row in rows:
            values = dict(zip(columns, row, strict=True))
            key = [values.pop(column) for column in table.key]
            await self._call(f"/{table.name}/write", {"keys": [key], "values": values})

    async def insert(self, table: Table, values: Mapping[str, str | None]) -> None:
        """Add a row unless one of its key stands there."""
        await self._call(f"/{table.name}/insert", {"values": dict(values)})


def _asked(where: Where) -> dict[str, Any]:
    if isinstance(where, Alike):
        return {"alike": {"kind": where.kind, "columns": where.columns, "values": where.variants}}
    values = [decode_key(value, len(where.columns)) for value in where.values]
    return {"equal": {"columns": where.columns, "values": values}}


def _keys(table: Table, keys: Sequence[str]) -> list[tuple[str, ...]]:
    return [decode_key(key, len(table.key)) for key in keys]


def _texts(row: Mapping[str, Any], columns: Sequence[str]) -> dict[str, str | None]:
    return {column: _text(row.get(column)) for column in columns}


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


def _catalogue(told: _Catalogue) -> Catalogue:
    return Catalogue(
        {
            name: LiveTable(
                {column: Column(one.type, one.nullable) for column, one in table.columns.items()},
                table.key,
                tuple(ForeignKey(**key.model_dump()) for key in table.foreign_keys),
            )
            for name, table in told.tables.items()
        }
    )
