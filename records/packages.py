"""Packages of disclosures: gathered once, built in versions, kept encrypted in chunks (KNO-07).

A chunk is closed under its request's data key and bound to its place: request, kind, version,
build, number, and whether it is the last. So none can be changed, left out, put elsewhere or cut
off unseen. Nothing of the content stands beside them (REC-05).
"""

import os
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from asyncpg import ForeignKeyViolationError
from pydantic import AwareDatetime

from domain.chain import canonical
from records.connection import Connection, Row, from_json, rows_changed, to_json
from records.keyring import Tampered, decrypt, encrypt
from records.model import Record
from records.vault import UnderHold, Vault

_COLUMNS = (
    "request_id, kind, version, build, made_of, chunks, size, content_hash, facts::text AS facts,"
    " built_at, released_at, purged_at"
)
_BUILT = f"SELECT {_COLUMNS} FROM privacy.package WHERE request_id = $1 AND built_at IS NOT NULL "


class Kind(StrEnum):
    """What was gathered about a person, or a package made of it."""

    GATHERING = "gathering"
    PACKAGE = "package"


class Superseded(Exception):
    """Somebody else builds this version anew; leave it to them."""


class PackageGone(Exception):
    """The package was purged; gather and build it anew."""


class StoredPackage(Record):
    """A finished gathering or package, without its content. ``facts`` hold codes and counts."""

    request_id: str
    kind: Kind
    version: int
    build: str
    made_of: str
    chunks: int
    size: int
    content_hash: str
    facts: dict[str, Any]
    built_at: AwareDatetime
    released_at: AwareDatetime | None
    purged_at: AwareDatetime | None


class Fetching(Protocol):
    """A connection, or a pool that lends one for each chunk."""

    async def fetchrow(self, query: str, *args: Any) -> Row | None:
        """Return the first row, if there is one."""


class Writing:
    """A version that is being written, chunk by chunk, each committed by itself."""

    def __init__(
        self, conn: Connection, key: bytes, request_id: str, kind: Kind, version: int, build: str
    ) -> None:
        self.version = version
        self._conn = conn
        self._key = key
        self._place = (request_id, kind, version, build)
        self._waiting: bytes | None = None
        self._next = 0

    async def put(self, chunk: bytes) -> int:
        """Store the next chunk and return its number. Raises ``Superseded``."""
        await self._flush(last=False)
        self._waiting = chunk
        self._next += 1
        return self._next - 1

    async def finish(
        self, *, content_hash: str, size: int, facts: Mapping[str, Any], now: datetime
    ) -> StoredPackage:
        """Close the version; from here on it stays as it is. Raises ``Superseded``."""
        await self._flush(last=True)
        row = await self._conn.fetchrow(
            "UPDATE privacy.package SET chunks = $5, size = $6, content_hash = $7,"
            " facts = $8::text::jsonb, built_at = $9 WHERE request_id = $1 AND kind = $2"
            f" AND version = $3 AND build = $4 AND built_at IS NULL RETURNING {_COLUMNS}",
            *self._place,
            self._next,
            size,
            content_hash,
            to_json(facts),
            now,
        )
        if row is None:
            raise Superseded("this version is built anew by another attempt; leave it to that one")
        return _stored(row)

    async def _flush(self, *, last: bool) -> None:
        if self._waiting is None:
            return
        request_id, kind, version, build = self._place
        number = self._next - 1
        sealed = encrypt(self._key, self._waiting, _place(*self._place, number, last=last))
        self._waiting = None
        try:
            await self._conn.execute(
                "INSERT INTO privacy.package_chunk"
                " (request_id, kind, version, n, build, ciphertext)"
                " VALUES ($1, $2, $3, $4, $5, $6)",
                request_id,
                kind,
                version,
                number,
                build,
                sealed,
            )
        except ForeignKeyViolationError:
            raise Superseded("another attempt began this version anew; leave it to that") from None


async def begin(
    conn: Connection, vault: Vault, request_id: str, kind: Kind, made_of: str, now: datetime
) -> Writing:
    """Begin the next version, in place of one that was never finished.

    ``made_of`` is the hash of what it is made for and of, by which ``find_made`` knows it again.
    Raises what ``Vault.data_key`` raises.
    """
    key = await vault.data_key(conn, request_id)
    build = os.urandom(16).hex()
    async with conn.transaction():
        await conn.execute(
            "DELETE FROM privacy.package WHERE request_id = $1 AND kind = $2 AND built_at IS NULL",
            request_id,
            kind,
        )
        version = await conn.fetchval(
            "INSERT INTO privacy.package (request_id, kind, version, build, made_of, begun_at)"
            " SELECT $1, $2, coalesce(max(version), 0) + 1, $3, $4, $5 FROM privacy.package"
            " WHERE request_id = $1 AND kind = $2 RETURNING version",
            request_id,
            kind,
            build,
            made_of,
            now,
        )
    return Writing(conn, key, request_id, kind, version, build)


async def find_made(
    conn: Connection, request_id: str, kind: Kind, made_of: str
) -> StoredPackage | None:
    """Return the newest unpurged one that was made of the same, so that a retry makes no other."""
    row = await conn.fetchrow(
        _BUILT + "AND kind = $2 AND made_of = $3 AND purged_at IS NULL"
        " ORDER BY version DESC LIMIT 1",
        request_id,
        kind,
        made_of,
    )
    return _stored(row) if row else None


async def latest(conn: Connection, request_id: str, kind: Kind) -> StoredPackage | None:
    """Return the newest version that is not purged."""
    row = await conn.fetchrow(
        _BUILT + "AND kind = $2 AND purged_at IS NULL ORDER BY version DESC LIMIT 1",
        request_id,
        kind,
    )
    return _stored(row) if row else None


async def versions(conn: Connection, request_id: str) -> list[StoredPackage]:
    """Return every finished gathering and package of a request, purged ones included."""
    rows = await conn.fetch(_BUILT + "ORDER BY kind, version", request_id)
    return [_stored(row) for row in rows]


async def release(conn: Connection, request_id: str, version: int, now: datetime) -> bool:
    """Let a package go out; tell whether it is there to go out."""
    tag = await conn.execute(
        "UPDATE privacy.package SET released_at = coalesce(released_at, $3) WHERE request_id = $1"
        " AND kind = 'package' AND version = $2 AND built_at IS NOT NULL AND purged_at IS NULL",
        request_id,
        version,
        now,
    )
    return rows_changed(tag) > 0


async def released(conn: Connection, request_id: str) -> StoredPackage | None:
    """Return the newest package that may go out."""
    row = await conn.fetchrow(
        _BUILT + "AND kind = 'package' AND released_at IS NOT NULL AND purged_at IS NULL"
        " ORDER BY version DESC LIMIT 1",
        request_id,
    )
    return _stored(row) if row else None


async def read(
    conn: Fetching, key: bytes, package: StoredPackage, first: int = 0, count: int | None = None
) -> AsyncIterator[bytes]:
    """Yield a run of a version's chunks, each fetched by itself; all of them by default.

    ``key`` is the request's data key. Raises ``PackageGone`` and ``Tampered``.
    """
    end = package.chunks if count is None else first + count
    place = (package.request_id, package.kind, package.version)
    for n in range(first, end):
        row = await conn.fetchrow(
            "SELECT c.ciphertext, p.purged_at FROM privacy.package p"
            " LEFT JOIN privacy.package_chunk c ON c.request_id = p.request_id"
            " AND c.kind = p.kind AND c.version = p.version AND c.build = p.build AND c.n = $4"
            " WHERE p.request_id = $1 AND p.kind = $2 AND p.version = $3",
            *place,
            n,
        )
        if row is None or row["purged_at"] is not None:
            raise PackageGone(f"a package of {package.request_id} was purged; build it anew")
        if row["ciphertext"] is None:
            raise Tampered(f"a chunk is missing from {package.request_id}; restore it")
        last = n == package.chunks - 1
        yield decrypt(key, row["ciphertext"], _place(*place, package.build, n, last=last))


async def purge(conn: Connection, request_id: str, now: datetime) -> int:
    """Drop the content of everything gathered and built, and return how many versions had any.

    Facts and hashes stay. Raises ``UnderHold``: a legal hold covers the request (REC-06).
    """
    async with conn.transaction():
        hold = await conn.fetchval(
            "SELECT hold_id FROM privacy.legal_hold WHERE request_id = $1 AND released_at IS NULL",
            request_id,
        )
        if hold is not None:
            raise UnderHold(f"legal hold {hold} covers {request_id}; release it first")
        await conn.execute("DELETE FROM privacy.package_chunk WHERE request_id = $1", request_id)
        await conn.execute(
            "DELETE FROM privacy.package WHERE request_id = $1 AND built_at IS NULL", request_id
        )
        tag = await conn.execute(
            "UPDATE privacy.package SET purged_at = $2 WHERE request_id = $1 AND purged_at IS NULL",
            request_id,
            now,
        )
    return rows_changed(tag)


async def overdue(conn: Connection, built_before: datetime, limit: int = 500) -> list[str]:
    """Name requests with content that was built before a time and is not purged, oldest first."""
    rows = await conn.fetch(
        "SELECT request_id FROM privacy.package p WHERE purged_at IS NULL AND built_at < $1"
        " AND NOT EXISTS (SELECT FROM privacy.legal_hold h"
        " WHERE h.request_id = p.request_id AND h.released_at IS NULL)"
        " GROUP BY request_id ORDER BY min(built_at), request_id LIMIT $2",
        built_before,
        limit,
    )
    return [row["request_id"] for row in rows]


def _place(request_id: str, kind: str, version: int, build: str, n: int, *, last: bool) -> bytes:
    return canonical(
        {
            "build": build,
            "chunk": n,
            "kind": str(kind),
            "last": last,
            "request_id": request_id,
            "version": version,
        }
    )


def _stored(row: Row) -> StoredPackage:
    return StoredPackage.model_validate(dict(row) | {"facts": from_json(row["facts"])})
