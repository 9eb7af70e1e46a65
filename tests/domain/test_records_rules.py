"""Retention, yearly figures, waiting times, timeliness (REC, MET, CLK-11, MIN-09, CLK-01)."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.asking_again import birthday_at, may_ask_again_from
from domain.clocks import request_dates
from domain.metrics import Group, Outcome, group_of, publish_by, threshold_met, yearly_figures
from domain.policy import Policy
from domain.retention import kept_without_end, missing_fields, purge_allowed, retention_dates
from domain.timeliness import confirmed_in_time, in_time
from domain.vocabulary import RequestType, Residency

DAYS = st.dates(date(2022, 1, 1), date(2060, 12, 31))
RECORD: dict[str, object] = {
    "date_of_request": "2026-01-02",
    "nature": "delete",
    "manner": "email",
    "date_of_response": "2026-01-20",
    "nature_of_response": "GRANT",
    "basis_of_denial": None,
}


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _outcome(received: str, responded: str | None, decision: str | None, **more: Any) -> Outcome:
    return Outcome.model_validate(
        {
            "received_at": received,
            "responded_at": responded,
            "decision": decision,
            "request_type": "delete",
            **more,
        }
    )


@pytest.mark.parametrize(
    ("closed", "last_event", "until"),
    [
        ("2026-11-22T10:00:00-08:00", None, "2028-11-22"),
        ("2024-02-29T10:00:00-08:00", None, "2026-03-01"),
        ("2026-03-31T10:00:00-07:00", "2026-05-10T10:00:00-07:00", "2028-05-10"),
        ("2026-03-31T10:00:00-07:00", "2026-03-01T10:00:00-08:00", "2028-03-31"),
    ],
)
def test_a_record_stands_24_months_from_its_last_event(
    policy: Policy, closed: str, last_event: str | None, until: str
) -> None:
    """The later of close and last event counts; the last day is inclusive (REC-01 to REC-03)."""
    event = _instant(last_event) if last_event else None
    dates = retention_dates(policy, _instant(closed), event)
    assert dates.retain_until == date.fromisoformat(until)
    assert dates.purge_on == dates.retain_until + timedelta(days=1)


def test_a_hold_suspends_the_purge(policy: Policy) -> None:
    """A record goes on its purge date and never under a legal hold (REC-06)."""
    dates = retention_dates(policy, _instant("2026-11-22T10:00:00-08:00"))
    assert not purge_allowed(dates, dates.retain_until, legal_hold=False)
    assert purge_allowed(dates, dates.purge_on, legal_hold=False)
    assert not purge_allowed(dates, dates.purge_on, legal_hold=True)


def test_suppression_has_no_end(policy: Policy) -> None:
    """A suppression entry stands as long as it is needed (REC-06)."""
    assert kept_without_end(policy, "suppression")
    assert not kept_without_end(policy, "delete")


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        ({}, ()),
        ({"nature_of_response": "DENY"}, ("basis_of_denial",)),
        ({"nature_of_response": "GRANT_PARTIAL"}, ("basis_of_denial",)),
        ({"nature_of_response": "DENY", "basis_of_denial": "EX8"}, ()),
        ({"manner": " ", "nature": None}, ("manner", "nature")),
        ({"nature_of_response": "WITHDRAWN", "date_of_response": None}, ()),
    ],
)
def test_a_record_names_what_it_lacks(
    policy: Policy, changed: dict[str, object], missing: tuple[str, ...]
) -> None:
    """All fields are needed, a basis only for what was denied (REC-01, REC-07)."""
    assert missing_fields(policy, {**RECORD, **changed}) == missing


@given(day=DAYS, one=st.times(), other=st.times())
def test_retention_does_not_move_with_the_hour(
    policy: Policy, day: date, one: time, other: time
) -> None:
    """Requests closed on one Pacific date are kept equally long (PRN-03, REC-01)."""
    first, second = (datetime.combine(day, at, tzinfo=policy.zone) for at in (one, other))
    assert retention_dates(policy, first) == retention_dates(policy, second.astimezone(UTC))


def test_the_mean_is_rounded_half_up_and_the_median_exact(policy: Policy) -> None:
    """Days 0, 0, 0, 1 have mean 0.3 and median 0; days 1, 2 have median 1.5 (MET-02)."""
    days = [0, 0, 0, 1]
    outcomes = [
        _outcome("2026-05-01T09:00:00-07:00", f"2026-05-0{1 + n}T09:00:00-07:00", "GRANT")
        for n in days
    ]
    figures = yearly_figures(policy, 2026, outcomes)[Group.DELETE]
    assert (figures.mean_days, figures.median_days) == (0.3, 0.0)
    two = [outcomes[3], _outcome("2026-05-01T09:00:00-07:00", "2026-05-03T09:00:00-07:00", "DENY")]
    assert yearly_figures(policy, 2026, two)[Group.DELETE].median_days == 1.5


@pytest.mark.parametrize(
    ("decision", "complied", "denied"),
    [
        ("GRANT", 1, 0),
        ("GRANT_PARTIAL", 1, 0),
        ("NO_DATA", 1, 0),
        ("DENY", 0, 1),
        ("REFUSE_EXCESS", 0, 1),
        ("UNVERIFIED_DENY", 0, 1),
        ("UNVERIFIED_TREAT_AS_OPT_OUT", 0, 1),
        ("WITHDRAWN", 0, 0),
        ("DUPLICATE", 0, 0),
        (None, 0, 0),
    ],
)
def test_how_each_outcome_counts(
    policy: Policy, decision: str | None, complied: int, denied: int
) -> None:
    """Granted and no data are complied, refused and unverified denied, others received (MET-04)."""
    outcome = _outcome("2026-05-01T09:00:00-07:00", "2026-05-02T09:00:00-07:00", decision)
    figures = yearly_figures(policy, 2026, [outcome])
    counted = figures[Group.DELETE]
    assert (counted.received, counted.complied, counted.denied) == (1, complied, denied)
    assert (counted.mean_days is None) is (complied + denied == 0)
    assert figures[Group.OPT_OUT_SALE_SHARING].received == 0


def test_the_year_of_receipt_counts_in_california(policy: Policy) -> None:
    """A request belongs to the year of its Pacific receipt date, however late answered (MET-03)."""
    late = _outcome("2027-01-01T07:30:00Z", "2027-02-14T10:00:00-08:00", "GRANT")
    assert yearly_figures(policy, 2026, [late])[Group.DELETE].received == 1
    assert yearly_figures(policy, 2027, [late])[Group.DELETE].received == 0


def test_planted_requests_are_left_out(policy: Policy) -> None:
    """The canary's requests are no requests of consumers (MET-05)."""
    planted = _outcome("2026-05-01T09:00:00-07:00", None, None, synthetic=True)
    assert yearly_figures(policy, 2026, [planted])[Group.DELETE].received == 0


@pytest.mark.parametrize(
    ("kind", "residency", "group"),
    [
        (RequestType.PORTABILITY, None, Group.KNOW),
        (RequestType.GPC_SIGNAL, None, Group.OPT_OUT_SALE_SHARING),
        (RequestType.ACCOUNT_REVIEW, Residency.CA, Group.KNOW),
        (RequestType.ACCOUNT_REVIEW, Residency.OTHER, None),
        (RequestType.MARKETING_OPT_OUT, Residency.CA, None),
    ],
)
def test_the_group_of_each_type(
    kind: RequestType, residency: Residency | None, group: Group | None
) -> None:
    """Know in all forms is one group, a signal an opt-out, a Californian's review know (MET-02)."""
    assert group_of(kind, residency) is group


def test_publication(policy: Policy) -> None:
    """Ten million consumers oblige, and July 1 of the next year is the day (MET-01, MET-06)."""
    assert threshold_met(policy, 10_000_000)
    assert not threshold_met(policy, 9_999_999)
    assert publish_by(policy, 2026) == date(2027, 7, 1)


@pytest.mark.parametrize(
    ("said_no", "again"),
    [("2026-05-10", "2027-05-10"), ("2028-02-29", "2029-03-01"), ("2027-02-28", "2028-02-28")],
)
def test_nobody_is_asked_again_for_twelve_months(policy: Policy, said_no: str, again: str) -> None:
    """The first permitted day is twelve months later; a leap day rolls forward (CLK-11)."""
    day = date.fromisoformat(said_no)
    assert may_ask_again_from(policy, day) == date.fromisoformat(again)


def test_a_sixteenth_birthday_ends_the_wait(policy: Policy) -> None:
    """A minor who refused may be asked at 16 where that is earlier (MIN-09)."""
    refused = date(2026, 3, 1)
    assert may_ask_again_from(policy, refused, date(2010, 9, 15)) == date(2026, 9, 15)
    assert may_ask_again_from(policy, refused, date(2012, 9, 15)) == date(2027, 3, 1)
    assert birthday_at(date(2012, 2, 29), 13) == date(2025, 3, 1)


def test_a_letter_counts_until_the_last_second_of_its_day(policy: Policy) -> None:
    """Sent on the due date is in time, not sent is not; with nothing due all is (CLK-02)."""
    due = date(2026, 6, 18)
    assert in_time(policy, due, _instant("2026-06-18T23:59:59-07:00"))
    assert not in_time(policy, due, _instant("2026-06-19T00:00:00-07:00"))
    assert not in_time(policy, due, None)
    assert in_time(policy, None, None)


def test_an_early_answer_confirms_receipt(policy: Policy) -> None:
    """No acknowledgement is needed where the answer came within its time (CLK-01)."""
    received = _instant("2026-05-04T10:00:00-07:00")
    dates = request_dates(policy, RequestType.DELETE, Residency.CA, received)
    assert confirmed_in_time(policy, dates, None, received + timedelta(days=3))
    assert not confirmed_in_time(policy, dates, None, received + timedelta(days=30))
