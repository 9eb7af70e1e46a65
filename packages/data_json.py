"""``data.json``: everything of a package for other programs, as ``schema.json`` describes it."""

from collections.abc import Iterable, Sequence
from typing import Any

from domain.notices import DisclosedCategory
from domain.package import SectionOutline
from packages.archive import EntryWriter
from packages.cover import Contents
from packages.review import ShownRow
from packages.tables import json_text

FORMAT = "privacy-package/1"

Coded = list[dict[str, str]]


class DataWriter:
    """Writes the document piece by piece: ``head``, then each collection's rows, then ``foot``."""

    def __init__(self, contents: Contents, entry: EntryWriter) -> None:
        self._contents = contents
        self._entry = entry
        self._collections = 0
        self._rows = 0

    async def head(self) -> None:
        """Write everything that comes before the collections."""
        document = json_text(_head(self._contents))
        await self._entry.text(document.removesuffix("}") + ', "collections": [')

    async def begin(self, section: SectionOutline, csv: str) -> None:
        """Begin a collection."""
        said = json_text(_collection(section, self._contents, csv)).removesuffix("}")
        await self._entry.text(f'{"," if self._collections else ""}\n{said}, "rows": [')
        self._collections, self._rows = self._collections + 1, 0

    async def rows(self, rows: Iterable[ShownRow]) -> None:
        """Write rows of the collection that was begun."""
        lines = [json_text(dict(row.values)) for row in rows]
        if lines:
            first = ",\n" if self._rows else "\n"
            self._rows += len(lines)
            await self._entry.text(first + ",\n".join(lines))

    async def end(self) -> None:
        """End the collection."""
        await self._entry.text("]}")

    async def foot(self) -> None:
        """Write what comes after the collections."""
        files = [
            {
                "collection": file.place,
                "row": file.row,
                "field": file.column,
                "media_type": file.media_type,
                "text": file.text,
                "original": file.original,
            }
            for file in self._contents.files
        ]
        await self._entry.text(f'\n], "files": {json_text(files)}}}\n')


def _head(contents: Contents) -> dict[str, Any]:
    cover, outline, wording = contents.cover, contents.outline, contents.wording
    report, business = outline.report, cover.policy.business
    return {
        "format": FORMAT,
        "schema": "schema.json",
        "request": cover.request_id,
        "written_on": cover.written_on.isoformat(),
        "language": cover.language.value,
        "business": {
            "name": business.name,
            "email": business.contact_email,
            "phone": business.phone,
        },
        "period": {
            "from": outline.period_from.isoformat(),
            "to": outline.period_to.isoformat(),
        },
        "report": {
            "categories": _coded(report.categories, wording.categories(report.categories)),
            "sources": _coded(report.sources, wording.sources(report.sources)),
            "purposes": _coded(report.purposes, wording.purposes(report.purposes)),
            "third_parties": _coded(report.third_parties, wording.recipients(report.third_parties)),
            "sold_or_shared": _listed(contents, report.sold_or_shared),
            "disclosed": _listed(contents, report.disclosed),
        },
        "withheld": _withheld(contents),
    }


def _collection(section: SectionOutline, contents: Contents, csv: str) -> dict[str, Any]:
    wording = contents.wording
    return {
        "name": section.place,
        "label": wording.name(section.label, section.place),
        "csv": csv,
        "sources": list(section.sources),
        "purposes": list(section.purposes),
        "recipients": list(section.recipients),
        "fields": [
            {
                "name": one.name,
                "label": wording.name(one.label, one.name),
                "category": one.category,
            }
            for one in section.fields
        ],
    }


def _coded(codes: Sequence[str], texts: Sequence[str]) -> Coded:
    return [{"code": code, "text": text} for code, text in zip(codes, texts, strict=True)]


def _listed(contents: Contents, rows: Iterable[DisclosedCategory]) -> list[dict[str, Any]]:
    wording = contents.wording
    return [
        {
            "category": {"code": row.category, "text": wording.category(row.category)},
            "recipients": _coded(row.recipients, wording.recipients(row.recipients)),
        }
        for row in rows
    ]


def _withheld(contents: Contents) -> Coded:
    places = contents.place_names
    return [
        {
            "kind": line.kind,
            "reason": line.reason.value,
            "text": contents.wording.withheld(line, places),
        }
        for line in contents.findings.lines()
    ]
