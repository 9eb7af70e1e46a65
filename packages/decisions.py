"""The decisions of a review, looked up by item: its own, else its row's, else its collection's."""

from collections.abc import Iterable, Mapping, Sequence

from domain.free_text import marker
from domain.notice_words import WithheldReason
from domain.other_people import Span
from domain.package import GatheringOutline, ReviewAction, ReviewDecision, SectionOutline


class ReviewRefused(Exception):
    """A decision cannot be carried out; ``item`` says which. Nothing was built."""

    def __init__(self, item: str, problem: str) -> None:
        super().__init__(f"{item}: {problem}")
        self.item = item


class Decisions:
    """What staff decided. Of several decisions on one item the last counts; redactions add up.

    On what is held back because it speaks of health, counsel's decisions alone count (RED-08).
    """

    def __init__(self, outline: GatheringOutline, decisions: Sequence[ReviewDecision]) -> None:
        """Raises ``ReviewRefused`` for a decision on what was not gathered."""
        known = {section.place: section for section in outline.sections}
        for decision in decisions:
            _check(decision.item, known)
        redactions = [one for one in decisions if one.action is ReviewAction.REDACT]
        others = [one for one in decisions if one.action is not ReviewAction.REDACT]
        self._others = {one.item: one for one in others}
        self._counsels = {one.item: one for one in others if one.by_counsel}
        self._redacted: dict[str, list[ReviewDecision]] = {}
        for one in redactions:
            self._redacted.setdefault(one.item, []).append(one)

    def withholds(self, item: str, held: WithheldReason | None = None) -> WithheldReason | None:
        """Return why staff withhold an item, which may be ``held`` back already, if they do."""
        decision = self._on(item, held)
        withheld = decision is not None and decision.action is ReviewAction.WITHHOLD
        return decision.reason if decision and withheld else None

    def releases(self, item: str, held: WithheldReason | None = None) -> bool:
        """Whether staff let an item go out that may be ``held`` back."""
        decision = self._on(item, held)
        return decision is not None and decision.action is ReviewAction.RELEASE

    def redactions(self, item: str) -> list[tuple[Span, WithheldReason]]:
        """Return what staff took out of a text, and why."""
        return [
            (span, one.reason or WithheldReason.OTHER_PERSON)
            for one in self._redacted.get(item, ())
            for span in one.spans
        ]

    def touch(self, item: str) -> bool:
        """Whether staff decided anything on an item."""
        return self._on(item) is not None or item in self._redacted

    def _on(self, item: str, held: WithheldReason | None = None) -> ReviewDecision | None:
        counted = self._counsels if held is WithheldReason.POLICY_HEALTH else self._others
        while item and counted:
            if (decision := counted.get(item)) is not None:
                return decision
            item = item.rpartition("/")[0]
        return None


def taken_out(text: str, taken: Iterable[tuple[Span, WithheldReason]]) -> str:
    """Return a text with a marker in place of each span; of overlapping spans the first names it.

    Raises ``ValueError`` for a span that the text has not.
    """
    pieces, at = list[str](), 0
    for (start, end), reason in sorted(taken, key=lambda one: one[0]):
        if end > len(text):
            raise ValueError(f"the text has {len(text)} characters; correct the span")
        if start >= at:
            pieces += [text[at:start], marker(reason.value.lower())]
        at = max(at, end)
    return "".join([*pieces, text[at:]])


def _check(item: str, known: Mapping[str, SectionOutline]) -> None:
    place, _, rest = item.partition("/")
    number, _, column = rest.partition("/")
    section = known.get(place)
    if section is None:
        raise ReviewRefused(item, "nothing was gathered there; look at the package's collections")
    if number and int(number) > section.rows:
        raise ReviewRefused(item, f"the collection has {section.rows} rows; correct the number")
    if column and column not in {one.name for one in section.fields}:
        raise ReviewRefused(item, "the collection has no such field; correct its name")
