"""Month arithmetic: months end as the calendar says; leap days favour the consumer (CLK-15)."""

from calendar import monthrange
from datetime import date, timedelta


def months_after(day: date, months: int) -> date:
    """Return the same day ``months`` months later, clamped back to the month's end (CLK-15)."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months_before(day: date, months: int) -> date:
    """Return the start of a window of ``months`` months ending on ``day``, clamped (CLK-15)."""
    return months_after(day, -months)


def at_least_months_after(day: date, months: int) -> date:
    """Return the first day on which ``months`` full months have passed (CLK-11, CLK-15, REC-01).

    Where the month has no such day (February 29), the date rolls forward to the first of the next
    month, so that a duty to wait or to keep is never a day short.
    """
    reached = months_after(day, months)
    return reached if reached.day == day.day else reached + timedelta(days=1)
