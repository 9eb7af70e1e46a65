"""What an answer to a request to know covers: the period, the lists, what is not searched (KNO)."""

from collections.abc import Collection
from datetime import date

from pydantic import BaseModel, ConfigDict

from domain.months import months_before
from domain.policy import Policy
from domain.policy_terms.staff import Role

SECURITY_RISK = "security_risk"
"""The old policy's ground that is none in law; counsel looks at it (KNO-09)."""


DENIED_AUTOMATICALLY = False
"""No ground refuses a request to know without a person's decision (KNO-06, KNO-09)."""


class Period(BaseModel):
    """The days on which disclosed data was collected, both inclusive.

    ``clipped`` says that the person chose more than the duty reaches, and the letter says so.
    """

    model_config = ConfigDict(frozen=True)

    first: date
    last: date
    clipped: bool = False


class NotSearched(BaseModel):
    """What must all hold for records to be left out of a search (KNO-05)."""

    model_config = ConfigDict(frozen=True)

    not_searchable: bool
    legal_only: bool
    no_sale_no_commercial_use: bool
    described_to_consumer: bool


def period(
    policy: Policy, receipt: date, chosen: tuple[date | None, date | None] | None = None
) -> Period:
    """Return the period that an answer covers (KNO-03).

    Without a choice it is the longest that the law of the day of receipt gives; a choice is kept
    as far as it lies inside it.
    """
    first = _first_day(policy, receipt)
    wanted_first, wanted_last = chosen or (None, None)
    clipped = (wanted_first is not None and wanted_first < first) or (
        wanted_last is not None and wanted_last > receipt
    )
    return Period(
        first=max(first, wanted_first or first),
        last=min(receipt, wanted_last or receipt),
        clipped=clipped,
    )


def may_skip_search(facts: NotSearched) -> bool:
    """Tell whether records need not be searched: only if all four hold (KNO-05)."""
    return (
        facts.not_searchable
        and facts.legal_only
        and facts.no_sale_no_commercial_use
        and facts.described_to_consumer
    )


def needs_statement(listed: Collection[object]) -> bool:
    """Tell whether a list of the report is empty and says so in a sentence (KNO-01)."""
    return not listed


def route(ground: str) -> Role | None:
    """Return who must look at a ground of refusal before anybody uses it (KNO-09)."""
    return Role.COUNSEL if ground == SECURITY_RISK else None


def _first_day(policy: Policy, receipt: date) -> date:
    rows = policy.disclosure.look_back
    terms = next((row for row in reversed(rows) if row.received_from <= receipt), rows[0])
    if terms.collected_since is not None:
        return terms.collected_since
    return months_before(receipt, terms.months or 0)
