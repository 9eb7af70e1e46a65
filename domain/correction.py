"""Whether what is held is corrected: the totality of circumstances (COR)."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.months import months_before
from domain.policy import Policy
from domain.vocabulary import Decision

_NO_OTHERS = frozenset({"consumer", "website_activity"})
"""The policy's codes of what the person gave, and of what the company saw itself."""


class Weighing(StrEnum):
    """What staff found about the data that is held (COR-01)."""

    LIKELY_ACCURATE = "likely_accurate"
    LIKELY_INACCURATE = "likely_inaccurate"


class Circumstances(BaseModel):
    """What is known of the contested data; the last word is the weighing by staff."""

    model_config = ConfigDict(frozen=True)

    company_is_source: bool
    company_documents: int = 0
    consumer_documents: int = 0
    consumer_assertion: bool = True
    weighing: Weighing | None = None


class NamingOfSource(StrEnum):
    """How strongly the law asks to name the source of wrong data (COR-10)."""

    ENCOURAGED = "encouraged"
    DUTY = "duty"


class PriorDenial(BaseModel):
    """An earlier denial of a correction, compared with the request at hand (COR-06)."""

    model_config = ConfigDict(frozen=True)

    denied_on: date
    same_inaccuracy: bool = True
    new_documents: bool = False


def propose(circumstances: Circumstances) -> Decision:
    """Propose how a correction is decided; staff decide and record why (COR-01, COR-02).

    Without a weighing, data that the company neither collected itself nor can prove gives way to
    the person's word; documents outweigh what has none. It is denied only where what is held is
    more likely than not right, so an even balance is granted.
    """
    if circumstances.weighing is not None:
        accurate = circumstances.weighing is Weighing.LIKELY_ACCURATE
        return Decision.DENY if accurate else Decision.GRANT
    ours, theirs = circumstances.company_documents, circumstances.consumer_documents
    if ours > theirs:
        return Decision.DENY
    if theirs > ours or circumstances.consumer_assertion:
        return Decision.GRANT
    return Decision.REVIEW_REQUIRED


def may_deny_as_repeated(policy: Policy, receipt: date, prior: PriorDenial | None) -> bool:
    """Tell whether a request may be denied for an earlier denial of the same (COR-06, CLK-15)."""
    if prior is None or prior.new_documents or not prior.same_inaccuracy:
        return False
    return prior.denied_on > months_before(receipt, policy.correction.repeat_months)


def statement_accepted(policy: Policy, words: int, *, about_health: bool = True) -> bool:
    """Tell whether a person's statement beside denied health data is taken (COR-09)."""
    return about_health and 0 < words <= policy.correction.health_statement_words


def words_in(statement: str) -> int:
    """Count the words of a statement."""
    return len(statement.split())


def may_delete_instead(*, negative_impact: bool, consent: bool) -> bool:
    """Tell whether the data may be deleted instead of corrected (COR-05)."""
    return consent or not negative_impact


def other_sources(sources: Iterable[str]) -> tuple[str, ...]:
    """Return which of the policy's sources are neither the person nor the company."""
    return tuple(code for code in sources if code not in _NO_OTHERS)


def names_source(policy: Policy, *, company_is_source: bool) -> bool:
    """Tell whether the letter names where wrong data came from (COR-10)."""
    return policy.correction.name_source and not company_is_source


def naming_of_source(policy: Policy, receipt: date) -> NamingOfSource | None:
    """Return how strongly the law of the day of receipt asks for it (COR-10)."""
    value = policy.parameter("correct_name_source", receipt)
    return None if value is None else NamingOfSource(str(value))
