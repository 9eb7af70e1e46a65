"""Gatherings in our own Postgres: put away piece by piece, read back in any order."""

import hashlib
import zlib
from datetime import datetime

from domain.package import GatheringOutline
from records import packages
from records.connection import Connection
from records.packages import Kind, StoredPackage, Writing
from records.vault import Vault


class Hoarding:
    """Puts the pieces of a gathering away; ``finish`` adds its outline as the last one."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing
        self._hash = hashlib.sha256()
        self._size = 0

    async def put(self, chunk: bytes) -> int:
        """Put the next piece away and return its number."""
        self._hash.update(chunk)
        self._size += len(chunk)
        return await self._writing.put(chunk)

    async def finish(self, outline: GatheringOutline, now: datetime) -> StoredPackage:
        """Close the gathering."""
        await self.put(zlib.compress(outline.model_dump_json().encode()))
        rows = {section.place: section.rows for section in outline.sections}
        return await self._writing.finish(
            content_hash=self._hash.hexdigest(), size=self._size, facts={"rows": rows}, now=now
        )


class StoredGathering:
    """A finished gathering, opened."""

    def __init__(
        self, conn: Connection, key: bytes, stored: StoredPackage, outline: GatheringOutline
    ) -> None:
        self._conn = conn
        self._key = key
        self._stored = stored
        self._outline = outline

    @classmethod
    async def open(cls, conn: Connection, vault: Vault, stored: StoredPackage) -> "StoredGathering":
        """Open a gathering. Raises what ``Vault.data_key`` and ``packages.read`` raise."""
        key = await vault.data_key(conn, stored.request_id)
        last = await _chunk(conn, key, stored, stored.chunks - 1)
        outline = GatheringOutline.model_validate_json(zlib.decompress(last))
        return cls(conn, key, stored, outline)

    @property
    def outline(self) -> GatheringOutline:
        """What there is, and where."""
        return self._outline

    @property
    def content_hash(self) -> str:
        """The hash of all pieces."""
        return self._stored.content_hash

    async def chunk(self, n: int) -> bytes:
        """Return one piece. Raises ``PackageGone`` and ``Tampered``."""
        return await _chunk(self._conn, self._key, self._stored, n)


async def latest_gathering(
    conn: Connection, vault: Vault, request_id: str
) -> StoredGathering | None:
    """Return what was gathered last for a request, if it is not purged."""
    stored = await packages.latest(conn, request_id, Kind.GATHERING)
    return await StoredGathering.open(conn, vault, stored) if stored else None


async def _chunk(conn: Connection, key: bytes, stored: StoredPackage, n: int) -> bytes:
    return b"".join([piece async for piece in packages.read(conn, key, stored, n, 1)])
