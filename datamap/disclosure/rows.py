"""From a row as the system holds it to a row as a package may show it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from datamap.disclosure.own import Person
from datamap.disclosure.reading import Values
from datamap.disclosure.scrubbing import Clean, Cleaner
from datamap.disclosure.treatments import Plan, Treatment
from domain.gathering import GatheredRow, Held
from domain.notice_words import WithheldReason
from domain.other_people import Span


@dataclass
class _Parts:
    """A row in the making."""

    values: dict[str, Any] = field(default_factory=dict)
    never: dict[str, None] = field(default_factory=dict)
    held: dict[str, Held] = field(default_factory=dict)
    others: dict[str, tuple[Span, ...]] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)
    leads_on: bool = False


class RowJudge:
    """Judges the rows of one collection."""

    def __init__(self, plan: Plan, person: Person, cleaner: Cleaner) -> None:
        self._plan = plan
        self._person = person
        self._cleaner = cleaner

    def judge(
        self, n: int, values: Values, files: Mapping[str, int]
    ) -> tuple[GatheredRow, tuple[str, ...]]:
        """Return the row, and the columns whose text may speak of others."""
        parts = _Parts()
        for name, how in self._plan.columns.items():
            if how is Treatment.FILE:
                parts.values[name] = None
            else:
                self._put(parts, name, how, values[name])
        row = GatheredRow(
            n=n,
            values=parts.values,
            never=tuple(parts.never),
            held=parts.held,
            others=parts.others,
            files=files,
            held_row=self.held_row(values),
            leads_on=parts.leads_on,
        )
        return row, tuple(parts.doubts)

    def held_row(self, values: Values) -> WithheldReason | None:
        """Return why a whole row is held back: somebody else wrote it (KNO-08)."""
        author = self._plan.collection.privacy.author
        if author is None:
            return None
        by = self._plan.field(author.field)
        theirs = self._person.wrote(values.get(author.field), by, author.consumer)
        return None if theirs else WithheldReason.OTHER_PERSON

    def _put(self, parts: _Parts, name: str, how: Treatment, value: str | None) -> None:
        """Put one column's value where it belongs."""
        if how is Treatment.NEVER:
            parts.never |= {self._never_type(name): None} if value else {}
        elif how is Treatment.OTHER_PERSON:
            parts.leads_on = parts.leads_on or bool(value)
        elif value is None:
            parts.values[name] = None
        else:
            self._put_clean(parts, name, self._clean(name, how, value))
            if how is Treatment.COUNSEL and value:
                parts.held[name] = Held(self._never_type(name), WithheldReason.POLICY_HEALTH)

    def _put_clean(self, parts: _Parts, name: str, clean: Clean) -> None:
        parts.values[name] = clean.value
        parts.never |= dict.fromkeys(clean.never)
        if clean.others.spans:
            parts.others[name] = clean.others.spans
        if clean.others.doubtful:
            parts.doubts.append(name)

    def _clean(self, name: str, how: Treatment, value: str) -> Clean:
        if name in self._plan.file_names:
            return self._cleaner.file_name(value)
        if name in self._plan.documents:
            return self._cleaner.document(value, self._plan.field(name))
        if how is Treatment.COUNSEL:
            return self._cleaner.held_back(value)
        if how is Treatment.TEXT:
            return self._cleaner.text(value)
        if how is Treatment.SCANNED:
            return self._cleaner.scanned(value)
        return self._cleaner.plain(value)

    def _never_type(self, name: str) -> str:
        return self._plan.field(name).privacy.never_disclose or ""
