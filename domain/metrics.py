"""The yearly figures on requests (MET-01 to MET-06)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from statistics import median

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.days import local_date
from domain.policy import Policy
from domain.vocabulary import RequestType, Residency


class Group(StrEnum):
    """The five kinds that are counted (MET-02)."""

    DELETE = "delete"
    CORRECT = "correct"
    KNOW = "know"
    OPT_OUT_SALE_SHARING = "opt_out_sale_sharing"
    LIMIT_SPI = "limit_spi"


class Outcome(BaseModel):
    """What the figures need of one request; ``decision`` is ``None`` while it is pending."""

    model_config = ConfigDict(frozen=True)

    received_at: AwareDatetime
    responded_at: AwareDatetime | None
    request_type: RequestType
    decision: str | None
    residency: Residency | None = None
    synthetic: bool = False


class Figures(BaseModel):
    """The figures of one group; days are ``None`` where nothing was answered."""

    model_config = ConfigDict(frozen=True)

    received: int
    complied: int
    denied: int
    denied_unverified: int
    mean_days: float | None
    median_days: float | None


_GROUPS = {
    RequestType.DELETE: Group.DELETE,
    RequestType.CORRECT: Group.CORRECT,
    RequestType.KNOW_CATEGORIES: Group.KNOW,
    RequestType.KNOW_SPECIFIC: Group.KNOW,
    RequestType.KNOW_BOTH: Group.KNOW,
    RequestType.PORTABILITY: Group.KNOW,
    RequestType.OPT_OUT_SALE_SHARING: Group.OPT_OUT_SALE_SHARING,
    RequestType.GPC_SIGNAL: Group.OPT_OUT_SALE_SHARING,
    RequestType.LIMIT_SPI: Group.LIMIT_SPI,
}

_GROUPS_OF_CALIFORNIANS = {
    RequestType.ACCOUNT_REVIEW: Group.KNOW,
    RequestType.ACCOUNT_CHANGE: Group.CORRECT,
}
"""What these types are for a Californian (REQ-16)."""

_COMPLIED = frozenset(
    {"GRANT", "GRANT_PARTIAL", "NO_DATA", "DOWNGRADED_SERVED", "DOWNGRADE_TO_CATEGORIES"}
)
_UNVERIFIED = frozenset({"UNVERIFIED_DENY", "UNVERIFIED_TREAT_AS_OPT_OUT"})
_DENIED = frozenset({"DENY", "REFUSE_EXCESS"}) | _UNVERIFIED


def yearly_figures(
    policy: Policy, year: int, outcomes: Iterable[Outcome]
) -> Mapping[Group, Figures]:
    """Return the figures of every group for the requests received in ``year`` (MET-02 to MET-05).

    Planted requests are left out; a late answer belongs to the year of receipt.
    """
    groups: dict[Group, list[Outcome]] = {group: [] for group in Group}
    for outcome in outcomes:
        group = group_of(outcome.request_type, outcome.residency)
        if group and not outcome.synthetic and local_date(outcome.received_at, policy).year == year:
            groups[group].append(outcome)
    return {group: _figures(policy, members) for group, members in groups.items()}


def group_of(request_type: RequestType, residency: Residency | None) -> Group | None:
    """Return the group that a request counts in, or ``None`` for types that are not counted."""
    if residency is Residency.CA and request_type in _GROUPS_OF_CALIFORNIANS:
        return _GROUPS_OF_CALIFORNIANS[request_type]
    return _GROUPS.get(request_type)


def threshold_met(policy: Policy, consumers_in_year: int) -> bool:
    """Tell whether the company must publish its figures (MET-01)."""
    return consumers_in_year >= policy.metrics.threshold_consumers


def publish_by(policy: Policy, year: int) -> date:
    """Return the day by which the figures of ``year`` stand in the privacy policy (MET-06)."""
    return date(year + 1, policy.metrics.publish_month, policy.metrics.publish_day)


def _figures(policy: Policy, members: Sequence[Outcome]) -> Figures:
    answered = [each for each in members if each.responded_at and each.decision]
    complied = [each for each in answered if each.decision in _COMPLIED]
    denied = [each for each in answered if each.decision in _DENIED]
    days = [
        _days(policy, each.received_at, each.responded_at)
        for each in complied + denied
        if each.responded_at
    ]
    return Figures(
        received=len(members),
        complied=len(complied),
        denied=len(denied),
        denied_unverified=sum(each.decision in _UNVERIFIED for each in denied),
        mean_days=_mean(days),
        median_days=float(median(days)) if days else None,
    )


def _days(policy: Policy, received_at: datetime, responded_at: datetime) -> int:
    return (local_date(responded_at, policy) - local_date(received_at, policy)).days


def _mean(days: Sequence[int]) -> float | None:
    """One decimal, half up: 0.25 is 0.3, where Python's own rounding would say 0.2 (MET-02)."""
    if not days:
        return None
    return float((Decimal(sum(days)) / len(days)).quantize(Decimal("0.1"), ROUND_HALF_UP))
