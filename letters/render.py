"""Makes a letter from its kind, its facts, its reader and the policy; refuses an incomplete one."""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from pydantic import BaseModel, ConfigDict, Field

from domain.notices import (
    ConsumerFacts,
    NoticeFacts,
    ProviderDirectionFacts,
    ThirdPartyNoticeFacts,
    missing_frame_items,
    missing_items,
)
from domain.policy import Policy
from domain.vocabulary import Language, NoticeKind
from letters.addressee import Addressee, display_name, greeting_name
from letters.catalogue import source_of
from letters.phrasebook import Phrasebook, capital, uncapital
from letters.plain import WIDTH, text_of
from letters.structure import (
    Block,
    Marked,
    addresses,
    blocks,
    link,
    printed,
    says_something,
    strong,
)

LAYOUT = "layout.html.j2"

NO_BREAK = "\N{NO-BREAK SPACE}"

_FRAMES = {
    NoticeKind.PROVIDER_DIRECTION: "_company",
    NoticeKind.THIRD_PARTY_NOTICE: "_company",
    NoticeKind.PROVIDER_REMINDER: "_company",
    NoticeKind.STAFF_ALERT: "_staff",
}


class MissingItems(Exception):
    """A letter lacks items that its rule requires; nothing was sent (NOT-01)."""

    def __init__(self, kind: NoticeKind, missing: list[str]) -> None:
        """Keep the kind and the sorted keys of what is missing."""
        self.kind = kind
        self.missing = missing
        lacks = ", ".join(missing)
        super().__init__(
            f"notice {kind} lacks {lacks}: complete its facts, its links or the policy"
        )


class RenderedLetter(BaseModel):
    """A letter ready to send, in both forms; its representation shows no word of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: str = Field(repr=False)
    text: str = Field(repr=False)
    html: str = Field(repr=False)
    template_version: str


class Written(NamedTuple):
    """What a letter says in every form: its subject, the lines under it, its paragraphs."""

    subject: str
    head: list[tuple[str, str]]
    body: list[Block]


def write(kind: NoticeKind, facts: NoticeFacts, addressee: Addressee, policy: Policy) -> Written:
    """Write the words of the letter ``kind``; raises what ``render`` raises."""
    items = items_of(kind, facts, addressee, policy)
    refuse_incomplete(kind, facts, items)
    subject = " ".join(items.pop("subject").split())
    body = [block for text in items.values() for block in blocks(text)]
    return Written(subject, _head(facts, addressee, policy), body)


def render(
    kind: NoticeKind, facts: NoticeFacts, addressee: Addressee, policy: Policy
) -> RenderedLetter:
    """Write the letter ``kind`` in the addressee's language.

    Raises:
        MissingItems: an item that the rule requires came out empty (NOT-01).
        Unworded: the policy has no words for a code in the facts.
        ValueError: a link is not an http(s) address.
    """
    written = write(kind, facts, addressee, policy)
    return RenderedLetter(
        subject=written.subject,
        text=_text(written, policy),
        html=_html(written, addressee, policy),
        template_version=template_version(kind, addressee.language),
    )


@cache
def template_version(kind: NoticeKind, language: Language) -> str:
    """Return a short hash over everything of ours that the letter is made from (NOT-02)."""
    names = (_frame_name(kind, language), _letter_name(kind, language), LAYOUT)
    digest = hashlib.sha256(source_of(language).encode())
    for name in names:
        digest.update((files("letters") / "templates" / name).read_bytes())
    return digest.hexdigest()[:12]


def items_of(
    kind: NoticeKind, facts: NoticeFacts, addressee: Addressee, policy: Policy
) -> dict[str, str]:
    """Return what each item of frame and letter says, by its key, in the order of the page."""
    frame = sentences().get_template(_frame_name(kind, addressee.language))
    letter = sentences().get_template(_letter_name(kind, addressee.language))
    values = _values(kind, facts, addressee, policy)
    items: dict[str, str] = {}
    for name in frame.blocks:
        if name == "letter":
            items |= {key: _said(letter, key, values) for key in letter.blocks}
        else:
            items[name] = _said(frame, name, values)
    return items


def _said(template: Template, block: str, values: dict[str, object]) -> str:
    context = template.new_context(values)
    return "".join(template.blocks[block](context)).strip()


def _values(
    kind: NoticeKind, facts: NoticeFacts, addressee: Addressee, policy: Policy
) -> dict[str, object]:
    links = addresses(addressee.links)
    clean = greeting_name if isinstance(facts, ConsumerFacts) else display_name

    def linked(name: str, label: str, *, quiet: bool = False) -> Marked:
        return link(links[name], label, quiet=quiet) if name in links else Marked("")

    say = Phrasebook(facts, addressee, policy)
    return {
        "kind": kind,
        "f": facts,
        "say": say,
        "group": say.group,
        "name": clean(addressee.name),
        "business": policy.business,
        "phone": policy.business.phone.replace(" ", NO_BREAK),
        "policy": policy,
        "code": addressee.code,
        "locators": dict(addressee.locators),
        "corrections": dict(addressee.corrections),
        "has": links.__contains__,
        "link": linked,
        "url": lambda address: link(address, address),
        "mail": lambda address: link(f"mailto:{address}", address),
    }


def refuse_incomplete(kind: NoticeKind, facts: NoticeFacts, items: Mapping[str, str]) -> None:
    """Check that every item which the rule requires under these facts says something (NOT-01).

    Raises:
        MissingItems: one does not.
    """
    present = [key for key, text in items.items() if says_something(text)]
    conditions = facts.conditions()
    missing = missing_items(kind, present, conditions)
    if isinstance(facts, ConsumerFacts):
        missing = sorted({*missing, *missing_frame_items(present, conditions)})
    if missing or "subject" not in present:
        raise MissingItems(kind, missing or ["subject"])


def _text(written: Written, policy: Policy) -> str:
    head = [f"{label}: {value}" for label, value in written.head]
    title = [policy.business.name, "", written.subject, "=" * min(len(written.subject), WIDTH)]
    return "\n".join([*title, "", *head, "", text_of(written.body), ""])


def _html(written: Written, addressee: Addressee, policy: Policy) -> str:
    return (
        pages()
        .get_template(LAYOUT)
        .render(
            language=addressee.language,
            subject=written.subject,
            business=policy.business,
            head=written.head,
            body=written.body,
        )
    )


def _head(facts: NoticeFacts, addressee: Addressee, policy: Policy) -> list[tuple[str, str]]:
    say = Phrasebook(facts, addressee, policy)
    head = say.words.head
    rows = [(head["date"], say.day(facts.written_on)), (head["number"], facts.request_id)]
    if isinstance(facts, ProviderDirectionFacts | ThirdPartyNoticeFacts):
        return rows  # a company learns what to do, not what was asked or when
    about, received = (head["about"], say.title()), (head["received"], say.day(facts.receipt_date))
    return [*rows, about, received]


def _frame_name(kind: NoticeKind, language: Language) -> str:
    return f"{language}/{_FRAMES.get(kind, '_person')}.j2"


def _letter_name(kind: NoticeKind, language: Language) -> str:
    return f"{language}/{kind.name.lower()}.j2"


@cache
def sentences() -> Environment:
    """Return the environment of the letters' own sentences: plain text, marked by helpers only."""
    environment = Environment(
        loader=PackageLoader("letters"),
        autoescape=False,  # what it makes is never HTML: the page below escapes all of it
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=printed,
    )
    environment.filters |= {"strong": strong, "capital": capital, "uncapital": uncapital}
    return environment


@cache
def pages() -> Environment:
    """Return the environment of HTML pages, which escapes every value."""
    return Environment(
        loader=PackageLoader("letters"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
