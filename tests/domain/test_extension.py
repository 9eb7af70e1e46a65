"""Extensions (CLK-05, CLK-06)."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.extension import (
    ExtensionAllowed,
    ExtensionRefused,
    ExtensionStanding,
    RefusalCode,
    extension_standing,
    judge_extension,
)
from domain.policy import Policy
from domain.vocabulary import RequestType, Residency

ORDINARY: dict[str, Any] = {
    "request_type": RequestType.DELETE,
    "residency": Residency.CA,
    "received_at": datetime.fromisoformat("2026-05-04T10:00:00-07:00"),
    "notice_at": datetime.fromisoformat("2026-06-10T10:00:00-07:00"),
    "extra_days": 45,
    "reason": "large_volume",
    "prior_extensions": 0,
    "answered": False,
}
WRONG: dict[RefusalCode, dict[str, Any]] = {
    RefusalCode.TYPE_NOT_EXTENDABLE: {"request_type": RequestType.LIMIT_SPI},
    RefusalCode.ALREADY_ANSWERED: {"answered": True},
    RefusalCode.ALREADY_EXTENDED: {"prior_extensions": 1},
    RefusalCode.NO_REASON: {"reason": " \n"},
    RefusalCode.DAYS_OUT_OF_RANGE: {"extra_days": 46},
    RefusalCode.NOTICE_LATE: {"notice_at": datetime.fromisoformat("2026-06-19T00:00:00-07:00")},
}
DUE = date(2026, 6, 18)
EPOCH = datetime(2022, 3, 1, tzinfo=UTC)


def _refused(policy: Policy, **changed: Any) -> RefusalCode:
    judged = judge_extension(policy, **{**ORDINARY, **changed})
    assert isinstance(judged, ExtensionRefused)
    return judged.code


def test_an_ordinary_extension_counts_from_day_45(policy: Policy) -> None:
    """The new date is receipt plus 45 plus the days, whatever the day of the letter (CLK-05)."""
    judged = judge_extension(policy, **ORDINARY)
    assert isinstance(judged, ExtensionAllowed)
    assert (judged.new_due, judged.notice_due, judged.two_channels) == (
        date(2026, 8, 2),
        DUE,
        False,
    )


@pytest.mark.parametrize("code", list(RefusalCode))
def test_each_fault_alone_is_refused_by_name(policy: Policy, code: RefusalCode) -> None:
    """One fault gives its own code (CLK-05, CLK-06)."""
    assert _refused(policy, **WRONG[code]) is code


@pytest.mark.parametrize("index", range(len(RefusalCode)))
def test_of_several_faults_the_first_in_order_is_named(policy: Policy, index: int) -> None:
    """Type, answered, extended, reason, days, late: the first that fails is the answer (CLK-05)."""
    codes = list(RefusalCode)[index:]
    faults: dict[str, Any] = {}
    for code in codes:
        faults |= WRONG[code]
    assert _refused(policy, **faults) is codes[0]


@pytest.mark.parametrize("residency", [Residency.OTHER, Residency.EEA])
def test_the_thirty_days_are_never_extended(policy: Policy, residency: Residency) -> None:
    """The policy's 30-day promise knows no extension (CLK-06)."""
    assert _refused(policy, residency=residency) is RefusalCode.TYPE_NOT_EXTENDABLE


@pytest.mark.parametrize(("day", "two"), [("2026-06-14", False), ("2026-06-15", True)])
def test_late_letters_go_by_two_channels(policy: Policy, day: str, two: bool) -> None:
    """After day 41 two channels are needed where two are known (CLK-05)."""
    notice_at = datetime.fromisoformat(f"{day}T12:00:00-07:00")
    judged = judge_extension(policy, **{**ORDINARY, "notice_at": notice_at})
    assert isinstance(judged, ExtensionAllowed)
    assert judged.two_channels is two


@pytest.mark.parametrize(
    ("accepted", "bounced", "standing"),
    [
        ("2026-06-18T23:59:59-07:00", None, ExtensionStanding.IN_FORCE),
        ("2026-06-19T00:00:00-07:00", None, ExtensionStanding.LAPSED),
        (None, None, ExtensionStanding.LAPSED),
        ("2026-06-17T10:00:00-07:00", "2026-06-18T10:00:00-07:00", ExtensionStanding.LAPSED),
        ("2026-06-17T10:00:00-07:00", "2026-06-19T10:00:00-07:00", ExtensionStanding.AT_RISK),
    ],
)
def test_an_extension_stands_by_its_letter(
    policy: Policy, accepted: str | None, bounced: str | None, standing: ExtensionStanding
) -> None:
    """Accepted in time it holds; a bounce by then ends it, a later one endangers it (CLK-05)."""
    instants = [datetime.fromisoformat(each) if each else None for each in (accepted, bounced)]
    assert extension_standing(policy, DUE, *instants) is standing


@given(
    received=st.integers(0, 8 * 365 * 24 * 60).map(lambda n: EPOCH + timedelta(minutes=n)),
    wait=st.integers(-5, 120),
    days=st.integers(-5, 200),
    kind=st.sampled_from(list(RequestType)),
)
def test_no_extension_passes_day_90(
    policy: Policy, received: datetime, wait: int, days: int, kind: RequestType
) -> None:
    """Whatever is asked whenever, an allowed date lies in days 46 to 90 (CLK-05)."""
    changed = {"received_at": received, "notice_at": received + timedelta(days=wait)}
    judged = judge_extension(
        policy, **{**ORDINARY, **changed, "extra_days": days, "request_type": kind}
    )
    if isinstance(judged, ExtensionAllowed):
        assert 46 <= (judged.new_due - received.astimezone(policy.zone).date()).days <= 90


@given(hour=st.times(), day=st.integers(0, 60))
def test_the_hour_of_the_letter_does_not_matter(policy: Policy, hour: time, day: int) -> None:
    """Letters of one Pacific date are judged alike (PRN-03)."""
    on = date(2026, 5, 4) + timedelta(days=day)
    judged = [
        judge_extension(
            policy, **{**ORDINARY, "notice_at": datetime.combine(on, at, tzinfo=policy.zone)}
        )
        for at in (hour, time(12))
    ]
    assert judged[0] == judged[1]
