"""Other laws are said in policy data alone: no code knows them."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from domain.appeals import appeal_dates
from domain.clocks import judge_extension, local_date, request_dates, warnings
from domain.extension import ExtensionAllowed, ExtensionRefused
from domain.policy import Policy
from domain.vocabulary import RequestType, Residency
from workers.policy_files import read_policy

SAMPLES = Path(__file__).parent / "samples"
DELETE, EEA, OTHER = RequestType.DELETE, Residency.EEA, Residency.OTHER


@pytest.fixture
def one_month() -> Policy:
    """Give a regime of one month and two more."""
    return read_policy(SAMPLES / "one-month.yaml")


@pytest.fixture
def with_appeal() -> Policy:
    """Give a regime of 45 and 45 days with an appeal."""
    return read_policy(SAMPLES / "appeal.yaml")


def _extended(policy: Policy, residency: Residency, received: datetime, days: int) -> date | None:
    judged = judge_extension(
        policy,
        request_type=DELETE,
        residency=residency,
        received_at=received,
        notice_at=received,
        extra_days=days,
        reason="complex",
        prior_extensions=0,
        answered=False,
    )
    return judged.new_due if isinstance(judged, ExtensionAllowed) else None


def test_a_month_and_two_more(one_month: Policy) -> None:
    """Received on January 31 in Berlin: due at the end of February, at most April 30."""
    received = datetime(2026, 1, 31, 10, tzinfo=UTC)
    dates = request_dates(one_month, DELETE, EEA, received)
    assert dates.ack_due is None
    assert dates.response_due == date(2026, 2, 28)
    assert dates.max_extended_due == date(2026, 4, 30)
    assert dates.response_deadline == datetime(2026, 2, 28, 22, 59, 59, tzinfo=UTC)
    assert _extended(one_month, EEA, received, 61) == date(2026, 4, 30)
    assert _extended(one_month, EEA, received, 62) is None


def test_a_longer_month_gives_more_days(one_month: Policy) -> None:
    """The longest extension follows from the calendar, not from a number of days."""
    received = datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert _extended(one_month, EEA, received, 61) == date(2026, 10, 1)
    judged = request_dates(one_month, DELETE, EEA, received)
    assert (judged.response_due, judged.max_extended_due) == (date(2026, 8, 1), date(2026, 10, 1))


def test_warnings_follow_months_too(one_month: Policy) -> None:
    """Warnings of an extension are days of the regime's own longest time."""
    dates = request_dates(one_month, DELETE, EEA, datetime(2026, 7, 1, 10, tzinfo=UTC))
    found = warnings(one_month, dates, dates.max_extended_due)
    assert [local_date(each.at, one_month) for each in found] == [
        date(2026, 8, 30),
        date(2026, 9, 19),
    ]


def test_45_and_45_days(with_appeal: Policy) -> None:
    """The same two numbers under another law, in another time zone."""
    received = datetime(2026, 3, 1, 4, 30, tzinfo=UTC)
    dates = request_dates(with_appeal, DELETE, OTHER, received)
    assert dates.receipt_date == date(2026, 2, 28)
    assert dates.response_due == date(2026, 4, 14)
    assert _extended(with_appeal, OTHER, received, 45) == dates.max_extended_due


def test_an_appeal_goes_to_another_person(with_appeal: Policy, one_month: Policy) -> None:
    """An appeal has dates of its own and is decided by somebody else; elsewhere there is none."""
    refused, appealed = datetime(2026, 4, 14, 15, tzinfo=UTC), datetime(2026, 5, 1, 15, tzinfo=UTC)
    dates = appeal_dates(with_appeal, DELETE, OTHER, refused, appealed)
    assert dates is not None
    assert dates.another_person
    assert dates.file_by == date(2026, 6, 13)
    assert dates.answer_due == date(2026, 6, 30)
    assert dates.max_extended_due == date(2026, 8, 29)
    assert appeal_dates(one_month, DELETE, EEA, refused) is None


def test_a_regime_without_extension_refuses_it(with_appeal: Policy) -> None:
    """What the file does not give cannot be taken."""
    received = datetime(2026, 3, 1, 12, tzinfo=UTC)
    judged = judge_extension(
        with_appeal,
        request_type=RequestType.MARKETING_OPT_OUT,
        residency=OTHER,
        received_at=received,
        notice_at=received,
        extra_days=1,
        reason="complex",
        prior_extensions=0,
        answered=False,
    )
    assert isinstance(judged, ExtensionRefused)
