"""Numbers and secrets in free text: what is never disclosed is found and taken out (RED-09).

A number is found by its own shape (taxpayer numbers, cards, IBANs) or by standing near its keyword.
Separators, dashes and invisible characters do not hide it, and neither does a mask that leaves
digits. In doubt a number near a keyword goes.
"""

from collections.abc import Iterable, Iterator

from pydantic import BaseModel, ConfigDict

from domain.free_text._near_keywords import near_keywords
from domain.free_text._secrets import secrets
from domain.free_text._shapes import by_shape
from domain.free_text._spans import Span


class Scanned(BaseModel):
    """A text without what may not be shown, and which types of field stood in it."""

    model_config = ConfigDict(frozen=True)

    text: str
    found: tuple[str, ...]


def scan(text: str) -> Scanned:
    """Return ``text`` with every number and secret of RED-01 to RED-06 replaced by its type."""
    spans = _merged(_spans(text))
    pieces, at = [], 0
    for span in spans:
        pieces += [text[at : span.start], marker(span.field_type)]
        at = span.end
    found = tuple(dict.fromkeys(span.field_type for span in spans))
    return Scanned(text="".join([*pieces, text[at:]]), found=found)


def marker(field_type: str) -> str:
    """Return what stands in place of a value."""
    return f"[WITHHELD:{field_type}]"


def _spans(text: str) -> Iterator[Span]:
    yield from secrets(text)
    yield from by_shape(text)
    yield from near_keywords(text)


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Join spans that overlap; the type that was found first, by shape, names the whole."""
    merged: list[Span] = []
    for span in sorted(enumerate(spans), key=lambda each: (each[1].start, each[0])):
        _join(merged, span[1])
    return merged


def _join(merged: list[Span], span: Span) -> None:
    if merged and span.start < merged[-1].end:
        end = max(span.end, merged[-1].end)
        merged[-1] = merged[-1].model_copy(update={"end": end})
    else:
        merged.append(span)
