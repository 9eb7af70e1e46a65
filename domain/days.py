"""Instants and days: the local date of an instant, the end of a period, the end of a day."""

from datetime import UTC, date, datetime, time, timedelta

from domain.calendar import business_days_after, holidays
from domain.months import months_after
from domain.policy import Policy
from domain.policy_terms.base import Period

LAST_SECOND = time(23, 59, 59)
"""A due date ends here, local time."""


def local_date(instant: datetime, policy: Policy) -> date:
    """Return the date of ``instant`` where the company is (PRN-03)."""
    return instant.astimezone(policy.zone).date()


def local_instant(day: date, at: time, policy: Policy) -> datetime:
    """Return the UTC instant of a local time of day, with the offset valid on that day."""
    return datetime.combine(day, at, tzinfo=policy.zone).astimezone(UTC)


def deadline_instant(due: date, policy: Policy) -> datetime:
    """Return the last second of a due date, in UTC (section 2)."""
    return local_instant(due, LAST_SECOND, policy)


def day_after(start: date, period: Period, policy: Policy) -> date:
    """Return the day on which ``period`` ends; ``start`` is day 0, nothing rolls on (CLK-03)."""
    if period.business_days is not None:
        return business_days_after(start, period.business_days, holidays(policy))
    if period.months is not None:
        return months_after(start, period.months)
    return start + timedelta(days=period.days or 0)


def earliest(start: date, periods: tuple[Period, ...], policy: Policy) -> date:
    """Return the earliest end of several periods (CLK-12)."""
    return min(day_after(start, period, policy) for period in periods)
