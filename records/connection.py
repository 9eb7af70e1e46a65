"""What this room asks of a database connection, and how it writes and reads JSON columns."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from domain.chain import canonical

Row = Mapping[str, Any]


class Connection(Protocol):
    """An asyncpg connection, owned or borrowed from a pool. Times in and out are aware, in UTC."""

    async def execute(self, query: str, *args: Any) -> str:
        """Run a statement and return its command tag."""

    async def fetch(self, query: str, *args: Any) -> list[Row]:
        """Return every row."""

    async def fetchrow(self, query: str, *args: Any) -> Row | None:
        """Return the first row, if there is one."""

    async def fetchval(self, query: str, *args: Any) -> Any:
        """Return the first column of the first row, if there is one."""

    def cursor(self, query: str, *args: Any, prefetch: int | None = None) -> AsyncIterator[Row]:
        """Stream rows; needs an open transaction."""

    def terminate(self) -> None:
        """Close the connection at once, whatever it is doing."""

    def transaction(self) -> AbstractAsyncContextManager[Any]:
        """Open a transaction, or a savepoint within the one that is open."""


def to_json(document: Mapping[str, Any]) -> str:
    """Write a document for a ``$n::text::jsonb`` parameter, whatever codecs the connection has."""
    return canonical(document).decode()


def from_json(text: str) -> dict[str, Any]:
    """Read a document selected as ``column::text``."""
    document: dict[str, Any] = json.loads(text)
    return document


def rows_changed(command_tag: str) -> int:
    """Read from a command tag (``UPDATE 3``) how many rows the statement touched."""
    return int(command_tag.rpartition(" ")[2])
