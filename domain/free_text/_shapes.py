"""Numbers that their own shape gives away: taxpayer numbers, cards, IBANs, masks with digits."""

import re
from collections.abc import Iterator, Sequence

from domain.free_text._spans import FINANCIAL, SSN, Span

_SEP = r"[\s\-._/\u00ad\u2010-\u2015\u2212\u200b-\u200d\u2060\ufeff\uff0d]"
_MASK = r"[xX*•●#∗]"
_NO_DIGIT_BEFORE = r"(?<![\d])"

_SSN_SHAPE = re.compile(rf"{_NO_DIGIT_BEFORE}\d{{3}}{_SEP}{{1,3}}\d{{2}}{_SEP}{{1,3}}\d{{4}}(?!\d)")
_SSN_MASKED = re.compile(
    rf"(?<!\w){_MASK}{{3}}{_SEP}?{_MASK}{{2}}{_SEP}?\d{{4}}(?!\d)|"
    rf"{_NO_DIGIT_BEFORE}\d{{3}}{_SEP}?{_MASK}{{2}}{_SEP}?{_MASK}{{4}}(?!\w)"
)
_MASKED = re.compile(
    rf"(?<![\w*•●#∗]){_MASK}{{2,}}(?:{_SEP}{{1,2}}{_MASK}{{2,}})*{_SEP}{{0,2}}\d{{2,6}}(?!\d)"
)
_DIGIT_RUN = re.compile(rf"(?<![\d+])\d(?:{_SEP}{{0,3}}\d){{12,}}")
_CARD_LENGTHS = range(19, 12, -1)
_IBAN_START = re.compile(rf"(?<![A-Za-z0-9])[A-Za-z]{{2}}\d{{2}}(?:{_SEP}?[A-Za-z0-9]){{11,40}}")
_IBAN_LENGTHS = range(34, 14, -1)


def by_shape(text: str) -> Iterator[Span]:
    """Find every number of a known shape; cards and IBANs only where their check digits fit."""
    yield from _shaped(_SSN_SHAPE, SSN, text)
    yield from _shaped(_SSN_MASKED, SSN, text)
    yield from _cards(text)
    yield from _ibans(text)
    yield from _shaped(_MASKED, FINANCIAL, text)


def _shaped(pattern: re.Pattern[str], field_type: str, text: str) -> Iterator[Span]:
    for match in pattern.finditer(text):
        yield Span(start=match.start(), end=match.end(), field_type=field_type)


def _cards(text: str) -> Iterator[Span]:
    for run in _DIGIT_RUN.finditer(text):
        digits = [at for at in range(run.start(), run.end()) if text[at].isdecimal()]
        yield from _cards_in(text, digits)


def _cards_in(text: str, digits: list[int]) -> Iterator[Span]:
    """Find cards that begin and end where a group of digits does, so that a date may follow."""
    first = 0
    while first < len(digits):
        last = _card_end(text, digits, first) if _begins(digits, first) else None
        if last is None:
            first += 1
        else:
            yield Span(start=digits[first], end=digits[last] + 1, field_type=FINANCIAL)
            first = last + 1


def _card_end(text: str, digits: list[int], first: int) -> int | None:
    for length in _CARD_LENGTHS:
        last = first + length - 1
        if last >= len(digits) or not _ends(digits, last):
            continue
        if _luhn([int(text[at]) for at in digits[first : last + 1]]):
            return last
    return None


def _begins(digits: list[int], index: int) -> bool:
    return index == 0 or digits[index] - digits[index - 1] > 1


def _ends(digits: list[int], index: int) -> bool:
    return index == len(digits) - 1 or digits[index + 1] - digits[index] > 1


def _luhn(digits: Sequence[int]) -> bool:
    doubled = [n if i % 2 == 0 else sum(divmod(2 * n, 10)) for i, n in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def _ibans(text: str) -> Iterator[Span]:
    for match in _IBAN_START.finditer(text):
        signs = [at for at in range(match.start(), match.end()) if text[at].isalnum()]
        for length in _IBAN_LENGTHS:
            if len(signs) < length or not _ends(signs, length - 1):
                continue
            if _is_iban("".join(text[at] for at in signs[:length])):
                yield Span(start=signs[0], end=signs[length - 1] + 1, field_type=FINANCIAL)
                break


def _is_iban(signs: str) -> bool:
    moved = (signs[4:] + signs[:4]).upper()
    if not moved.isascii():
        return False
    return int("".join(str(int(sign, 36)) for sign in moved)) % 97 == 1
