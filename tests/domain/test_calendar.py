"""Business days (HOL)."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from domain.calendar import (
    HolidayTableMissing,
    UnknownCalendar,
    business_days_after,
    holidays,
    is_business_day,
    last_business_day_until,
    with_calendar,
)
from domain.policy import Policy

MONDAY, THURSDAY, SATURDAY, SUNDAY = 0, 3, 5, 6
DAY = timedelta(days=1)


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


def _observed(day: date) -> Iterator[date]:
    if day.weekday() == SUNDAY:
        yield day + DAY
    elif day.weekday() != SATURDAY:
        yield day
    elif (day.month, day.day) == (11, 11):
        yield day - DAY


def _by_the_statute(year: int, *, strict: bool) -> set[date]:
    """State holidays worked out from the words of HOL-02, HOL-03 and HOL-05."""
    thanksgiving = _nth(year, 11, THURSDAY, 4)
    last_in_may = max(
        _nth(year, 5, MONDAY, n) for n in (4, 5) if _nth(year, 5, MONDAY, n).month == 5
    )
    days = {_nth(year, 1, MONDAY, 3), _nth(year, 2, MONDAY, 3), last_in_may}
    days |= {_nth(year, 9, MONDAY, 1), thanksgiving}
    fixed = [(1, 1), (7, 4), (11, 11), (12, 25)]
    if not strict:
        days.add(thanksgiving + DAY)
        fixed.append((3, 31))
    return days.union(*(_observed(date(year, month, day)) for month, day in fixed))


@pytest.mark.parametrize("calendar", ["CA_STATE", "STRICT"])
def test_the_tables_say_what_the_statute_says(policy: Policy, calendar: str) -> None:
    """Every table of every year lists exactly the days of HOL-02, HOL-03 and HOL-05."""
    for year, days in policy.holidays[calendar].items():
        assert set(days) == _by_the_statute(year, strict=calendar == "STRICT"), year


@pytest.mark.parametrize(
    "day",
    [
        "2026-06-19",
        "2026-09-09",
        "2026-09-25",
        "2026-10-12",
        "2026-02-12",
        "2026-07-03",
        "2029-03-30",
    ],
)
def test_days_that_people_take_for_holidays_count(policy: Policy, day: str) -> None:
    """Days that are holidays elsewhere, or by other rules, are business days (HOL-03, HOL-04)."""
    assert is_business_day(date.fromisoformat(day), holidays(policy))


@pytest.mark.parametrize(
    "day",
    ["2026-03-31", "2026-11-27", "2027-07-05", "2028-11-10", "2026-02-14", "2026-02-15"],
)
def test_holidays_and_weekends_do_not_count(policy: Policy, day: str) -> None:
    """Observed holidays, Saturdays and Sundays are no business days (HOL-01 to HOL-03)."""
    assert not is_business_day(date.fromisoformat(day), holidays(policy))


def test_a_year_without_a_table_is_an_error(policy: Policy) -> None:
    """A missing year raises, and says which table to publish (HOL-06)."""
    with pytest.raises(HolidayTableMissing, match="2050"):
        business_days_after(date(2049, 12, 31), 1, {2049: ()})
    with pytest.raises(HolidayTableMissing, match="Publish a policy revision"):
        is_business_day(date(2050, 5, 4), holidays(policy))


def test_the_cautious_calendar_is_selectable(policy: Policy) -> None:
    """STRICT counts March 31 and the Friday after Thanksgiving as business days (HOL-05)."""
    strict = holidays(with_calendar(policy, "STRICT"))
    assert is_business_day(date(2026, 3, 31), strict)
    assert business_days_after(date(2026, 11, 23), 10, strict) == date(2026, 12, 8)


def test_an_unknown_calendar_is_refused(policy: Policy) -> None:
    """The refusal names the calendars that there are."""
    with pytest.raises(UnknownCalendar, match="CA_STATE, STRICT"):
        with_calendar(policy, "COURT")


def test_planning_dates_fall_back_to_a_business_day(policy: Policy) -> None:
    """A due date on a Sunday is planned for the Friday before (CLK-04)."""
    assert last_business_day_until(date(2026, 2, 15), holidays(policy)) == date(2026, 2, 13)
