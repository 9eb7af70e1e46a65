"""How long the record of a request stands, and what it must hold (REC-01 to REC-06)."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from pydantic import BaseModel, ConfigDict

from domain.days import local_date
from domain.months import at_least_months_after
from domain.policy import Policy

_DENIAL = "basis_of_denial"
_RESPONDED = "date_of_response"
_DENIED = frozenset(
    {"DENY", "GRANT_PARTIAL", "REFUSE_EXCESS", "UNVERIFIED_DENY", "UNVERIFIED_TREAT_AS_OPT_OUT"}
)
_UNANSWERED = frozenset({"WITHDRAWN", "DUPLICATE"})


class RetentionDates(BaseModel):
    """The last day on which a record must stand, and the first on which it may go."""

    model_config = ConfigDict(frozen=True)

    retain_until: date
    purge_on: date


def retention_dates(
    policy: Policy, closed_at: datetime, last_event_at: datetime | None = None
) -> RetentionDates:
    """Return the dates of a closed request's record, one period for every kind (REC-01 to REC-03).

    They run from the close or from the last fulfilment or confirmation, whichever is later.
    """
    anchor = max(closed_at, last_event_at or closed_at)
    until = at_least_months_after(local_date(anchor, policy), policy.retention.record_months)
    return RetentionDates(retain_until=until, purge_on=until + timedelta(days=1))


def kept_without_end(policy: Policy, record_kind: str) -> bool:
    """Tell whether a kind of record stands while it is needed, such as suppression (REC-06)."""
    return record_kind in policy.retention.kept_without_end


def purge_allowed(dates: RetentionDates, today: date, *, legal_hold: bool) -> bool:
    """Tell whether the record may be destroyed ``today``; a legal hold suspends it (REC-06)."""
    return today >= dates.purge_on and not legal_hold


def missing_fields(policy: Policy, record: Mapping[str, object]) -> tuple[str, ...]:
    """Return the names, in order, of what the record of a request lacks (REC-01, REC-07).

    A basis is needed only where something was denied, in whole or in part, and a date of response
    only where there was one to give.
    """
    outcome = str(record.get("nature_of_response") or "").upper()
    unneeded = set()
    if outcome not in _DENIED:
        unneeded.add(_DENIAL)
    if outcome in _UNANSWERED:
        unneeded.add(_RESPONDED)
    asked = set(policy.retention.record_fields) - unneeded
    return tuple(sorted(name for name in asked if _blank(record.get(name))))


def _blank(value: object) -> bool:
    return value is None or not str(value).strip()
