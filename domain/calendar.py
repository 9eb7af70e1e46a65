"""Business days: Monday to Friday without the policy's holidays (HOL-01 to HOL-06)."""

from collections.abc import Mapping
from datetime import date, timedelta

from domain.policy import Policy

Holidays = Mapping[int, tuple[date, ...]]
"""Days that are no business days, by year."""

_FIRST_WEEKEND_DAY = 5


class HolidayTableMissing(Exception):
    """A year without a holiday table is an error, not a year without holidays (HOL-06)."""

    def __init__(self, year: int) -> None:
        super().__init__(
            f"There is no holiday table for {year}. Publish a policy revision whose `holidays` "
            f"list the days of {year}."
        )
        self.year = year


class UnknownCalendar(Exception):
    """The policy has no calendar of that name."""


def holidays(policy: Policy) -> Holidays:
    """Return the tables of the calendar that the policy has chosen."""
    return policy.holidays[policy.calendar]


def with_calendar(policy: Policy, name: str) -> Policy:
    """Return the policy counting by another of its calendars (HOL-05).

    Raises :class:`UnknownCalendar` when it has none of that name.
    """
    if name not in policy.holidays:
        known = ", ".join(sorted(policy.holidays))
        raise UnknownCalendar(f"There is no calendar {name}. Choose one of {known}.")
    return policy.model_copy(update={"calendar": name})


def is_business_day(day: date, tables: Holidays) -> bool:
    """Tell whether ``day`` is a business day; raises :class:`HolidayTableMissing`."""
    if day.year not in tables:
        raise HolidayTableMissing(day.year)
    return day.weekday() < _FIRST_WEEKEND_DAY and day not in tables[day.year]


def business_days_after(start: date, count: int, tables: Holidays) -> date:
    """Return the ``count``-th business day after ``start``, which itself is day 0 (section 2)."""
    day = start
    for _ in range(count):
        day = _next_business_day(day, tables)
    return day


def last_business_day_until(day: date, tables: Holidays) -> date:
    """Return the last business day on or before ``day`` (CLK-04)."""
    while not is_business_day(day, tables):
        day -= timedelta(days=1)
    return day


def _next_business_day(day: date, tables: Holidays) -> date:
    day += timedelta(days=1)
    while not is_business_day(day, tables):
        day += timedelta(days=1)
    return day
