"""Numbers that stand near the word that says what they are."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from pydantic import BaseModel, ConfigDict

from domain.free_text._spans import (
    FINANCIAL,
    INSURANCE,
    LICENSE,
    MEDICAL,
    OTHER_ID,
    PASSPORT,
    SSN,
    STATE_ID,
    Span,
)

_GAP = r"(?:[^\S\r\n]|[\-._/\u2010-\u2015\u2212\u200b-\u200d\u2060\ufeff])"
_TOKEN = re.compile(
    rf"(?<![A-Za-z@])(?:[A-Za-z]{{1,5}}-?)?\d[A-Za-z\d]*"
    rf"(?:{_GAP}{{1,2}}[A-Za-z]{{0,3}}\d[A-Za-z\d]*)*(?![A-Za-z\d]*@)"
)
_LEAST_DIGITS = 4
_LEAST_DIGITS_BESIDE = 3
_DATE = re.compile(
    r"(?:\d{1,2}/\d{2,4}|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})"
    r"(?:T[\d:.]+Z?)?"
)
_YEAR = re.compile(r"(?:19|20)\d{2}")
_PHONE = re.compile(r"(?:\+?\d{1,3}[\s.-]?)?\(?\d{3}\)?[\s.-]\d{3}[\s.-]\d{4}")
_CONNECTORS = re.compile(
    r"(?:\s|[:#=(\"'*_,.–—-]|numbers?\b|no\b|nos\b|num\b|nr\b|nº|n°|número\b|id\b|ids\b|code\b|"
    r"card\b|account\b|acct\b|cuenta\b|is\b|was\b|are\b|es\b|son\b|ending\b|ends\b|in\b|with\b|"
    r"last\b|four\b|4\b|digits?\b|of\b|the\b|my\b|el\b|la\b|mi\b|de\b|termina(?:da|do)?\b|en\b)*",
    re.IGNORECASE,
)
_AFTER, _BEFORE = 48, 24

_KEYWORDS: Sequence[tuple[str, re.Pattern[str]]] = tuple(
    (field_type, re.compile(words, re.IGNORECASE))
    for field_type, words in (
        (
            SSN,
            r"\b(?:ssn|s\.s\.n\.?|social\s+security|soc(?:ial)?\s+sec|itin|tin|tax(?:payer)?\s*"
            r"(?:id|identification|number|no)|seguro\s+social)\b",
        ),
        (
            LICENSE,
            r"\b(?:(?:driver|drivers|driver[’']s|driving)[\s_-]*licen[cs]e|"
            r"licen[cs]e\b|d\.?l\.?\s*(?:number|no\b|num|#|:)|dl\s*#|"
            r"licencia\s+de\s+(?:conducir|manejo)|cdl)",
        ),
        (STATE_ID, r"\bstate[\s_-]*(?:id|identification|identity)\b"),
        (PASSPORT, r"\b(?:passports?|pasaportes?)"),
        (
            OTHER_ID,
            r"\b(?:green\s+card|alien\s+(?:registration|number)|uscis|military\s+id|tribal\s+id|"
            r"national\s+id|government\s+id|curp|matr[ií]cula\s+consular)",
        ),
        (
            INSURANCE,
            r"\b(?:(?:health|medical)\s*(?:insurance|plan)(?:\s+(?:card|id|number|policy))*|"
            r"insurance\s*(?:id|number|no\b|policy|member|card)|member\s*id|subscriber\s*id|medicare|medi[-\s]cal|medicaid|"
            r"seguro\s+m[eé]dico)",
        ),
        (
            MEDICAL,
            r"\b(?:mrn(?![a-z])|medical\s*(?:record|id|identification|number|no\b|file|chart)|"
            r"patient\s*(?:id|number|no\b|record|#)|health\s*record|historia\s+cl[ií]nica)",
        ),
        (
            FINANCIAL,
            r"\b(?:iban|bank(?:ing)?\b(?!\s+(?:st|street|road|rd|lane|ave|avenue|holiday)\b)|"
            r"(?<!customer\s)(?<!client\s)(?<!user\s)(?<!member\s)"
            r"(?:account|acct)\.?\s*(?:number|no\b|num|nr|#|ending|:)|(?:checking|savings)\s+account|"
            r"routing|aba\b|cuenta\s+bancaria)",
        ),
    )
)

_CARD_WORDS = re.compile(
    r"\b(?:(?:credit|debit|payment|bank)\s*cards?|card\s*(?:number|no\b|num|#|ending|:)|card\b|visa|"
    r"master\s?card|amex|american\s+express|discover|cvv2?|cvc|tarjeta)",
    re.IGNORECASE,
)
"""Beside these the last digits of a card stand; a whole one is known by its check digit."""

_LEAST_CARD_DIGITS = 13
_OTHER_LABEL = re.compile(
    r"\b(?:order|invoice|customer|client|ticket|case|reference|ref|tracking|parcel|shipment|quote|"
    r"request|phone|telephone|tel|fax|zip|pedido|factura|tel[eé]fono)s?\.?\s*"
    r"(?:number|no\b|num|nr|id|code|#|:|\.|\s|is\b)*$",
    re.IGNORECASE,
)
"""A number with a label of its own is not the keyword's, however near that stands."""

_LONGEST_KEYWORD = 80


class _Near(BaseModel):
    """How near a keyword stands to a number; the lowest rank names the number."""

    model_config = ConfigDict(frozen=True)

    rank: tuple[int, int]
    start: int
    field_type: str


def near_keywords(text: str) -> Iterator[Span]:
    """Find every number near a keyword; the nearest keyword names it."""
    keywords = sorted(_keywords(text), key=lambda each: each[1].start())
    starts = [keyword.start() for _, keyword in keywords]
    for token in _TOKEN.finditer(text) if keywords else ():
        first = bisect_left(starts, token.start() - _AFTER - _LONGEST_KEYWORD)
        last = bisect_right(starts, token.end() + _BEFORE)
        around = keywords[first:last]
        near = [found for each in around if (found := _nearness(text, *each, token))]
        if near:
            nearest = min(near, key=lambda each: each.rank)
            yield Span(start=nearest.start, end=token.end(), field_type=nearest.field_type)


def _keywords(text: str) -> Iterator[tuple[str, re.Match[str]]]:
    for field_type, pattern in (*_KEYWORDS, (FINANCIAL, _CARD_WORDS)):
        for keyword in pattern.finditer(text):
            yield field_type, keyword


def _nearness(
    text: str, field_type: str, keyword: re.Match[str], token: re.Match[str]
) -> _Near | None:
    if token.start() - keyword.end() > _AFTER or keyword.start() - token.end() > _BEFORE:
        return None
    if token.end() <= keyword.start():
        gap = keyword.start() - token.end()
        near = _is_near(text, keyword, token.start(), token[0])
        return _Near(rank=(1, gap), start=token.start(), field_type=field_type) if near else None
    start = max(token.start(), keyword.end())
    if start >= token.end():
        return None
    between, number = text[keyword.end() : start], text[start : token.end()]
    if _CONNECTORS.fullmatch(between):
        beside = _is_beside(keyword, number)
        return _Near(rank=(0, len(between)), start=start, field_type=field_type) if beside else None
    near = _is_near(text, keyword, start, number)
    return _Near(rank=(1, len(between)), start=start, field_type=field_type) if near else None


def _is_beside(keyword: re.Match[str], number: str) -> bool:
    """Tell whether a number that follows a keyword at once is what the keyword says."""
    if _DATE.fullmatch(number) or _digits(number) < _LEAST_DIGITS_BESIDE:
        return False
    return keyword.re is not _CARD_WORDS or _digits(number) < _LEAST_CARD_DIGITS


def _is_near(text: str, keyword: re.Match[str], start: int, number: str) -> bool:
    if keyword.re is _CARD_WORDS or _OTHER_LABEL.search(text[max(0, start - _AFTER) : start]):
        return False
    return _is_number(number)


def _is_number(token: str) -> bool:
    """Tell whether a token could be an account or document number, and is no date or phone."""
    ordinary = (_DATE, _YEAR, _PHONE)
    if any(pattern.fullmatch(token) for pattern in ordinary):
        return False
    return _digits(token) >= _LEAST_DIGITS


def _digits(text: str) -> int:
    return sum(sign.isdecimal() for sign in text)
