"""Other people in what a consumer, or somebody about a consumer, typed (KNO-08).

Addresses and telephone numbers of others are known by their shape, names by the words around them
or by being given names. Names cannot be recognised for certain: what only may be one is reported as
a doubt, for staff to look at, and what was found is only marked, so that staff can undo it.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from domain.name_words import GIVEN_NAMES, NO_NAMES, PARTICLES, RELATIONS, TITLES

Span = tuple[int, int]
"""From and up to which character of a text, as in a slice."""

PHONE_DIGITS = 10


@dataclass(frozen=True)
class Own:
    """What is the consumer's own, or the company's, and stays in a text; folded as below."""

    names: frozenset[str] = frozenset()
    """Single words of the consumer's names."""
    emails: frozenset[str] = frozenset()
    """Whole addresses, or a domain that is the company's, beginning with ``@``."""
    phones: frozenset[str] = frozenset()
    """Digits."""

    @classmethod
    def of(
        cls, *, names: Iterable[str] = (), emails: Iterable[str] = (), phones: Iterable[str] = ()
    ) -> "Own":
        """Fold what is the consumer's, as it stands on file."""
        return cls(
            names=frozenset(folded(word[0]) for name in names for word in _WORD.finditer(name)),
            emails=frozenset(email.strip().lower() for email in emails),
            phones=frozenset(filter(None, (_digits(phone) for phone in phones))),
        )

    def is_email(self, address: str) -> bool:
        """Whether an e-mail address is theirs."""
        address = address.lower()
        return address in self.emails or address[address.rfind("@") :] in self.emails

    def is_phone(self, number: str) -> bool:
        """Whether a telephone number, perhaps without its codes, is theirs."""
        digits = _digits(number)[-PHONE_DIGITS:]
        return any(mine.endswith(digits) for mine in self.phones)

    def is_name(self, word: str) -> bool:
        """Whether a word belongs to one of their names."""
        return folded(word) in self.names


@dataclass(frozen=True)
class Others:
    """Where a text speaks of other people, and whether it may do so elsewhere too."""

    spans: tuple[Span, ...]
    doubtful: bool = False


_WORD = re.compile(r"[^\W\d_]+(?:[’'\-][^\W\d_]+)*")
_EMAIL = re.compile(r"[\w.+%'-]{1,64}@(?:[\w-]{1,63}\.)+[^\W\d_]{2,24}")
_PHONE = re.compile(
    r"(?<![\w@.-])(?:\+\s?\d{1,3}[\s.-]{0,2})?"
    r"(?:\(\d{2,4}\)[\s.-]{0,2}|\d{2,4}[\s.-]{1,2})\d{2,4}[\s.-]{0,2}\d{2,4}"
    r"(?:[\s.-]{1,2}\d{2,4})?(?![\w@-])|(?<![\w@.-])\+\d{8,15}(?!\w)"
)
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}")
_PHONE_WORD = (
    r"\b(?:call(?:\s+\w{1,12})?|phone|telephone|tel|cell|mobile|whatsapp|text|fax|"
    r"ll[aá]me(?:\s+al?)?|tel[eé]fono|celular|m[oó]vil)\b[\s.:#]{0,3}"
    r"(?:(?:number|n[uú]mero|at|is|es|on|al)\b\s*){0,2}"
)
_SPOKEN_PHONE = re.compile(rf"{_PHONE_WORD}(?P<number>\d(?:[\s().-]?\d){{6,14}})", re.IGNORECASE)

_CUE = re.compile(
    rf"(?:\b(?:{'|'.join(TITLES)})\b\.?|\bdr\.|\b(?:{'|'.join(RELATIONS)})\b,?|"
    r"\b(?:named|name\s+is|(?:is|am|man|woman|person)\s+called|se\s+llama|llamad[oa]|"
    r"on\s+behalf\s+of|en\s+nombre\s+de)\b)\s+(?:is\s+|es\s+)?",
    re.IGNORECASE,
)
_SIGNED = re.compile(
    r"(?:regards|sincerely|cheers|thanks|thank\s+you|best|saludos|atentamente|gracias)"
    r"\s*[,.!\n-]+\s*$",
    re.IGNORECASE,
)
_LINE_ENDS = re.compile(r"[ \t.!]*(?:\n|\r|$)")
_LONGEST_NAME = 3
_LONGEST_RUN = 8
_BEFORE = 40
"""Characters before a name in which the words stand that tell it."""


class _Word(NamedTuple):
    text: str
    start: int
    end: int
    joined: bool
    """Whether a space, or the point of an initial, is all that parts it from the word before."""
    folded: str

    @property
    def capital(self) -> bool:
        return self.text[0].isupper()


def folded(word: str) -> str:
    """Return a word in small letters without accents."""
    if word.isascii():
        return word.lower()
    plain = unicodedata.normalize("NFKD", word.replace("’", "'"))
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).lower()


def find_others(text: str, own: Own) -> Others:
    """Return where ``text`` holds addresses, telephone numbers and names of other people."""
    contacts = [*_emails(text, own), *_phones(text, own)]
    hints = {word for span in contacts for word in _hints(text[slice(*span)])} - own.names
    words = list(_words(text, contacts))
    names, doubtful = _names(text, words, own, hints)
    return Others(spans=merged([*contacts, *names]), doubtful=doubtful)


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the spans in order, those that touch made one."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return tuple(result)


def without(text: str, spans: Sequence[Span], marker: str) -> str:
    """Return ``text`` with ``marker`` in place of each of ``spans``, which are in order."""
    pieces, at = [], 0
    for start, end in spans:
        pieces += [text[at:start], marker]
        at = end
    return "".join([*pieces, text[at:]])


def _emails(text: str, own: Own) -> Iterator[Span]:
    if "@" not in text:
        return
    for match in _EMAIL.finditer(text):
        if not own.is_email(match[0]):
            yield match.span()


def _phones(text: str, own: Own) -> Iterator[Span]:
    for match in _PHONE.finditer(text):
        digits = _digits(match[0])
        is_one = PHONE_DIGITS <= len(digits) <= 15 and not _DATE.match(match[0])
        if is_one and not own.is_phone(digits):
            yield match.span()
    for match in _SPOKEN_PHONE.finditer(text):
        if not own.is_phone(match["number"]) and not _DATE.match(match["number"]):
            yield match.span("number")


def _hints(contact: str) -> Iterator[str]:
    """Yield the words of a name that an e-mail address tells: ``paul.stern@…``."""
    name, at, _ = contact.partition("@")
    if at:
        parts = (folded(word) for word in re.split(r"[\W\d_]+", name))
        yield from (word for word in parts if len(word) > 2 and word not in NO_NAMES)


def _words(text: str, contacts: Sequence[Span]) -> Iterator[_Word]:
    """Yield the words that may be part of a name, with what parts each from the one before."""
    before = None
    for match in _WORD.finditer(text):
        start, end = match.span()
        word = match[0]
        if not word[0].isupper() and word not in PARTICLES:
            continue
        if contacts and any(first <= start < last for first, last in contacts):
            continue
        gap = text[before.end : start] if before and start - before.end <= 2 else "\n"
        initial = before is not None and len(before.text) == 1 and before.capital
        joined = gap in {" ", "\N{NO-BREAK SPACE}"} or (initial and gap == ". ")
        before = _Word(word, start, end, joined, folded(word))
        yield before


def _names(text: str, words: Sequence[_Word], own: Own, hints: set[str]) -> tuple[list[Span], bool]:
    """Return the names of others, and whether more of the text may be one."""
    spans, known, doubtful, at = list[Span](), set(hints), False, 0
    while at < len(words):
        if not words[at].capital or own.is_name(words[at].text):
            at += 1
            continue
        run = _run(words, at)
        if _is_name(text, run, known):
            name = _first_name(run)
            spans.append((name[0].start, name[-1].end))
            known.update(one.folded for one in name if _tells(one))
            at += len(name)
            continue
        maybe = _may_be_name(run, own)
        doubtful = doubtful or maybe
        at += len(run) if maybe else 1
    return spans, doubtful


def _is_name(text: str, run: Sequence[_Word], known: set[str]) -> bool:
    first = run[0]
    if first.folded in NO_NAMES and not _is_initial(text, first):
        return False
    given = len(run) > 1 and first.folded in GIVEN_NAMES
    return given or first.folded in known or _cued(text, run)


def _is_initial(text: str, word: _Word) -> bool:
    """Tell the I of "Mr. I. Newton" from the one that speaks of oneself."""
    return len(word.text) == 1 and text.startswith(".", word.end)


def _first_name(run: Sequence[_Word]) -> Sequence[_Word]:
    """Return as much of ``run`` as one person's name may be; particles do not count."""
    counted = 0
    for end, word in enumerate(run, start=1):
        counted += word.folded not in PARTICLES
        if counted == _LONGEST_NAME:
            return run[:end]
    return run


def _tells(word: _Word) -> bool:
    return len(word.text) > 2 and word.folded not in PARTICLES


def _run(words: Sequence[_Word], first: int) -> list[_Word]:
    """Return the capitalised words from ``first`` on that stand together as a name would."""
    run = [words[first]]
    for word in words[first + 1 : first + _LONGEST_RUN]:
        if not word.joined or word.folded in NO_NAMES - PARTICLES:
            break
        if not word.capital and word.folded not in PARTICLES:
            break
        run.append(word)
    while not run[-1].capital:
        run.pop()
    return run


def _cued(text: str, run: Sequence[_Word]) -> bool:
    """Tell whether the words before say that a person is named: "my wife", "Mr.", "Regards,"."""
    before = text[max(0, run[0].start - _BEFORE) : run[0].start]
    if _LINE_ENDS.match(text, run[-1].end) and _SIGNED.search(before):
        return True
    return any(cue.end() == len(before) for cue in _CUE.finditer(before))


def _may_be_name(run: Sequence[_Word], own: Own) -> bool:
    strange = [w for w in run if w.folded not in NO_NAMES and not own.is_name(w.text)]
    return len(strange) > 1 and not all(w.text.isupper() for w in strange)


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdecimal())
