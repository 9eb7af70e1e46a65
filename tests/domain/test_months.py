"""Month arithmetic (CLK-15)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.months import at_least_months_after, months_after, months_before

DAYS = st.dates(date(2000, 1, 1), date(2090, 12, 31))
MONTHS = st.integers(1, 240)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2024-02-29", 12, "2025-02-28"),
    ],
)
def test_a_month_ends_where_the_calendar_says(start: str, months: int, end: str) -> None:
    """A day that the month does not have clamps to its end (CLK-15)."""
    assert months_after(date.fromisoformat(start), months) == date.fromisoformat(end)


def test_a_window_that_restricts_the_consumer_clamps_back() -> None:
    """Six months before August 31 is February 28 (CLK-15, COR-06)."""
    assert months_before(date(2026, 8, 31), 6) == date(2026, 2, 28)


def test_a_leap_day_rolls_forward_for_duties() -> None:
    """A duty from February 29 reaches March 1 of a common year, and February 29 of a leap year."""
    assert at_least_months_after(date(2024, 2, 29), 24) == date(2026, 3, 1)
    assert at_least_months_after(date(2024, 2, 29), 48) == date(2028, 2, 29)


@given(DAYS, MONTHS)
def test_a_duty_is_never_shorter_than_the_period(start: date, months: int) -> None:
    """At least n months is the clamped date or the day after it, and never earlier (CLK-15)."""
    assert (at_least_months_after(start, months) - months_after(start, months)).days in (0, 1)


@given(DAYS, DAYS, MONTHS)
def test_a_later_start_never_ends_earlier(one: date, other: date, months: int) -> None:
    """Month arithmetic keeps the order of days (CLK-15)."""
    early, late = sorted((one, other))
    assert months_after(early, months) <= months_after(late, months)
    assert at_least_months_after(early, months) <= at_least_months_after(late, months)
