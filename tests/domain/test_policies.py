"""The shelf of published revisions, pins and the history of values (PRN-02, section 16)."""

from datetime import date, datetime

import pytest

from domain import policies
from domain.policies import (
    AlreadyInstalled,
    NoPolicyInForce,
    PoliciesOverlap,
    PolicyNotLoaded,
    Shelf,
    pin_of,
)
from domain.policy import Policy, content_hash
from domain.rights import accepts
from domain.vocabulary import PointOfIdentity, RequestType


def test_the_receipt_date_decides_the_revision(policy: Policy, policy_of_2025: Policy) -> None:
    """Requests of 2025-12-31 and 2026-01-01 are pinned to different revisions (PRN-02)."""
    assert policies.in_force_on(date(2025, 12, 31)) is policy_of_2025
    assert policies.in_force_on(date(2026, 1, 1)) is policy
    last_evening = datetime.fromisoformat("2026-01-01T07:59:59+00:00")
    assert policies.in_force_at(last_evening) is policy_of_2025


def test_a_day_without_a_policy_is_refused(revisions: tuple[Policy, ...]) -> None:
    """Before the first revision there is none in force; its histories still answer (PRN-02)."""
    with pytest.raises(NoPolicyInForce, match="2023-08-14"):
        policies.in_force_on(date(2023, 8, 14))
    assert policies.nearest_to(date(2020, 1, 1)) is revisions[0]


def test_a_pin_finds_its_exact_content_only(revisions: tuple[Policy, ...]) -> None:
    """Other content under the same name is not the pinned revision (PRN-02)."""
    pin = pin_of(revisions[0])
    assert policies.get(pin) is revisions[0]
    with pytest.raises(PolicyNotLoaded, match="Start the worker with the policy folder"):
        policies.get(pin.model_copy(update={"content_hash": "0" * 64}))


def test_the_registry_is_written_once(revisions: tuple[Policy, ...]) -> None:
    """The same content again changes nothing; other content is refused (PRN-02)."""
    policies.install(revisions)
    with pytest.raises(AlreadyInstalled, match="Start a new one"):
        policies.install(revisions[:1])


def test_every_day_has_one_policy(revisions: tuple[Policy, ...]) -> None:
    """A gap between two revisions is refused, and a newer one ends the older by itself (PRN-02)."""
    gap = revisions[0].model_copy(update={"effective_to": date(2025, 12, 30)})
    with pytest.raises(PoliciesOverlap, match="until 2025-12-30"):
        Shelf([gap, revisions[1]])
    unended = revisions[0].model_copy(update={"effective_to": None})
    shelf = Shelf([revisions[1], unended])
    assert shelf.in_force_on(date(2025, 12, 31)) is unended
    assert shelf.in_force_on(date(2026, 1, 1)) is revisions[1]
    with pytest.raises(PoliciesOverlap):
        Shelf([revisions[1], revisions[1]])
    with pytest.raises(NoPolicyInForce, match="Put at least one policy file"):
        Shelf([])


def test_the_hash_follows_the_content(policy: Policy) -> None:
    """A changed value changes the hash; a copy does not."""
    assert content_hash(policy.model_copy()) == content_hash(policy)
    changed = policy.model_copy(update={"title": "another"})
    assert content_hash(changed) != content_hash(policy)


@pytest.mark.parametrize(
    ("name", "day", "value"),
    [
        ("lookback", "2022-12-31", "12_months"),
        ("lookback", "2023-01-01", "since_2022-01-01"),
        ("delete_exceptions", "2022-12-31", "EX1-EX9"),
        ("delete_exceptions", "2023-01-01", "EX1-EX8"),
        ("optout_status_display_required", "2025-12-31", False),
        ("optout_status_display_required", "2026-01-01", True),
        ("ack_business_days", "2020-08-13", None),
        ("ack_business_days", "2020-08-14", 10),
        ("know_limit", "2020-01-01", 2),
        ("admt_rights", "2026-12-31", "off"),
        ("admt_rights", "2027-01-01", "available"),
    ],
)
def test_every_revision_knows_the_history_of_a_value(
    revisions: tuple[Policy, ...], name: str, day: str, value: object
) -> None:
    """What held on any day since 2020 is policy data, in each revision alike (section 16)."""
    for revision in revisions:
        assert revision.parameter(name, date.fromisoformat(day)) == value


@pytest.mark.parametrize(
    ("kind", "day", "taken"),
    [
        (RequestType.CORRECT, "2022-12-31", False),
        (RequestType.CORRECT, "2023-01-01", True),
        (RequestType.LIMIT_SPI, "2022-12-31", False),
        (RequestType.ADMT_ACCESS, "2026-12-31", False),
        (RequestType.ADMT_ACCESS, "2027-01-01", True),
        (RequestType.DELETE, "2020-01-01", True),
    ],
)
def test_rights_begin_on_their_day(
    policy: Policy, kind: RequestType, day: str, taken: bool
) -> None:
    """Correct and limit are taken since 2023, automated decisions since 2027 (REQ-01, REQ-13)."""
    assert accepts(policy, kind, date.fromisoformat(day)) is taken


def test_a_company_may_switch_automated_decisions(policy: Policy) -> None:
    """Its own switch goes before the date, for these types only (REQ-13)."""
    day = date(2026, 5, 4)
    assert accepts(policy, RequestType.ADMT_ACCESS, day, enabled=True)
    assert not accepts(policy, RequestType.ADMT_ACCESS, date(2027, 1, 1), enabled=False)
    assert accepts(policy, RequestType.DELETE, day, enabled=False)


@pytest.mark.parametrize(
    ("point", "counts", "counts_when_proved"),
    [
        (PointOfIdentity.EMAIL, False, True),
        (PointOfIdentity.PHONE, True, True),
        (PointOfIdentity.CUSTOMER_NUMBER, True, True),
        (PointOfIdentity.FULL_NAME, False, False),
        (PointOfIdentity.EMPLOYER, False, False),
        (PointOfIdentity.BUSINESS_EMAIL, False, False),
    ],
)
def test_which_points_are_reliable(
    policy: Policy, point: PointOfIdentity, counts: bool, counts_when_proved: bool
) -> None:
    """Public facts never count; an address counts when control of it was proved (VER-19)."""
    assert policy.verification.is_reliable(point) is counts
    assert policy.verification.is_reliable(point, control_proved=True) is counts_when_proved


def test_staff_choose_reasons_of_their_action_and_type(policy: Policy) -> None:
    """A reason is found for the types that it is for, and for no other."""
    assert policy.reason("deny", "repeated_correction", RequestType.CORRECT)
    assert policy.reason("deny", "repeated_correction", RequestType.DELETE) is None
    assert policy.reason("approve", "large_volume", RequestType.DELETE) is None
    approval = policy.approval_for("reopen_window", RequestType.DELETE)
    assert approval is not None
    assert approval.role == "privacy_officer"


def test_every_row_of_the_conflict_table_is_decided(revisions: tuple[Policy, ...]) -> None:
    """All 22 differences of policy and law are decided once, in data (PRN-01, section 17)."""
    for revision in revisions:
        assert {row.row for row in revision.conflicts} == {f"C-{n:02}" for n in range(1, 23)}
