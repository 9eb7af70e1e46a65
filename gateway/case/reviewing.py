"""A package as staff look it through: its collections, its entries by the page, what is decided."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import asyncpg
from markupsafe import Markup, escape

from domain.notice_words import WithheldReason
from domain.other_people import Span
from domain.package import PackageFacts, ReviewAction, ReviewDecision, SectionOutline
from domain.state import RequestState
from gateway.case import words
from gateway.parts import GatewayParts
from packages import ReviewedField, ReviewedRow, file_text, reviewed_rows
from records import packages
from records.gatherings import StoredGathering, latest_gathering
from records.packages import Kind, PackageGone
from records.vault import VaultError

PAGE_SIZE = 20
SHOWN_CHARACTERS = 4000
"""Of a longer text the rest is left to the file that is built."""


class Collection(NamedTuple):
    """One collection of the package."""

    place: str
    label: str
    rows: int
    to_look_at: int
    decided: int


class Entry(NamedTuple):
    """One entry with its fields, as gathered and as it would go out."""

    row: ReviewedRow
    reason: str
    fields: tuple["Value", ...]
    decided: tuple[ReviewDecision, ...]


class Value(NamedTuple):
    """One field of an entry."""

    item: str
    name: str
    gathered: Markup
    goes_out: Markup | None
    """What goes out, where it is not the same."""
    held: str
    asked: str
    """Why somebody should look at it, while nobody has decided."""
    hidden: bool
    """Whether only counsel may see it."""
    is_text: bool
    file: int | None
    decided: tuple[ReviewDecision, ...]


class Review:
    """One package under review."""

    def __init__(
        self, gathering: StoredGathering, facts: PackageFacts, state: RequestState
    ) -> None:
        self.gathering = gathering
        self.facts = facts
        self._state = state
        self._asked = {one.item: one.reason for one in facts.needs_review}

    def collections(self) -> list[Collection]:
        """List the collections, in the order of the package."""
        open_in = Counter(one.item.partition("/")[0] for one in self.facts.needs_review)
        decided_in = Counter(one.item.partition("/")[0] for one in self._state.review)
        return [
            Collection(
                place=section.place,
                label=label_of(section),
                rows=section.rows,
                to_look_at=open_in[section.place],
                decided=decided_in[section.place],
            )
            for section in self.gathering.outline.sections
        ]

    def section(self, place: str) -> SectionOutline | None:
        """Return a collection by its name."""
        known = {one.place: one for one in self.gathering.outline.sections}
        return known.get(place)

    def rows_to_look_at(self, place: str) -> list[int]:
        """Return the numbers of the entries that somebody should look at, or decided on."""
        decided = [one.item for one in self._state.review]
        numbers = {_row_of(item) for item in (*self._asked, *decided) if _place_of(item) == place}
        return sorted(numbers - {0})

    async def entries(self, place: str, numbers: Sequence[int], *, counsel: bool) -> list[Entry]:
        """Return some entries of a collection. Raises ``ReviewRefused`` and ``KeyError``."""
        return [
            self._entry(row, counsel=counsel)
            for first, count in _runs(numbers)
            for row in await reviewed_rows(self.gathering, self._state.review, place, first, count)
        ]

    async def text_of(self, item: str, *, counsel: bool) -> str:
        """Return the text that an item holds; empty where it holds none that may be seen."""
        place, number, name = (*item.split("/", 2), "", "")[:3]
        if self.section(place) is None or not number.isdecimal():
            return ""
        rows = await reviewed_rows(self.gathering, (), place, int(number), 1)
        for one in (field for row in rows for field in row.fields if field.name == name):
            if is_health(one.held and one.held.reason) and not counsel:
                return ""
            if one.file is not None:
                return await file_text(self.gathering, one.file) or ""
            return one.gathered if isinstance(one.gathered, str) else ""
        return ""

    def on(self, item: str) -> tuple[ReviewDecision, ...]:
        """Return what was decided on exactly this item."""
        return tuple(one for one in self._state.review if one.item == item)

    def _entry(self, row: ReviewedRow, *, counsel: bool) -> Entry:
        health = is_health(row.withheld)
        fields = [
            self._value(one, hidden=health and not counsel, counsel=counsel) for one in row.fields
        ]
        labels = self._labels(row.item.partition("/")[0])
        return Entry(
            row=row,
            reason=words.REASONS.get(row.withheld, "") if row.withheld else "",
            fields=tuple(one._replace(name=labels.get(one.name, one.name)) for one in fields),
            decided=self.on(row.item),
        )

    def _value(self, one: ReviewedField, *, hidden: bool, counsel: bool) -> Value:
        held = words.REASONS[one.held.reason] if one.held else ""
        return Value(
            item=one.item,
            name=one.name,
            gathered=highlighted(one.gathered, one.others),
            goes_out=None if one.shown == one.gathered else _marked(one.shown),
            held=held,
            asked="" if held else self._why_asked(one.item),
            hidden=hidden or (is_health(one.held and one.held.reason) and not counsel),
            is_text=isinstance(one.gathered, str) and one.file is None,
            file=one.file,
            decided=self.on(one.item),
        )

    def _why_asked(self, item: str) -> str:
        reason = self._asked.get(item)
        return _TO_LOOK_AT.get(reason, words.REASONS[reason]) if reason else ""

    def _labels(self, place: str) -> Mapping[str, str]:
        section = self.section(place)
        fields = section.fields if section else ()
        return {one.name: one.label.en if one.label else words.spaced(one.name) for one in fields}


async def open_review(
    connection: asyncpg.Connection, parts: GatewayParts, state: RequestState
) -> Review | None:
    """Return the package of a request that is still there; None where nothing was built."""
    try:
        built = await packages.latest(connection, state.request_id, Kind.PACKAGE)
        gathering = await latest_gathering(connection, parts.vault, state.request_id)
    except (VaultError, PackageGone):
        return None
    if built is None or gathering is None:
        return None
    return Review(gathering, PackageFacts.model_validate(built.facts), state)


def label_of(section: SectionOutline) -> str:
    """Say what a collection is: by its label, else by its own name without its system's."""
    return section.label.en if section.label else words.spaced(section.place.partition(".")[2])


def is_health(reason: WithheldReason | None) -> bool:
    """Tell whether something is held because it speaks of health (RED-08)."""
    return reason is WithheldReason.POLICY_HEALTH


def highlighted(value: Any, others: Sequence[Span]) -> Markup:
    """Return a value as text, with what speaks of other people marked."""
    if value is None:
        return Markup('<span class="soft">empty</span>')
    text, pieces, at = str(value)[:SHOWN_CHARACTERS], list[Markup](), 0
    for start, end in sorted(others):
        pieces += [escape(text[at:start]), Markup("<mark>{}</mark>").format(text[start:end])]
        at = max(at, end)
    return Markup("").join([*pieces, escape(text[at:])])


def spans_of(text: str, taken: str) -> tuple[Span, ...]:
    """Return where some words stand in a text, every time."""
    if not taken:
        return ()
    return tuple(_found(text, taken))


def _found(text: str, taken: str) -> Iterator[Span]:
    at = text.find(taken)
    while at >= 0:
        yield at, at + len(taken)
        at = text.find(taken, at + len(taken))


def _marked(shown: Any) -> Markup:
    return Markup('<span class="soft">nothing</span>') if shown is None else escape(str(shown))


def _place_of(item: str) -> str:
    return item.partition("/")[0]


def _row_of(item: str) -> int:
    number = item.partition("/")[2].partition("/")[0]
    return int(number) if number else 0


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield runs of consecutive numbers, as the first of each and how many."""
    first, count = 0, 0
    for n in numbers:
        if count and n == first + count:
            count += 1
        else:
            if count:
                yield first, count
            first, count = n, 1
    if count:
        yield first, count


_TO_LOOK_AT = {WithheldReason.OTHER_PERSON: "May name another person"}
"""What a finding says of a text that goes out unless somebody decides otherwise."""

ACTIONS: Mapping[ReviewAction, str] = {
    ReviewAction.WITHHOLD: "Withheld",
    ReviewAction.REDACT: "Words taken out",
    ReviewAction.RELEASE: "Released",
}
