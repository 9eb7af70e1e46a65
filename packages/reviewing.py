"""What staff see when they look a package through: entries as gathered and as they would go out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.gathering import GatheredRow, Held, unpack_rows
from domain.notice_words import WithheldReason
from domain.other_people import Span
from domain.package import ROWS_PER_CHUNK, ReviewDecision, SectionOutline
from packages.decisions import Decisions
from packages.gathering import Gathering, file_of
from packages.review import Findings, Review


@dataclass(frozen=True)
class ReviewedField:
    """One value: as it was gathered, what is marked or held in it, and as it would go out."""

    item: str
    name: str
    gathered: Any = field(repr=False)
    shown: Any = field(repr=False)
    others: tuple[Span, ...] = ()
    held: Held | None = None
    file: int | None = None
    """Number of the file that the field holds; its text comes with ``file_text``."""


@dataclass(frozen=True)
class ReviewedRow:
    """One entry; ``withheld`` says why it would not go out at all."""

    item: str
    n: int
    fields: tuple[ReviewedField, ...]
    withheld: WithheldReason | None


async def reviewed_rows(
    gathering: Gathering, decisions: Sequence[ReviewDecision], place: str, first: int, count: int
) -> list[ReviewedRow]:
    """Return entries ``first`` (from 1) and following of a collection.

    Raises ``KeyError`` for a collection that was not gathered and ``ReviewRefused`` for a decision
    that cannot be carried out.
    """
    section = {one.place: one for one in gathering.outline.sections}[place]
    made = Decisions(gathering.outline, decisions)
    review = Review(gathering.outline, made)
    rows = await _rows(gathering, section, first, count)
    return [_reviewed(section, row, review, made) for row in rows]


async def file_text(gathering: Gathering, number: int) -> str | None:
    """Return a file's text as it was gathered; None if it could not be read."""
    return (await file_of(gathering, number)).text


async def _rows(
    gathering: Gathering, section: SectionOutline, first: int, count: int
) -> list[GatheredRow]:
    wanted = range(first, min(first + count, section.rows + 1))
    chunks = sorted({(n - 1) // ROWS_PER_CHUNK for n in wanted})
    found = [
        row for chunk in chunks for row in unpack_rows(await gathering.chunk(section.chunks[chunk]))
    ]
    return [row for row in found if row.n in wanted]


def _reviewed(
    section: SectionOutline, row: GatheredRow, review: Review, decisions: Decisions
) -> ReviewedRow:
    item = f"{section.place}/{row.n}"
    files = dict.fromkeys(row.files.values(), "")
    shown = review.row(section.place, row, files, Findings())
    going_out: Mapping[str, Any] = shown.values if shown else {}
    reason = None if shown else decisions.withholds(item, row.held_row) or row.held_row
    fields = tuple(
        ReviewedField(
            item=f"{item}/{name}",
            name=name,
            gathered=value,
            shown=going_out.get(name),
            others=row.others.get(name, ()),
            held=row.held.get(name),
            file=row.files.get(name),
        )
        for name, value in row.values.items()
    )
    return ReviewedRow(item, row.n, fields, reason)
