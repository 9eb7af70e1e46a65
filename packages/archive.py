"""A zip file that is written as it grows, the same bytes for the same content, and hashed."""

import hashlib
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import IO, NamedTuple, Protocol

CHUNK_BYTES = 512 * 1024
"""Bytes that are handed on at once."""

_EPOCH = (1980, 1, 1, 0, 0, 0)


class Out(Protocol):
    """Where the file goes, chunk by chunk."""

    async def put(self, chunk: bytes) -> int:
        """Take the next chunk and return its number."""
        ...


class Entry(NamedTuple):
    """One finished file in the archive."""

    name: str
    size: int
    sha256: str


class Archive:
    """The zip file in the making. ``close`` it; then it knows its own hash and size."""

    def __init__(self, out: Out) -> None:
        self.entries: list[Entry] = []
        self.size = 0
        self._out = out
        self._tap = _Tap()
        self._zip = zipfile.ZipFile(self._tap, "w")
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """The hash of everything that was written."""
        return self._hash.hexdigest()

    @asynccontextmanager
    async def entry(self, name: str, *, huge: bool = False) -> AsyncIterator["EntryWriter"]:
        """Write one file; a ``huge`` one may pass 2 GiB, for readers that know how."""
        info = zipfile.ZipInfo(name, _EPOCH)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        with self._zip.open(info, "w", force_zip64=huge) as file:
            writer = EntryWriter(self, file)
            yield writer
        self.entries.append(Entry(name, writer.size, writer.sha256))
        await self.drain()

    async def drain(self) -> None:
        """Hand on every whole chunk."""
        while len(self._tap.waiting) >= CHUNK_BYTES:
            await self._hand_on(CHUNK_BYTES)

    async def close(self) -> None:
        """Write the directory and hand on the rest."""
        self._zip.close()
        await self.drain()
        if self._tap.waiting:
            await self._hand_on(len(self._tap.waiting))

    async def _hand_on(self, count: int) -> None:
        chunk = bytes(self._tap.waiting[:count])
        del self._tap.waiting[:count]
        self._hash.update(chunk)
        self.size += len(chunk)
        await self._out.put(chunk)


class EntryWriter:
    """Writes one file of the archive, and hashes it."""

    def __init__(self, archive: Archive, file: IO[bytes]) -> None:
        self._archive = archive
        self._file = file
        self._hash = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """The hash of what was written so far."""
        return self._hash.hexdigest()

    async def write(self, data: bytes) -> None:
        """Write the next bytes."""
        self._file.write(data)
        self._hash.update(data)
        self.size += len(data)
        await self._archive.drain()

    async def text(self, text: str) -> None:
        """Write text; what cannot be written in UTF-8, half of a pair, becomes a question mark."""
        await self.write(text.encode("utf-8", "replace"))


class _Tap:
    """What the zip writer writes to; it cannot be told to go back."""

    def __init__(self) -> None:
        self.waiting = bytearray()

    def write(self, data: bytes) -> int:
        self.waiting += data
        return len(data)

    def flush(self) -> None:
        """Nothing waits here that the archive does not know of."""

    def close(self) -> None:
        """There is nothing to close."""
