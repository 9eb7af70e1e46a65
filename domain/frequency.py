"""How often the right to know is served in a rolling year (FRQ)."""

from collections.abc import Iterable
from datetime import date

from pydantic import BaseModel, ConfigDict

from domain.months import at_least_months_after, months_before
from domain.policy import Policy
from domain.vocabulary import RequestType

COUNTED = frozenset(
    {
        RequestType.KNOW_CATEGORIES,
        RequestType.KNOW_SPECIFIC,
        RequestType.KNOW_BOTH,
        RequestType.PORTABILITY,
        RequestType.ACCOUNT_REVIEW,
    }
)
"""Requests to know; all others have no limit of number (FRQ-01, FRQ-03, REQ-16)."""

CORRECTION_CHECK = "correction_check"
"""The ledger's word for a look at a correction; it is no request to know (COR-08, FRQ-02)."""

SERVED = frozenset({"GRANT", "GRANT_PARTIAL", "DOWNGRADED_SERVED", "DOWNGRADE_TO_CATEGORIES"})
"""Results of which something was handed out, in whole or part (FRQ-01, FRQ-02)."""


class PriorRequest(BaseModel):
    """An earlier request; its type and result are words of the ledger, some older than ours."""

    model_config = ConfigDict(frozen=True)

    receipt_date: date
    request_type: str
    result: str | None = None


class Allowance(BaseModel):
    """How many count and when they came, whether one more is in excess, when it would be served."""

    model_config = ConfigDict(frozen=True)

    counted: int
    excess: bool
    next_allowed: date | None
    received_on: tuple[date, ...] = ()


def allowance(
    policy: Policy, request_type: str, receipt: date, prior: Iterable[PriorRequest]
) -> Allowance:
    """Count what was served in the window before ``receipt`` (FRQ-01 to FRQ-04, CLK-15).

    The window restricts the consumer and therefore clamps back to the end of a short month.
    """
    if request_type not in COUNTED:
        return Allowance(counted=0, excess=False, next_allowed=None)
    opens = months_before(receipt, policy.frequency.months)
    days = sorted(
        each.receipt_date
        for each in prior
        if _counts(each) and opens < each.receipt_date <= receipt
    )
    excess = len(days) >= policy.frequency.limit
    return Allowance(
        counted=len(days),
        excess=excess,
        next_allowed=_leaves_window(policy, days) if excess else None,
        received_on=tuple(days),
    )


def _counts(prior: PriorRequest) -> bool:
    return prior.request_type in COUNTED and prior.result in SERVED


def _leaves_window(policy: Policy, days: list[date]) -> date:
    """Return the first day whose window holds fewer than the limit (FRQ-04)."""
    return at_least_months_after(days[-policy.frequency.limit], policy.frequency.months)
