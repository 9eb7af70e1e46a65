"""Cleaning of values: what is never disclosed goes, other people are marked (RED, KNO-08)."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datamap.schema import MapField
from domain.free_text import marker
from domain.notice_words import WithheldReason
from domain.other_people import Others, Own, find_others, without
from domain.redaction import HeldField, Scrubber

OTHER_PERSON = WithheldReason.OTHER_PERSON.value.lower()
"""What the marker names where another person stood."""

NOBODY = Others(())

MOST_HIDDEN = 200
"""Withheld values that are looked for in every other value; numbers are found by shape besides."""

_ORDINARY = re.compile(
    r"-?\d{1,12}(\.\d{1,6})?|true|false|"
    r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?)?|"
    r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
)
"""Counts, amounts, instants, random ids: nothing hides in them, and a scan would only guess."""


@dataclass(frozen=True)
class Clean:
    """A value fit to be shown, what was taken out of it, and whom it may speak of besides."""

    value: Any
    never: tuple[str, ...] = ()
    others: Others = NOBODY


class Cleaner:
    """Cleans the values of one person's rows.

    ``hidden`` is what fields withhold for good, ``held`` what they hold back for counsel: neither
    is shown where it is repeated.
    """

    def __init__(
        self, own: Own, hidden: Sequence[HeldField], held: Sequence[HeldField] = ()
    ) -> None:
        self._own = own
        everything = [*hidden, *held][:MOST_HIDDEN]
        self._plain = Scrubber(everything, free_text=False)
        self._free = Scrubber(everything, free_text=True)
        self._for_counsel = Scrubber(hidden[:MOST_HIDDEN], free_text=True)

    def plain(self, value: str) -> Clean:
        """Clean a value that holds what it is named for."""
        return Clean(self._plain.text(value))

    def scanned(self, value: str) -> Clean:
        """Clean a value of any kind."""
        if _ORDINARY.fullmatch(value):
            return self.plain(value)
        return _scan(self._free, self._free.text, value)

    def file_name(self, name: str) -> Clean:
        """Clean a file's name, where an underscore parts words."""
        return _scan(self._free, self._free.name, name)

    def text(self, value: str) -> Clean:
        """Clean what somebody typed, and mark in it where it speaks of others."""
        return self._marked(self.scanned(value))

    def held_back(self, value: str) -> Clean:
        """Clean a text that counsel may release, in the same way."""
        return self._marked(_scan(self._for_counsel, self._for_counsel.text, value))

    def document(self, value: str, field: MapField) -> Clean:
        """Clean a JSON document, member by member; others are taken out of it, not marked.

        Members that the map calls never-disclosed go as wholes. What is no JSON is text.
        """
        try:
            document = json.loads(value, parse_constant=str)
            kept, never = _without_members(document, field.fields or ())
            clean = _scan(self._free, self._free.value, kept)
            return Clean(self._without_others(clean.value), (*never, *clean.never))
        except (ValueError, RecursionError):
            return self.text(value)

    def _marked(self, clean: Clean) -> Clean:
        return Clean(clean.value, clean.never, find_others(clean.value, self._own))

    def _without_others(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: self._without_others(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._without_others(item) for item in value]
        if isinstance(value, str):
            return without(value, find_others(value, self._own).spans, marker(OTHER_PERSON))
        return value


def _scan(scrubber: Scrubber, clean: Callable[[Any], Any], value: Any) -> Clean:
    scrubber.found.clear()
    return Clean(clean(value), tuple(scrubber.found))


def _without_members(document: Any, fields: Iterable[MapField]) -> tuple[Any, tuple[str, ...]]:
    """Return a document without the members that are never disclosed, and their types."""
    if isinstance(document, list):
        parts = [_without_members(item, fields) for item in document]
        return [part for part, _ in parts], tuple(kind for _, kinds in parts for kind in kinds)
    if not isinstance(document, Mapping):
        return document, ()
    known = {field.name: field for field in fields}
    kept: dict[str, Any] = {}
    never: list[str] = []
    for name, item in document.items():
        field = known.get(name)
        if field is not None and field.privacy.never_disclose:
            never += [field.privacy.never_disclose] if item not in (None, "") else []
        elif field is None or not field.privacy.other_person:
            kept[name], inner = _without_members(item, field.fields or () if field else ())
            never += inner
    return kept, tuple(never)
