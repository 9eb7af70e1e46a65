"""Numbers and fees (FRQ-01 to FRQ-04, FEE-01 to FEE-03)."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.fees import Finding, Path, judge
from domain.frequency import COUNTED, SERVED, PriorRequest, allowance
from domain.notice_words import ExcessFinding
from domain.policy import Policy
from domain.vocabulary import RequestType

DAYS = st.dates(date(2023, 1, 1), date(2030, 12, 31))
FOUND = Finding(
    ground=ExcessFinding.EXCESSIVE, reason="fifth in a week", path=Path.FEE, estimate=Decimal(60)
)


def _prior(*days: date, result: str = "GRANT", kind: str = "know_specific") -> list[PriorRequest]:
    return [PriorRequest(receipt_date=day, request_type=kind, result=result) for day in days]


@given(today=DAYS, ages=st.lists(st.integers(0, 800), max_size=6))
def test_from_the_date_told_a_request_is_served(
    policy: Policy, today: date, ages: list[int]
) -> None:
    """And on no day before it, counting what was served until now (FRQ-01, FRQ-04, CLK-15)."""
    prior = _prior(*(today - timedelta(days=age) for age in ages))
    found = allowance(policy, RequestType.KNOW_BOTH, today, prior)
    if found.next_allowed is None:
        assert found.counted < policy.frequency.limit
        return
    assert found.excess
    assert found.counted == len(found.received_on)
    day = found.next_allowed
    assert not allowance(policy, RequestType.KNOW_BOTH, day, prior).excess
    before = day - timedelta(days=1)
    assert allowance(policy, RequestType.KNOW_BOTH, before, prior).excess


@pytest.mark.parametrize(
    ("received", "counts"),
    [("2025-06-15", False), ("2025-06-16", True), ("2026-06-15", True), ("2026-06-16", False)],
)
def test_the_window_is_open_at_its_start(policy: Policy, received: str, counts: bool) -> None:
    """A year ago to the day does not count (FRQ-01)."""
    prior = _prior(date.fromisoformat(received))
    found = allowance(policy, RequestType.KNOW_BOTH, date(2026, 6, 15), prior)
    assert found.counted == int(counts)


def test_only_what_was_handed_out_counts(policy: Policy) -> None:
    """Denied, withdrawn, pending and the look at a correction do not (FRQ-02, COR-08)."""
    day, today = date(2026, 1, 1), date(2026, 6, 15)
    others = ("UNVERIFIED_DENY", "WITHDRAWN", "NO_DATA", "REFUSE_EXCESS", "DUPLICATE", None)
    uncounted = [each for result in others for each in _prior(day, result=result or "")]
    uncounted += _prior(day, kind="correction_check")
    assert allowance(policy, RequestType.KNOW_SPECIFIC, today, uncounted).counted == 0
    for result in SERVED:
        found = allowance(policy, RequestType.KNOW_SPECIFIC, today, _prior(day, result=result))
        assert found.counted == 1


@pytest.mark.parametrize("kind", [kind for kind in RequestType if kind not in COUNTED])
def test_other_rights_have_no_limit(policy: Policy, kind: RequestType) -> None:
    """Deletions, corrections, opt-outs are never refused for their number (FRQ-03)."""
    prior = _prior(*(date(2026, month, 1) for month in range(1, 6)))
    assert not allowance(policy, kind, date(2026, 6, 15), prior).excess


@given(today=DAYS, days=st.lists(DAYS, max_size=6))
def test_one_more_served_request_never_counts_less(
    policy: Policy, today: date, days: list[date]
) -> None:
    """Counting is monotonous (FRQ-01)."""
    counts = [
        allowance(policy, RequestType.KNOW_BOTH, today, _prior(*days[:n])).counted
        for n in range(len(days) + 1)
    ]
    assert all(later - earlier in (0, 1) for earlier, later in pairwise(counts))


def test_an_ordinary_request_is_free(policy: Policy) -> None:
    """Nothing is asked without a finding (FEE-01)."""
    judged = judge(policy, Finding())
    assert (judged.fee, judged.allowed, judged.may_start) == (Decimal(0), False, True)


@pytest.mark.parametrize(
    ("changes", "decision", "allowed", "may_start", "notice"),
    [
        ({}, "FEE_ESTIMATE", True, False, "N-12"),
        ({"accepted": True}, "GRANT", True, True, None),
        ({"accepted": False}, "REFUSE_EXCESS", True, False, "N-16"),
        ({"due_passed": True}, "REFUSE_EXCESS", True, False, "N-16"),
        ({"path": Path.REFUSE}, "REFUSE_EXCESS", True, False, "N-16"),
        ({"reason": " "}, "REVIEW_REQUIRED", False, False, None),
        ({"by_person": False}, "REVIEW_REQUIRED", False, False, None),
        ({"estimate": None}, "REVIEW_REQUIRED", False, False, None),
        ({"estimate": None, "accepted": True}, "REVIEW_REQUIRED", False, False, None),
        ({"ground": ExcessFinding.FRAUDULENT}, "REVIEW_REQUIRED", False, False, None),
    ],
)
def test_a_fee_needs_a_finding_an_estimate_and_a_yes(
    policy: Policy,
    changes: dict[str, object],
    decision: str,
    allowed: bool,
    may_start: bool,
    notice: str | None,
) -> None:
    """A person's written finding, then the estimate, then work (FEE-02, FEE-03, CLK-18)."""
    judged = judge(policy, FOUND.model_copy(update=changes))
    assert (judged.decision, judged.allowed, judged.may_start) == (decision, allowed, may_start)
    assert (judged.notice and judged.notice.value) == notice
