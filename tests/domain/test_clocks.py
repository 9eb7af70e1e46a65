"""The dates of requests and of providers (CLK, SVC-02)."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clocks import (
    deadline_instant,
    local_date,
    provider_dates,
    request_dates,
    restated_dates,
    stop_by,
    warnings,
)
from domain.policy import Policy
from domain.vocabulary import RequestType, Residency

CA, UNKNOWN, OTHER, EEA = Residency.CA, Residency.UNKNOWN, Residency.OTHER, Residency.EEA
DELETE, OPT_OUT = RequestType.DELETE, RequestType.OPT_OUT_SALE_SHARING

RECEIPT_DAYS = st.dates(date(2022, 2, 1), date(2030, 6, 30))
HOURS = st.times()
TYPES = st.sampled_from(list(RequestType))
RESIDENCIES = st.sampled_from(list(Residency))


def _at(policy: Policy, day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, tzinfo=policy.zone)


def _noon(policy: Policy, text: str) -> datetime:
    return _at(policy, date.fromisoformat(text), time(12))


def test_every_date_of_a_californian_deletion(policy: Policy) -> None:
    """Ten business days, 45 days, 90 at most, evidence until 17:00 on day 45 (CLK-01 to CLK-10)."""
    dates = request_dates(policy, DELETE, CA, _noon(policy, "2026-11-23"))
    assert dates.receipt_date == date(2026, 11, 23)
    assert dates.ack_due == date(2026, 12, 9)
    assert dates.response_due == date(2027, 1, 7)
    assert dates.response_deadline == datetime(2027, 1, 8, 7, 59, 59, tzinfo=UTC)
    assert dates.send_by == date(2027, 1, 7)
    assert dates.max_extended_due == date(2027, 2, 21)
    assert dates.soft_target == date(2026, 12, 23)
    assert dates.window_closes_at == datetime(2027, 1, 8, 1, 0, tzinfo=UTC)


def test_a_due_date_on_a_sunday_stays(policy: Policy) -> None:
    """Nothing rolls forward; people plan for the business day before (CLK-03, CLK-04)."""
    dates = request_dates(policy, DELETE, CA, _noon(policy, "2026-01-01"))
    assert (dates.response_due, dates.send_by) == (date(2026, 2, 15), date(2026, 2, 13))


@pytest.mark.parametrize("kind", [OPT_OUT, RequestType.LIMIT_SPI, RequestType.GPC_SIGNAL])
def test_opt_outs_have_fifteen_business_days_and_no_extension(
    policy: Policy, kind: RequestType
) -> None:
    """Opt-out, limit and signal: the 15th business day, no acknowledgement (CLK-06 to CLK-09)."""
    dates = request_dates(policy, kind, CA, _noon(policy, "2026-11-10"))
    assert dates.response_due == date(2026, 12, 4)
    assert (dates.ack_due, dates.max_extended_due) == (None, None)


@pytest.mark.parametrize(
    ("received", "residency", "due"),
    [
        ("2026-01-31", OTHER, "2026-03-02"),
        ("2026-01-31", EEA, "2026-02-28"),
        ("2028-01-31", EEA, "2028-02-29"),
        ("2026-03-15", EEA, "2026-04-14"),
    ],
)
def test_elsewhere_thirty_days_or_a_month(
    policy: Policy, received: str, residency: Residency, due: str
) -> None:
    """Thirty days, in the EEA one month where that ends earlier, and no extension (CLK-12)."""
    dates = request_dates(policy, DELETE, residency, _noon(policy, received))
    assert dates.response_due == date.fromisoformat(due)
    assert dates.max_extended_due is None


def test_unknown_residency_runs_on_californias_clock(policy: Policy) -> None:
    """UNKNOWN keeps 45 days, and plans for the earlier of 30 days and a month (REQ-04, REQ-15)."""
    dates = request_dates(policy, DELETE, UNKNOWN, _noon(policy, "2026-01-31"))
    assert dates.response_due == date(2026, 3, 17)
    assert dates.soft_target == date(2026, 2, 28)


def test_a_late_statement_of_residency_puts_no_due_date_in_the_past(policy: Policy) -> None:
    """EEA stated on day 40 of an unknown residency makes the request due that day (REQ-15)."""
    received, stated = _noon(policy, "2026-05-04"), _noon(policy, "2026-06-13")
    dates = restated_dates(policy, DELETE, EEA, received, stated)
    assert dates.response_due == date(2026, 6, 13)
    assert dates.response_deadline == deadline_instant(date(2026, 6, 13), policy)


def test_an_early_statement_of_residency_changes_the_clock(policy: Policy) -> None:
    """Stated in time, the clock of the stated residency holds (REQ-15)."""
    received, stated = _noon(policy, "2026-05-04"), _noon(policy, "2026-05-10")
    assert restated_dates(policy, DELETE, OTHER, received, stated) == request_dates(
        policy, DELETE, OTHER, received
    )


def test_marketing_stops_within_a_day_and_ten_at_most(policy: Policy) -> None:
    """The house target is one business day, the outer limit ten (REQ-10)."""
    dates = request_dates(policy, RequestType.MARKETING_OPT_OUT, OTHER, _noon(policy, "2026-05-22"))
    assert dates.target_due == date(2026, 5, 26)
    assert dates.response_due == date(2026, 6, 8)


def test_staff_are_warned_before_each_deadline(policy: Policy) -> None:
    """Business days 5 and 8 for the acknowledgement, days 30, 38 and 43 for the answer (CLK-16)."""
    dates = request_dates(policy, DELETE, CA, _noon(policy, "2026-05-04"))
    found = [(each.kind, each.day) for each in warnings(policy, dates, None)]
    assert found == [
        ("acknowledgement", 5),
        ("acknowledgement", 8),
        ("response", 30),
        ("response", 38),
        ("response", 43),
    ]


@pytest.mark.parametrize(
    ("extra", "days"), [(45, [75, 83, 88]), (30, [60, 68, 73]), (10, [48, 53]), (1, [])]
)
def test_warnings_of_an_extension_keep_their_distance(
    policy: Policy, extra: int, days: list[int]
) -> None:
    """Extended warnings come 15, 7 and 2 days before the extended date, after day 45 (CLK-16)."""
    dates = request_dates(policy, DELETE, CA, _noon(policy, "2026-05-04"))
    extended_due = dates.response_due + timedelta(days=extra)
    found = warnings(policy, dates, extended_due)
    assert [each.day for each in found if each.kind == "extended"] == days


def test_the_calendar_of_a_provider(policy: Policy) -> None:
    """Reminded on business day 5, to confirm by 10, given up on by day 30 (SVC-02)."""
    dates = provider_dates(policy, _noon(policy, "2026-11-23"))
    assert local_date(dates.remind_at, policy) == date(2026, 12, 2)
    assert dates.confirm_due == date(2026, 12, 9)
    assert dates.give_up_at == deadline_instant(date(2027, 1, 8), policy)


@given(day=RECEIPT_DAYS, one=HOURS, other=HOURS, kind=TYPES, residency=RESIDENCIES)
def test_dates_do_not_move_with_the_hour(
    policy: Policy, day: date, one: time, other: time, kind: RequestType, residency: Residency
) -> None:
    """All instants of one Pacific date have the same dates, on DST days too (PRN-03, CLK-02)."""
    first = request_dates(policy, kind, residency, _at(policy, day, one).astimezone(UTC))
    second = request_dates(policy, kind, residency, _at(policy, day, other).astimezone(UTC))
    assert first == second


@given(day=RECEIPT_DAYS, kind=TYPES, residency=RESIDENCIES)
def test_dates_are_in_order(
    policy: Policy, day: date, kind: RequestType, residency: Residency
) -> None:
    """Receipt, planning date, answer and longest extension follow each other (CLK-04, CLK-05)."""
    dates = request_dates(policy, kind, residency, _at(policy, day, time(8)))
    assert dates.receipt_date < dates.response_due
    assert dates.send_by <= dates.response_due <= (dates.max_extended_due or date.max)
    if dates.max_extended_due:
        assert (dates.max_extended_due - day).days == 90
    assert local_date(dates.response_deadline, policy) == dates.response_due


@given(day=RECEIPT_DAYS)
def test_a_deadline_is_the_last_second_of_its_day(policy: Policy, day: date) -> None:
    """One second more is the next day, whatever the offset on that day (section 2)."""
    deadline = deadline_instant(day, policy)
    assert local_date(deadline, policy) == day
    assert local_date(deadline + timedelta(seconds=1), policy) == day + timedelta(days=1)


@given(day=RECEIPT_DAYS, kind=TYPES, residency=RESIDENCIES)
def test_warnings_come_in_order_and_before_their_deadline(
    policy: Policy, day: date, kind: RequestType, residency: Residency
) -> None:
    """No warning comes after what it warns of (CLK-16)."""
    dates = request_dates(policy, kind, residency, _at(policy, day, time(8)))
    found = warnings(policy, dates, None)
    assert list(found) == sorted(found, key=lambda each: each.at)
    assert all(each.at < dates.response_deadline for each in found)


def test_an_opt_out_that_is_late_takes_effect_today(policy: Policy) -> None:
    """An unverified deletion keeps its receipt date as an opt-out, and stops at once (DEL-10)."""
    received = _noon(policy, "2026-05-04")
    early, late = received + timedelta(days=3), received + timedelta(days=45)
    assert stop_by(policy, OPT_OUT, CA, received, early) == date(2026, 5, 26)
    assert stop_by(policy, OPT_OUT, CA, received, late) == date(2026, 6, 18)
