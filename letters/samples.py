"""A sample of every letter in its main variants, for reading and for tests; see samples.yaml."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

from domain.notices import FACTS, ConsumerFacts, NoticeFacts
from domain.vocabulary import Language, NoticeKind
from letters.addressee import Addressee

_PAGES = "https://privacy.example.com"

LINKS: Mapping[NoticeKind, tuple[str, ...]] = {
    NoticeKind.ACKNOWLEDGEMENT: ("confirm", "respond", "status", "disown"),
    NoticeKind.MORE_INFORMATION: ("confirm", "respond", "status", "disown"),
    NoticeKind.EXTENSION: ("status",),
    NoticeKind.DENIAL: ("opt_out", "status", "disown"),
    NoticeKind.PARTIAL_OUTCOME: ("opt_out", "status"),
    NoticeKind.ACCESS_REPORT: ("package", "status"),
    NoticeKind.DELETION_COMPLETE: ("status",),
    NoticeKind.CORRECTION_RESULT: ("status",),
    NoticeKind.UNVERIFIED_DELETION: ("status", "disown"),
    NoticeKind.OPT_OUT_DONE: ("status", "disown"),
    NoticeKind.AGENT_PROOF: ("status", "disown"),
    NoticeKind.FEE_ESTIMATE: ("accept_fee", "status"),
    NoticeKind.MINOR_OPT_IN: ("opt_out", "status"),
    NoticeKind.PROVIDER_DIRECTION: ("acknowledge",),
    NoticeKind.THIRD_PARTY_NOTICE: ("acknowledge",),
    NoticeKind.EXCESS_REFUSAL: ("status",),
    NoticeKind.NOTHING_FOUND: ("status",),
    NoticeKind.LATE_ANSWER: ("status",),
    NoticeKind.PROVIDER_REMINDER: ("acknowledge",),
    NoticeKind.SUPPLEMENT: ("status",),
    NoticeKind.PACKAGE_CODE: (),
    NoticeKind.AGENT_TOLD: (),
    NoticeKind.MERGED: ("status",),
    NoticeKind.NEW_LINK: ("status",),
    NoticeKind.STAFF_ALERT: ("workflow", "case"),
}
"""The links that each letter has a place for; it prints those that it is given."""


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
            links={name: f"{_PAGES}/{name}/opens-nothing" for name in LINKS[self.kind]},
            code="2718 2818",
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
