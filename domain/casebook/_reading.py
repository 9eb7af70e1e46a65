"""Reading the input of a case and writing its answer: instants, dates, words of the field."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from domain import policies
from domain.days import local_date
from domain.policy import Policy
from domain.vocabulary import RequestType, Residency

Case = Mapping[str, Any]
Word = TypeVar("Word", bound=StrEnum)

_PACIFIC = ZoneInfo("America/Los_Angeles")
_NOON = time(12)
_SHORT_NAMES = {
    "know": RequestType.KNOW_BOTH,
    "opt_out": RequestType.OPT_OUT_SALE_SHARING,
    "limit": RequestType.LIMIT_SPI,
    "gpc": RequestType.GPC_SIGNAL,
}


class CaseUnreadable(ValueError):
    """The input of a case lacks a key or holds something that is not what the key names."""


def first_of(case: Case, *keys: str) -> Any:
    """Return the value of the first of ``keys`` that has one; ``None`` where none has."""
    return next((case[key] for key in keys if case.get(key) is not None), None)


def needed(case: Case, *keys: str) -> Any:
    """Return the value of the first of ``keys`` that has one; raises :class:`CaseUnreadable`."""
    value = first_of(case, *keys)
    if value is None:
        raise CaseUnreadable(f"The input has no `{keys[0]}`; add it.")
    return value


def mapping(value: object, name: str) -> Case:
    """Read an object; raises :class:`CaseUnreadable` for anything else."""
    if not isinstance(value, Mapping):
        raise CaseUnreadable(f"`{name}` is no object; write its fields in braces.")
    return value


def rows(value: object, name: str) -> list[Case]:
    """Read a list of objects; raises :class:`CaseUnreadable` for anything else."""
    if not isinstance(value, list | tuple):
        raise CaseUnreadable(f"`{name}` is no list; write its rows in brackets.")
    return [mapping(row, name) for row in value]


def whole(value: object, name: str) -> int:
    """Read a whole number; raises :class:`CaseUnreadable` for anything else."""
    try:
        return int(str(value))
    except ValueError:
        raise CaseUnreadable(f"`{name}` is no whole number: {value}; write one like 12.") from None


def instant(value: object) -> datetime:
    """Read an ISO 8601 instant; without an offset, or a bare date (noon), it is Pacific time."""
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime.combine(value, _NOON)
    else:
        moment = _parsed(str(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=_PACIFIC)


def optional_instant(value: object) -> datetime | None:
    """Read an instant where there is one."""
    return None if value is None else instant(value)


def day(value: object, policy: Policy | None = None) -> date:
    """Read an ISO date; an instant becomes its local date."""
    moment = instant(value)
    return local_date(moment, policy) if policy else moment.astimezone(_PACIFIC).date()


def request_type(case: Case, default: RequestType | None = None) -> RequestType:
    """Read the type of request; raises :class:`CaseUnreadable` for an unknown one."""
    if default is not None and case.get("request_type") is None:
        return default
    name = str(needed(case, "request_type"))
    return _SHORT_NAMES.get(name) or word(RequestType, name)


def residency(case: Case, default: Residency = Residency.CA) -> Residency:
    """Read the residency; what a case leaves out is ``default``."""
    value = case.get("residency")
    return default if value is None else word(Residency, str(value))


def word(kind: type[Word], value: str) -> Word:
    """Read a word of the field; raises :class:`CaseUnreadable` with the words there are."""
    try:
        return kind(value)
    except ValueError:
        known, field = ", ".join(kind), re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()
        raise CaseUnreadable(f"{field}: `{value}` is none of {known}; write one of them.") from None


def revision_at(moment: datetime) -> Policy:
    """Return the policy that a request received at ``moment`` is judged by (PRN-02)."""
    return policies.nearest_to(moment.astimezone(_PACIFIC).date())


def utc(moment: datetime | None) -> str | None:
    """Write an instant as UTC with a Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def iso(value: date | None) -> str | None:
    """Write a date."""
    return value.isoformat() if value else None


def _parsed(text: str) -> datetime:
    try:
        if len(text) == len("2026-01-01"):
            return datetime.combine(date.fromisoformat(text), _NOON)
        return datetime.fromisoformat(text)
    except ValueError:
        raise CaseUnreadable(
            f"`{text}` is no instant; write it like 2026-11-22T10:00:00-08:00 or 2026-11-22."
        ) from None
