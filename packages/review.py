"""What of each row and file is shown, what is only said to be withheld, what staff must look at."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.free_text import marker
from domain.gathering import GatheredFile, GatheredRow
from domain.notice_words import WithheldReason
from domain.notices import Withheld
from domain.other_people import Span
from domain.package import MOST_ITEMS, GatheringOutline, ReviewItem
from packages.decisions import Decisions, ReviewRefused, taken_out

Kind = tuple[str, WithheldReason]
"""What a line of the withheld list is about: a type or a collection, and the reason."""


@dataclass(frozen=True)
class ShownRow:
    """A row as the package has it. A file's value is the path of what is shown of it."""

    n: int
    values: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class ShownFile:
    """What of a file is shown: its cleaned text, the file as it is, both, or neither."""

    text: str | None = field(repr=False)
    original: bool = False
    mark: str = ""
    """What stands in the row where nothing is shown."""


@dataclass
class Findings:
    """What was withheld and what is open, of a row, a file, or everything."""

    withheld: Counter[Kind] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    """Rows shown, by collection."""
    items: list[ReviewItem] = field(default_factory=list)
    items_in_all: int = 0

    def hold(self, kind: str, reason: WithheldReason) -> None:
        """Note that something is withheld."""
        self.withheld[kind, reason] += 1

    def ask(self, item: str, reason: WithheldReason) -> None:
        """Note that staff should look at something."""
        self.items_in_all += 1
        if len(self.items) < MOST_ITEMS:
            self.items.append(ReviewItem(item=item, reason=reason))

    def lines(self) -> tuple[Withheld, ...]:
        """Return the withheld list: each type or collection once for each reason."""
        return tuple(Withheld(kind=kind, reason=reason) for kind, reason in sorted(self.withheld))


class Review:
    """Judges rows and files by what was gathered and what staff decided."""

    def __init__(self, outline: GatheringOutline, decisions: Decisions) -> None:
        self._outline = outline
        self._decisions = decisions

    def file(self, file: GatheredFile, findings: Findings) -> ShownFile:
        """Return what is shown of a file. Raises ``ReviewRefused``."""
        item = f"{file.place}/{file.row}/{file.column}"
        for kind in file.never:
            findings.hold(kind, WithheldReason.NEVER_DISCLOSE)
        if (reason := self._withheld(item, file.held_row)) is not None:
            findings.hold(file.place, reason)
            return ShownFile(None, mark=marker(reason.value.lower()))
        original = self._decisions.releases(item) and file.original_size is not None
        if not file.whole and not original:
            findings.hold(file.place, WithheldReason.NOT_YET_READ)
            if file.original_size is not None:
                findings.ask(item, WithheldReason.NOT_YET_READ)
        if file.text is None:
            return ShownFile(None, original, "" if original else _UNREAD)
        text = self._text(item, file.place, file.text, file.others, findings)
        return ShownFile(text, original)

    def row(
        self, place: str, row: GatheredRow, files: Mapping[int, str], findings: Findings
    ) -> ShownRow | None:
        """Return what is shown of a row; None if it is withheld. Raises ``ReviewRefused``.

        ``files`` says by a file's number what stands for it in the row.
        """
        item = f"{place}/{row.n}"
        for kind in row.never:
            findings.hold(kind, WithheldReason.NEVER_DISCLOSE)
        if row.leads_on:
            findings.hold(place, WithheldReason.OTHER_PERSON)
        if (reason := self._withheld(item, row.held_row)) is not None:
            findings.hold(place, reason)
            if self._decisions.withholds(item, row.held_row) is None:
                findings.ask(item, reason)
            return None
        findings.rows[place] += 1
        shown = {name: self._cell(place, row, name, findings) for name in row.values}
        return ShownRow(row.n, shown | {name: files[n] for name, n in row.files.items()})

    def ask_doubts(self, findings: Findings) -> None:
        """Note the texts that may name others and that nobody has decided on."""
        for one in self._outline.doubts:
            if not self._decisions.touch(one.item):
                findings.ask(one.item, one.reason)
        findings.items_in_all += self._outline.doubts_in_all - len(self._outline.doubts)

    def _withheld(self, item: str, held: WithheldReason | None) -> WithheldReason | None:
        """Return why an item is withheld: because staff say so, or until they say otherwise."""
        reason = self._decisions.withholds(item, held)
        return reason or (None if self._decisions.releases(item, held) else held)

    def _cell(self, place: str, row: GatheredRow, name: str, findings: Findings) -> Any:
        item, value, held = f"{place}/{row.n}/{name}", row.values[name], row.held.get(name)
        if (reason := self._decisions.withholds(item, held and held.reason)) is not None:
            findings.hold(place, reason)
            return marker(reason.value.lower())
        if held is not None and not self._decisions.releases(item, held.reason):
            findings.hold(*held)
            findings.ask(item, held.reason)
            return marker(held.kind)
        if isinstance(value, str):
            return self._text(item, place, value, row.others.get(name, ()), findings)
        if self._decisions.redactions(item) and name not in row.files:
            raise ReviewRefused(item, "it is no text; withhold it as a whole")
        return value

    def _text(
        self, item: str, place: str, text: str, others: Sequence[Span], findings: Findings
    ) -> str:
        """Return a text without others, unless released, and without what staff took out."""
        taken = self._decisions.redactions(item)
        if others and not self._decisions.releases(item):
            taken += [(span, WithheldReason.OTHER_PERSON) for span in others]
        if not taken:
            return text
        for _, reason in taken:
            findings.hold(place, reason)
        try:
            return taken_out(text, taken)
        except ValueError as fault:
            raise ReviewRefused(item, str(fault)) from None


_UNREAD = marker(WithheldReason.NOT_YET_READ.lower())
