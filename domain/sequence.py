"""Several rights in one submission: in which order they are carried out (REQ-12, DEL-15)."""

from collections.abc import Iterable
from datetime import date, timedelta

from domain.policy import Policy
from domain.vocabulary import RequestType

_AT_ONCE = frozenset(
    {
        RequestType.OPT_OUT_SALE_SHARING,
        RequestType.LIMIT_SPI,
        RequestType.GPC_SIGNAL,
        RequestType.MARKETING_OPT_OUT,
        RequestType.ADMT_OPT_OUT,
    }
)
_DISCLOSURES = frozenset(
    {
        RequestType.KNOW_CATEGORIES,
        RequestType.KNOW_SPECIFIC,
        RequestType.KNOW_BOTH,
        RequestType.PORTABILITY,
        RequestType.ACCOUNT_REVIEW,
        RequestType.ADMT_ACCESS,
    }
)
_ERASURES = frozenset({RequestType.DELETE, RequestType.ACCOUNT_TERMINATE, RequestType.MINOR_PURGE})


def in_order(request_types: Iterable[RequestType]) -> tuple[RequestType, ...]:
    """Return the types in the order of their fulfilment: what harms nobody first, erasure last."""
    return tuple(sorted(dict.fromkeys(request_types), key=_rank))


def is_disclosure(request_type: RequestType) -> bool:
    """Tell whether a request hands out what is held."""
    return request_type in _DISCLOSURES


def is_erasure(request_type: RequestType) -> bool:
    """Tell whether a request destroys what is held."""
    return request_type in _ERASURES


def erase_at_latest(policy: Policy, erasure_due: date) -> date:
    """Return the day on which an erasure stops waiting for the report's download (REQ-12)."""
    return erasure_due - timedelta(days=policy.deletion.wait_for_report_days_before_due)


def _rank(request_type: RequestType) -> int:
    if request_type in _AT_ONCE:
        return 0
    if request_type in _DISCLOSURES:
        return 1
    return 3 if request_type in _ERASURES else 2
