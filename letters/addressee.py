"""Whom a letter goes to, with what is personal or secret about it: name, links, locators."""

import re
import unicodedata
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

from domain.vocabulary import Language

NAME_LIMIT = 60
"""Longest name that a letter prints, in characters; a longer one ends at a whole word."""

_LINKS = re.compile(r"://|www\.|[/@\\]", re.IGNORECASE)
_JOINING = re.compile(r"\.(?=\S)")


class Addressee(BaseModel):
    """The reader of one letter. Its representation shows no value.

    ``links`` maps the names that templates know (``confirm``, ``disown``, ``status`` …) to
    addresses; ``code`` opens a package once. ``locators`` finds the person for a provider, by
    identifier type, and ``corrections`` tells it what a field is to say. ``wording`` says
    collections and fields of the data map in plain words of the letter's language.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str = Field(repr=False)
    language: Language = Language.ENGLISH
    links: Mapping[str, str] = Field(default_factory=dict, repr=False)
    code: str = Field(default="", repr=False)
    locators: Mapping[str, str] = Field(default_factory=dict, repr=False)
    corrections: Mapping[str, str] = Field(default_factory=dict, repr=False)
    wording: Mapping[str, str] = Field(default_factory=dict, repr=False)


def greeting_name(name: str) -> str:
    """Return a person's name as a letter may print it, or nothing if nothing is left (NOT-05).

    Letters, marks and the punctuation of names stay; whatever could be a link, an address, a
    phone number or markup goes, so that nobody can send text of theirs to a stranger.
    """
    words = [
        word for word in unicodedata.normalize("NFKC", name).split() if not _LINKS.search(word)
    ]
    kept = "".join(_kept(character) for character in _JOINING.sub(" ", " ".join(words)))
    return _shortened(" ".join(kept.split()).strip("-,. "))


def display_name(name: str) -> str:
    """Return a company's name from our own registry on one line, without control characters."""
    return " ".join(without_controls(name).split())


def without_controls(text: str) -> str:
    """Return ``text`` on one line: controls, formats and line separators become spaces."""
    return "".join(" " if _breaks(unicodedata.category(one)) else one for one in text)


def _breaks(category: str) -> bool:
    return category.startswith("C") or category in {"Zl", "Zp"}


def _kept(character: str) -> str:
    category = unicodedata.category(character)
    return character if category[0] in "LM" or character in " '’.-" else " "


def _shortened(name: str) -> str:
    if len(name) <= NAME_LIMIT:
        return name
    head, _, _ = name[: NAME_LIMIT + 1].rpartition(" ")
    return head or name[:NAME_LIMIT]
