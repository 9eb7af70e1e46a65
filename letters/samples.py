"""A sample of every letter in its main variants, for reading and for tests; see samples.yaml."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

from domain.notices import FACTS, ConsumerFacts, NoticeFacts
from domain.vocabulary import Language, NoticeKind
from letters.addressee import Addressee

LINKS = (
    "accept_fee",
    "acknowledge",
    "case",
    "confirm",
    "disown",
    "opt_out",
    "package",
    "respond",
    "status",
    "workflow",
)
"""Every link that a letter knows; a letter prints those that its kind has a place for."""


@dataclass(frozen=True)
class Sample:
    """One letter to read: its kind, the variant that it shows, and what it is written from."""

    kind: NoticeKind
    slug: str
    facts: NoticeFacts

    def addressee(self, language: Language) -> Addressee:
        """Return the sample's reader, with every link and with what finds a person."""
        to_person = isinstance(self.facts, ConsumerFacts)
        return Addressee(
            name="Ana Ruiz" if to_person else "Postbird",
            language=language,
            links={name: f"https://privacy.example.com/{name}/opens-nothing" for name in LINKS},
            locators={"email": "ana.ruiz@example.com", "customer_number": "C-004211"},
            corrections={"crm.contact.phone": "+1 415 555 0142"},
            wording=_document()["wording"][language],
        )


def samples() -> Iterator[Sample]:
    """Return the samples in the order of their notices, the plain variant of each first."""
    document = _document()
    for row in document["samples"]:
        kind = NoticeKind(row["notice"])
        to_person = issubclass(FACTS[kind], ConsumerFacts)
        common = document["common"] | (document["to_a_person"] if to_person else {})
        facts = FACTS[kind].model_validate(common | row.get("facts", {}))
        yield Sample(kind, row["slug"], facts)


@cache
def _document() -> dict[str, Any]:
    source = (files("letters") / "samples.yaml").read_text(encoding="utf-8")
    document: dict[str, Any] = YAML(typ="safe").load(source)
    return document
