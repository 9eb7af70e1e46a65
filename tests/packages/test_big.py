"""Packages of any size: long collections in pages, and never more in memory than a few batches."""

import re
import tracemalloc
from datetime import date

from domain.gathering import GatheredRow, pack_rows
from domain.package import (
    ROWS_PER_CHUNK,
    CategoriesReport,
    FieldOutline,
    GatheringOutline,
    SectionOutline,
)
from packages import Cover, build
from tests.packages.opened import opened

PLACE = "shop.web_visits"
MEBIBYTE = 1024 * 1024


class Big:
    """A gathering of many rows, made as they are read."""

    def __init__(self, rows: int, text: str = "") -> None:
        self._text = text
        self.outline = GatheringOutline(
            sections=(
                SectionOutline(
                    place=PLACE,
                    fields=(FieldOutline(name="id"), FieldOutline(name="page")),
                    rows=rows,
                    chunks=tuple(range(-(-rows // ROWS_PER_CHUNK))),
                ),
            ),
            period_from=date(2022, 1, 1),
            period_to=date(2026, 11, 22),
            report=CategoriesReport(),
        )

    async def chunk(self, n: int) -> bytes:
        last = min((n + 1) * ROWS_PER_CHUNK, self.outline.sections[0].rows)
        numbers = range(n * ROWS_PER_CHUNK + 1, last + 1)
        return pack_rows(
            GatheredRow(i, {"id": str(i), "page": f"{i} {self._text}"}) for i in numbers
        )


class Nowhere:
    """Takes chunks and keeps none."""

    def __init__(self) -> None:
        self.size = 0

    async def put(self, chunk: bytes) -> int:
        self.size += len(chunk)
        return 0


async def test_long_collections_have_pages(cover: Cover) -> None:
    """Every row stands on exactly one page, the pages lead to each other, the index to all."""
    package = await opened(Big(2 * ROWS_PER_CHUNK + 1), cover)
    pages = sorted(name for name in package.files if name.startswith("pages/"))
    assert pages == [f"pages/{PLACE}-{n:04}.html" for n in (1, 2, 3)]
    for page in pages:
        assert f'href="{page}"' in package.index
    text = b"".join(package.files[page] for page in pages).decode()
    numbers = [int(n) for n in re.findall(r'<th scope="row">(\d+)</th>', text)]
    assert numbers == list(range(1, 2 * ROWS_PER_CHUNK + 2))
    links = re.findall(r'rel="(?:prev|next)" href="([^"]+)"', package.files[pages[1]].decode())
    assert {f"pages/{link}" for link in links} == {pages[0], pages[2]}
    assert len(package.rows(PLACE)) == len(package.table(PLACE)) == 2 * ROWS_PER_CHUNK + 1


async def test_memory_does_not_grow_with_the_rows(cover: Cover) -> None:
    """Building holds a few chunks, whatever the number of rows."""
    few, many = [await _peak(cover, rows) for rows in (2_000, 8_000)]
    assert many < few + 12 * MEBIBYTE  # the text alone, in each of three forms, grew by 23


async def _peak(cover: Cover, rows: int) -> int:
    """Return the most memory that building a package of so many rows took."""
    await build(Big(200), cover, (), Nowhere(), 1)
    tracemalloc.start()
    try:
        await build(Big(rows, "long text " * 400), cover, (), Nowhere(), 1)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
