"""Says dates, codes and names in the words of one letter's language: ``say`` in the templates."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_currency
from babel.units import format_unit

from domain.notice_words import Reader, WithheldReason
from domain.notices import (
    AcknowledgementFacts,
    ConsumerFacts,
    DisclosedCategory,
    NoticeFacts,
    ProviderReport,
    Withheld,
)
from domain.policy import Policy
from domain.policy_terms.base import Sentence
from domain.policy_terms.disclosure import Label
from domain.vocabulary import PointOfIdentity, ProviderStanding, Requester, RequestType
from letters.addressee import Addressee
from letters.catalogue import Catalogue, SituationPhrases, Topic, catalogue

Group = Literal["know", "delete", "correct", "choice", "report"]
"""What a type of request comes to, as far as sentences differ."""

_GROUPS: dict[RequestType, Group] = {
    RequestType.KNOW_CATEGORIES: "know",
    RequestType.KNOW_SPECIFIC: "know",
    RequestType.KNOW_BOTH: "know",
    RequestType.PORTABILITY: "know",
    RequestType.ACCOUNT_REVIEW: "know",
    RequestType.ADMT_ACCESS: "know",
    RequestType.DELETE: "delete",
    RequestType.ACCOUNT_TERMINATE: "delete",
    RequestType.TESTIMONIAL_CHANGE: "delete",
    RequestType.CORRECT: "correct",
    RequestType.ACCOUNT_CHANGE: "correct",
    RequestType.MINOR_PURGE: "report",
}
_TOPICS: dict[Group, Topic] = {
    "delete": "delete",
    "report": "delete",
    "correct": "correct",
    "know": "copy",
}
_NOTHING_LEFT = frozenset({ProviderStanding.DONE, ProviderStanding.NOT_FOUND})
_BY_POLICY = {WithheldReason.NEVER_DISCLOSE, WithheldReason.POLICY_HEALTH}


class Unworded(LookupError):
    """A code has no words in the policy; the letter cannot be written until it has."""

    def __init__(self, table: str, code: str) -> None:
        """Name the code and the table of the policy in which it is to be added."""
        super().__init__(f"the policy has no words for {code!r}; add it to its {table}")


class Phrasebook:
    """The words for one letter: its language, its policy, its facts and its reader."""

    def __init__(self, facts: NoticeFacts, addressee: Addressee, policy: Policy) -> None:
        """Bind the words to one letter."""
        self._facts = facts
        self._addressee = addressee
        self._policy = policy
        self._words: Catalogue = catalogue(addressee.language)

    @property
    def words(self) -> Catalogue:
        """The fixed phrases of the letter's language."""
        return self._words

    @property
    def group(self) -> Group:
        """What the type of request comes to; every type not named elsewhere is a choice."""
        return _GROUPS.get(self._facts.request_type, "choice")

    @property
    def copy_then_deletion(self) -> bool:
        """Whether one submission asks for a copy and for deletion, in that order (REQ-12)."""
        facts = self._facts
        also = facts.also_asked if isinstance(facts, AcknowledgementFacts) else ()
        groups = {_GROUPS.get(request, "choice") for request in (facts.request_type, *also)}
        return {"know", "delete"} <= groups

    def sentence(self, both: Sentence) -> str:
        """Return the policy's own sentence in the letter's language."""
        return both.in_language(self._addressee.language)

    def day(self, day: date) -> str:
        """Say a date: December 1, 2026."""
        return format_date(day, "long", locale=self._words.locale)

    def money(self, cents: int) -> str:
        """Say an amount of US dollars."""
        return format_currency(Decimal(cents) / 100, "USD", locale=self._words.locale)

    def duration(self, minutes: int) -> str:
        """Say a length of work: 1 hour 30 minutes."""
        hours, rest = divmod(minutes, 60)
        parts = [(hours, "duration-hour"), (rest, "duration-minute")]
        spoken = [format_unit(n, unit, locale=self._words.locale) for n, unit in parts if n]
        return self.listing(spoken)

    def listing(self, parts: Iterable[str]) -> str:
        """Say several things in a row: a, b and c."""
        return format_list(list(parts), style="standard", locale=self._words.locale)

    def asked(self) -> str:
        """Say what was asked, to whoever reads: "You asked us to delete …"."""
        return self._words.asked[self._voice].format(wish=self.wish(self._facts.request_type))

    def opening(self) -> str:
        """Say when the request came and what was asked, in two whole sentences."""
        return self._words.opening[self._voice].format(
            date=self.day(self._facts.receipt_date), wish=self.wish(self._facts.request_type)
        )

    @property
    def _voice(self) -> Literal["by_reader", "for_reader"]:
        facts = self._facts
        asked_for = (
            isinstance(facts, ConsumerFacts)
            and facts.reader is Reader.CONSUMER
            and facts.requester is not Requester.CONSUMER
        )
        return "for_reader" if asked_for else "by_reader"

    def wish(self, request_type: RequestType) -> str:
        """Say a right as what a person wishes us to do."""
        return self._words.requests[request_type].wish

    def title(self) -> str:
        """Say what the letter is about, as a title."""
        return self._words.requests[self._facts.request_type].title

    def requester(self) -> str:
        """Say who asked, to the person whose information it is."""
        facts = self._facts
        requester = facts.requester if isinstance(facts, ConsumerFacts) else Requester.CONSUMER
        return self._words.requesters[requester]

    def points(self, kinds: Iterable[PointOfIdentity]) -> str:
        """Say kinds of facts about a person in a row."""
        return self.listing(self._words.points[kind] for kind in kinds)

    def locator(self, kind: str) -> str:
        """Say by what a provider can find the person."""
        named = {point.value: label for point, label in self._words.locators.items()}
        return named.get(kind) or capital(spelled_out(kind))

    def parent_method(self, code: str) -> str:
        """Say one way in which a parent can be known (MIN-05).

        Raises:
            Unworded: the catalogue has no such way.
        """
        if code not in self._words.parent_methods:
            raise Unworded("parent methods", code)
        return self._words.parent_methods[code]

    def situation(self, code: str) -> SituationPhrases:
        """Return what staff are told of a situation."""
        return next(s for key, s in self._words.situations.items() if key == code)

    def collection(self, name: str) -> str:
        """Say a collection or field of the data map in plain words."""
        known = self._addressee.wording.get(name)
        if known is None and name in set(PointOfIdentity):
            known = uncapital(self._words.locators[PointOfIdentity(name)])
        return known or spelled_out(name)

    def report(self, report: ProviderReport) -> str:
        """Say what one provider has confirmed, and what not, and never more."""
        topic = _TOPICS.get(self.group, "stop")
        form = self._words.standings[topic].of(report.standing)
        on = self._words.date_phrase.format(date=self.day(report.on)) if report.on else ""
        return form.format(name=report.name, on=on)

    def all_confirmed(self, reports: Sequence[ProviderReport]) -> bool:
        """Tell whether each of them said that it holds nothing any more (DEL-07)."""
        return all(report.standing in _NOTHING_LEFT for report in reports)

    def reason(self, code: str, action: str) -> str:
        """Return the policy's sentence for a reason that staff chose by its code.

        Raises:
            Unworded: the policy has no such reason.
        """
        named = [reason for reason in self._policy.reasons if reason.code == code]
        named.sort(key=lambda reason: reason.action != action)
        if not named:
            raise Unworded("reasons", code)
        return self.sentence(named[0].text)

    def ground(self, code: str) -> str:
        """Return the policy's sentence for why something is kept.

        Raises:
            Unworded: the policy has no such ground.
        """
        for exception in self._policy.deletion.exceptions:
            if exception.code == code:
                return self.sentence(exception.text)
        raise Unworded("deletion exceptions", code)

    def withheld(self, withheld: Withheld) -> str:
        """Say that something is held and why it is not shown, without any value (RED)."""
        reason = self._words.withheld_reasons[withheld.reason]
        if withheld.reason not in _BY_POLICY:
            return f"{capital(self.collection(withheld.kind))}: {uncapital(reason)}"
        for row in self._policy.disclosure.never_disclosed:
            if row.field_type == withheld.kind:
                return f"{self.sentence(row.line)} {reason}"
        raise Unworded("never-disclosed types", withheld.kind)

    def category(self, code: str) -> str:
        """Return the policy's label of a category of data."""
        return self._label("categories", code, self._policy.disclosure.categories)

    def source(self, code: str) -> str:
        """Return the policy's label of a category of sources."""
        return self._label("sources", code, self._policy.disclosure.sources)

    def purpose(self, code: str) -> str:
        """Return the policy's label of a purpose."""
        return self._label("purposes", code, self._policy.disclosure.purposes)

    def recipient(self, code: str) -> str:
        """Return the policy's label of a category of recipients."""
        return self._label("recipients", code, self._policy.disclosure.recipients)

    def recipients(self, row: DisclosedCategory) -> str:
        """Say who received one category of data, in a row."""
        return self.listing(uncapital(self.recipient(code)) for code in row.recipients)

    def _label(self, table: str, code: str, labels: Iterable[Label]) -> str:
        for label in labels:
            if label.code == code:
                return self.sentence(label.text)
        raise Unworded(table, code)


def spelled_out(name: str) -> str:
    """Return the last part of a technical name as words: ``crm.support_ticket``: support ticket."""
    return name.rpartition(".")[2].replace("_", " ").replace("-", " ").strip().lower()


def capital(text: str) -> str:
    """Return ``text`` with a capital first letter and the rest as it is."""
    return text[:1].upper() + text[1:]


def uncapital(text: str) -> str:
    """Return ``text`` with a small first letter, as it stands inside a sentence."""
    return text[:1].lower() + text[1:]
