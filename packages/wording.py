"""The words of a package: our sentences, the policy's labels, names of collections and fields."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal
from ruamel.yaml import YAML

from domain.notices import DisclosedCategory, Withheld
from domain.policy import Policy
from domain.policy_terms.base import Sentence
from domain.policy_terms.disclosure import Label
from domain.redaction import never_disclosed
from domain.vocabulary import Language

Words = Mapping[str, Any]


@cache
def catalogue(language: Language) -> Words:
    """Return every word of the pages in ``language``."""
    text = (files("packages") / "words" / f"{language}.yaml").read_text(encoding="utf-8")
    words: Words = YAML(typ="safe", pure=True).load(text)
    return words


class Wording:
    """Says things in one language, with the labels of one policy."""

    def __init__(self, policy: Policy, language: Language) -> None:
        self.language = language
        self.words = catalogue(language)
        self._policy = policy
        self._terms = policy.disclosure

    def day(self, day: date) -> str:
        """Say a date."""
        return format_date(day, "long", locale=self.language.value)

    def count(self, number: int) -> str:
        """Say a number."""
        return str(format_decimal(number, locale=self.language.value))

    def category(self, code: str) -> str:
        """Say a category of data."""
        return self._label(self._terms.categories, code)

    def categories(self, codes: Iterable[str]) -> list[str]:
        """Say categories of data."""
        return [self.category(code) for code in codes]

    def sources(self, codes: Iterable[str]) -> list[str]:
        """Say categories of sources."""
        return [self._label(self._terms.sources, code) for code in codes]

    def purposes(self, codes: Iterable[str]) -> list[str]:
        """Say purposes."""
        return [self._label(self._terms.purposes, code) for code in codes]

    def recipients(self, codes: Iterable[str]) -> list[str]:
        """Say categories of recipients."""
        return [self._label(self._terms.recipients, code) for code in codes]

    def went_to(self, row: DisclosedCategory) -> str:
        """Say who received one category."""
        recipients = "; ".join(self.recipients(row.recipients))
        sentence: str = self.words["went_to"]
        return sentence.format(category=self.category(row.category), recipients=recipients)

    def withheld(self, withheld: Withheld, places: Mapping[str, str]) -> str:
        """Say that something is held and why it is not shown, without any value (RED)."""
        reason = self.words["reasons"][withheld.reason.value]
        row = never_disclosed(self._policy, withheld.kind)
        if row is not None:
            return f"{row.line.in_language(self.language)} {reason}"
        return f"{places.get(withheld.kind) or spelled_out(withheld.kind)}: {reason}"

    def name(self, label: Sentence | None, name: str) -> str:
        """Say a collection or a field: as the map words it, else as we would, else as it is."""
        if label is not None:
            return label.in_language(self.language)
        usual: Mapping[str, str] = self.words["names"]
        return usual.get(name.rpartition(".")[2].lower()) or spelled_out(name)

    def _label(self, labels: Iterable[Label], code: str) -> str:
        named = [label for label in labels if label.code == code]
        return named[0].text.in_language(self.language) if named else spelled_out(code)


def spelled_out(name: str) -> str:
    """Return the last part of a technical name as words: ``shop.web_visits``: Web visits."""
    words = name.rpartition(".")[2].replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]
