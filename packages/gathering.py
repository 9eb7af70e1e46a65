"""A gathering as this room reads it: its outline, and pieces by number from wherever they lie."""

from collections.abc import AsyncIterator
from typing import Protocol

from domain.gathering import GatheredFile, GatheredRow, unpack_file, unpack_rows
from domain.package import GatheringOutline, SectionOutline


class Gathering(Protocol):
    """What was gathered."""

    @property
    def outline(self) -> GatheringOutline:
        """What there is, and where."""
        ...

    async def chunk(self, n: int) -> bytes:
        """Return one piece."""
        ...


async def rows_of(
    gathering: Gathering, section: SectionOutline
) -> AsyncIterator[list[GatheredRow]]:
    """Yield the rows of a collection, a chunk at a time."""
    for n in section.chunks:
        yield unpack_rows(await gathering.chunk(n))


async def file_of(gathering: Gathering, number: int) -> GatheredFile:
    """Return the head and the text of a file, by its number from 1."""
    return unpack_file(await gathering.chunk(gathering.outline.files[number - 1]))


async def original_of(gathering: Gathering, file: GatheredFile) -> AsyncIterator[bytes]:
    """Yield a file as it is, piece by piece."""
    left, n = file.original_size or 0, gathering.outline.files[file.n - 1]
    while left > 0:
        n += 1
        piece = await gathering.chunk(n)
        left -= len(piece)
        yield piece
