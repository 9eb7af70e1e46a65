"""Building a package: every row judged once, then written in each form, all of it in one stream."""

import json
from collections.abc import AsyncIterator, Sequence
from importlib.resources import files

from domain.gathering import GatheredFile
from domain.package import PackageFacts, ReviewDecision, SectionOutline
from packages.archive import Archive, Out
from packages.cover import Contents, Cover, FileEntry
from packages.data_json import FORMAT, DataWriter
from packages.decisions import Decisions
from packages.gathering import Gathering, file_of, original_of, rows_of
from packages.names import (
    DATA,
    INDEX,
    MANIFEST,
    SCHEMA,
    FilePath,
    csv_name,
    original_name,
    page_name,
    text_name,
)
from packages.pages import PageWriter
from packages.review import Findings, Review, ShownRow
from packages.tables import csv_text, row_cells

HUGE_ROWS = 20_000
"""Rows from which on a file may pass 2 GiB."""


async def build(
    gathering: Gathering, cover: Cover, decisions: Sequence[ReviewDecision], out: Out, version: int
) -> PackageFacts:
    """Write the package to ``out`` and return what may be said of it without its content.

    The same gathering, cover and decisions give the same bytes. Raises ``ReviewRefused`` for a
    decision that cannot be carried out; what was written then is no package.
    """
    review = Review(gathering.outline, Decisions(gathering.outline, decisions))
    builder = _Builder(gathering, cover, review, Archive(out))
    return await builder.build(version)


class _Builder:
    def __init__(
        self, gathering: Gathering, cover: Cover, review: Review, archive: Archive
    ) -> None:
        self._gathering = gathering
        self._outline = gathering.outline
        self._cover = cover
        self._review = review
        self._archive = archive
        self._findings = Findings()
        self._shown_as: dict[int, str] = {}

    async def build(self, version: int) -> PackageFacts:
        entries = [entry async for entry in self._write_files()]
        self._shown_as = {n: _linked(entry) for n, entry in enumerate(entries, start=1)}
        for section in self._outline.sections:
            await self._write_csv(section)
        self._review.ask_doubts(self._findings)
        contents = Contents(self._cover, self._outline, self._findings, tuple(entries))
        await self._write_data(contents)
        await self._write_pages(PageWriter(contents))
        await self._write_rest()
        await self._archive.close()
        return contents.facts(version, self._archive.sha256, self._archive.size)

    async def _write_files(self) -> AsyncIterator[FileEntry]:
        for number in range(1, len(self._outline.files) + 1):
            file = await file_of(self._gathering, number)
            yield await self._write_file(file)

    async def _write_file(self, file: GatheredFile) -> FileEntry:
        shown = self._review.file(file, self._findings)
        text = original = None
        if shown.text is not None:
            text = text_name(file.n)
            async with self._archive.entry(text) as entry:
                await entry.text(shown.text)
        if shown.original:
            original = original_name(file.n, file.media_type)
            async with self._archive.entry(original) as entry:
                async for piece in original_of(self._gathering, file):
                    await entry.write(piece)
        return FileEntry(
            file.place, file.row, file.column, file.media_type, text, original, shown.mark
        )

    async def _write_csv(self, section: SectionOutline) -> None:
        columns = [one.name for one in section.fields]
        huge = section.rows >= HUGE_ROWS
        async with self._archive.entry(csv_name(section.place), huge=huge) as entry:
            await entry.text(csv_text([columns]))
            async for rows in self._rows(section, self._findings):
                await entry.text(csv_text(row_cells(row.values, columns) for row in rows))

    async def _write_data(self, contents: Contents) -> None:
        huge = sum(section.rows for section in self._outline.sections) >= HUGE_ROWS
        async with self._archive.entry(DATA, huge=huge) as entry:
            data = DataWriter(contents, entry)
            await data.head()
            for section in self._outline.sections:
                await data.begin(section, csv_name(section.place))
                async for rows in self._rows(section):
                    await data.rows(rows)
                await data.end()
            await data.foot()

    async def _write_pages(self, pages: PageWriter) -> None:
        long = [section for section in self._outline.sections if len(section.chunks) > 1]
        for section in long:
            number = 0
            async for rows in self._rows(section):
                number += 1
                async with self._archive.entry(page_name(section.place, number)) as entry:
                    await entry.text(pages.page(section, number, rows))
        async with self._archive.entry(INDEX) as entry:
            await entry.text(pages.start())
            for section in self._outline.sections:
                await entry.text(pages.section(section, await self._inline(section)))
            await entry.text(pages.finish())

    async def _inline(self, section: SectionOutline) -> list[ShownRow] | None:
        """Return the rows that stand in the index itself; None for a long collection."""
        if len(section.chunks) > 1:
            return None
        return [row async for rows in self._rows(section) for row in rows]

    async def _write_rest(self) -> None:
        async with self._archive.entry(SCHEMA) as entry:
            await entry.write((files("packages") / "schema.json").read_bytes())
        listed = [one._asdict() for one in sorted(self._archive.entries)]
        manifest = {"format": FORMAT, "request": self._cover.request_id, "files": listed}
        async with self._archive.entry(MANIFEST) as entry:
            await entry.text(json.dumps(manifest, indent=1) + "\n")

    async def _rows(
        self, section: SectionOutline, findings: Findings | None = None
    ) -> AsyncIterator[list[ShownRow]]:
        """Yield what is shown of a collection; its findings count in one pass only."""
        counted = findings if findings is not None else Findings()
        async for rows in rows_of(self._gathering, section):
            judged = [self._review.row(section.place, row, self._shown_as, counted) for row in rows]
            yield [row for row in judged if row is not None]


def _linked(entry: FileEntry) -> str:
    path = entry.text or entry.original
    return FilePath(path) if path else entry.mark
