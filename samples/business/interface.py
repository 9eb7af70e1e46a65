"""A system behind an HTTP/JSON interface: an example of the five calls, rows held in memory."""

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel

from datamap.normalise import fold
from domain.vocabulary import PointOfIdentity

Row = dict[str, str | None]


class Equal(BaseModel):
    """Rows whose columns equal one of the tuples of values."""

    columns: list[str]
    values: list[list[str]]


class Alike(BaseModel):
    """Rows whose point of identity, folded, is one of the values."""

    kind: PointOfIdentity
    columns: list[str]
    values: list[str]


class Search(BaseModel):
    """What is asked for, and from where on."""

    columns: list[str]
    limit: int
    equal: Equal | None = None
    alike: Alike | None = None
    after: str | None = None


class Keys(BaseModel):
    """Rows by key."""

    keys: list[list[str]]


class Writing(Keys):
    """Columns to write on rows."""

    values: Row
    expected: Row | None = None


class Insertion(BaseModel):
    """One new row."""

    values: Row


class Table:
    """A collection: its columns, its key, its rows."""

    def __init__(self, columns: Sequence[str], key: Sequence[str], rows: Sequence[Row]) -> None:
        self.columns = list(columns)
        self.key = list(key)
        self.rows = [dict(row) for row in rows]

    def found(self, search: Search) -> list[Row]:
        """Return the rows that a search selects."""
        return [row for row in self.rows if _selected(row, search)]

    def by_key(self, keys: Sequence[Sequence[str]]) -> list[Row]:
        """Return the rows of these keys."""
        wanted = {tuple(key) for key in keys}
        return [row for row in self.rows if tuple(row[name] for name in self.key) in wanted]


Chosen = Callable[..., Table]


def _selected(row: Row, search: Search) -> bool:
    if search.equal is not None:
        return [row[name] for name in search.equal.columns] in search.equal.values
    if search.alike is not None:
        text = "".join(row[name] or "" for name in search.alike.columns)
        return bool(text) and fold(search.alike.kind, text) in search.alike.values
    return False


def interface(tables: dict[str, Table], token: str) -> FastAPI:
    """Return the application that serves ``tables`` to whoever shows the token."""
    app = FastAPI(title="Sample system")

    def table(name: str, authorization: str = Header("")) -> Table:
        if authorization != f"Bearer {token}":
            raise HTTPException(401)
        if name not in tables:
            raise HTTPException(404)
        return tables[name]

    @app.get("/catalogue")
    def catalogue() -> dict[str, Any]:
        return {
            "tables": {
                name: {"key": one.key, "columns": {column: {} for column in one.columns}}
                for name, one in tables.items()
            }
        }

    app.post("/{name}/search")(_search(table))
    app.post("/{name}/delete", status_code=204)(_delete(table))
    app.post("/{name}/write", status_code=204)(_write(table))
    app.post("/{name}/insert", status_code=204)(_insert(table))
    return app


def _search(table: Chosen) -> Callable[..., dict[str, Any]]:
    def search(asked: Search, one: Table = Depends(table)) -> dict[str, Any]:  # noqa: B008
        found = one.found(asked)
        start = int(asked.after or 0)
        end = start + asked.limit
        rows = [{column: row[column] for column in asked.columns} for row in found[start:end]]
        return {"rows": rows, "next": str(end) if end < len(found) else None}

    return search


def _delete(table: Chosen) -> Callable[..., None]:
    def delete(asked: Keys, one: Table = Depends(table)) -> None:  # noqa: B008
        gone = one.by_key(asked.keys)
        one.rows = [row for row in one.rows if row not in gone]

    return delete


def _write(table: Chosen) -> Callable[..., None]:
    def write(asked: Writing, one: Table = Depends(table)) -> None:  # noqa: B008
        rows = one.by_key(asked.keys)
        if asked.expected is not None and not any(
            asked.expected.items() <= row.items() for row in rows
        ):
            raise HTTPException(409)
        for row in rows:
            row.update(asked.values)

    return write


def _insert(table: Chosen) -> Callable[..., None]:
    def insert(asked: Insertion, one: Table = Depends(table)) -> None:  # noqa: B008
        row: Row = {**dict.fromkeys(one.columns), **asked.values}
        if not one.by_key([[row[part] or "" for part in one.key]]):
            one.rows.append(row)

    return insert
