"""When two writings are one fact: the folds of points of identity, and the variants to look for.

Each fold exists twice, here and as an SQL expression in the Postgres connector; a test holds the
two together.
"""

import itertools
import re
import string
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime

from domain.vocabulary import PointOfIdentity

MAILS = frozenset({PointOfIdentity.EMAIL, PointOfIdentity.BUSINESS_EMAIL})
PHONES = frozenset({PointOfIdentity.PHONE, PointOfIdentity.BUSINESS_PHONE})
NUMBERS = frozenset({PointOfIdentity.CUSTOMER_NUMBER, PointOfIdentity.ORDER_NUMBER})
PHONE_DIGITS = 10
"""A North American number without its country code; longer ones are compared by their end."""

_SHORT = {
    "street": "st",
    "avenue": "ave",
    "road": "rd",
    "boulevard": "blvd",
    "drive": "dr",
    "lane": "ln",
    "court": "ct",
    "place": "pl",
    "terrace": "ter",
    "highway": "hwy",
    "apartment": "apt",
    "suite": "ste",
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
    "california": "ca",
}
_LONG = {short: long for long, short in _SHORT.items()}
_MOST_VARIANTS = 64
_DATES = ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y", "%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%Y%m%d")
_BETWEEN_ADDRESSES = re.compile(r'[\s,;<>{}"\[\]]+')
_DROPPED = re.compile(rf"[\u0300-\u036f\s{re.escape(string.punctuation)}]+")


def fold(kind: PointOfIdentity, stored: str) -> str:
    """Return the form in which a stored value is compared; columns in parts are joined first."""
    if kind in MAILS:
        return stored.strip().lower()
    if kind in PHONES:
        return re.sub(r"[^0-9]", "", stored)[-PHONE_DIGITS:]
    if kind is PointOfIdentity.BIRTH_DATE or kind in NUMBERS:
        return stored.strip()
    return _letters(stored)


def several(kind: PointOfIdentity, stored: str) -> tuple[str, ...]:
    """Return the addresses that a column holds, perhaps an array; other kinds are one value."""
    if kind not in MAILS:
        return (stored,)
    return tuple(filter(_is_address, _BETWEEN_ADDRESSES.split(stored))) or (stored,)


def _is_address(part: str) -> bool:
    return "@" in part


def variants(kind: PointOfIdentity, given: str) -> tuple[str, ...]:
    """Return the folded forms that a stored value may have to be the fact that was given."""
    if kind in NUMBERS:
        bare = re.sub(r"\s", "", given)
        return tuple(dict.fromkeys([given.strip(), bare, bare.upper(), bare.lower()]))
    if kind is PointOfIdentity.BIRTH_DATE:
        return _dates(given)
    if kind is PointOfIdentity.POSTAL_ADDRESS:
        return _addresses(given)
    folded = fold(kind, given)
    return (folded,) if folded else ()


def same(kind: PointOfIdentity, given: str, stored: str) -> bool:
    """Tell whether two writings are one fact."""
    return fold(kind, stored) in variants(kind, given)


def identity_key(kind: PointOfIdentity, given: str) -> str:
    """Return what makes a fact given under several kinds one fact (VER-01)."""
    return min(variants(kind, given), default="")


def names_contradict(one: str, other: str) -> bool:
    """Tell whether two full names cannot be one person's: neither has all words of the other."""
    ours, theirs = _words(one), _words(other)
    return bool(ours and theirs) and not (ours <= theirs or theirs <= ours)


def _letters(text: str) -> str:
    return _DROPPED.sub("", unicodedata.normalize("NFKD", text)).lower()


def _words(text: str) -> set[str]:
    return {word for word in map(_letters, re.split(r"[\s,]+", text)) if word}


def _dates(given: str) -> tuple[str, ...]:
    day = _date(given.strip())
    if day is None:
        return ()
    american = f"{day.month}/{day.day}/{day.year}"
    return tuple(dict.fromkeys([day.isoformat(), american, day.strftime("%m/%d/%Y")]))


def _date(text: str) -> date | None:
    for form in _DATES:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007
        except ValueError:
            continue
    return None


def _addresses(given: str) -> tuple[str, ...]:
    """Return the address with each usual abbreviation written short and long."""
    words = [_letters(word) for word in re.split(r"[\s,]+", given)]
    choices: list[Sequence[str]] = [_spellings(word) for word in words if word]
    products = itertools.islice(itertools.product(*choices), _MOST_VARIANTS)
    return tuple(dict.fromkeys("".join(product) for product in products))


def _spellings(word: str) -> Sequence[str]:
    other = _SHORT.get(word) or _LONG.get(word)
    return (word, other) if other else (word,)
