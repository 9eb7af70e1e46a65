"""Records kept and deleted, grounds and what they need (DEL-01 to DEL-17)."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.deletion import (
    Claim,
    DeletionPlan,
    HeldRecord,
    Verdict,
    final_letter_allowed,
    may_use,
    must_delete_again,
    offers_opt_out,
    opt_out_effective_by,
    plan,
)
from domain.policy import Policy
from domain.vocabulary import Decision, Residency

TODAY = date(2026, 5, 4)
CLAIMS = st.builds(
    Claim,
    code=st.sampled_from(
        ["EX1", "EX2", "EX6", "EX7", "EX8", "EX9", "OUT", "NCC", "HOLD", "EX0", ""]
    ),
    reviewer=st.sampled_from(["", "po"]),
    reason=st.sampled_from(["", " ", "written"]),
    hold_id=st.sampled_from(["", "H1"]),
    informed_consent=st.booleans(),
    expectations_aligned=st.booleans(),
    context_compatible=st.booleans(),
)
RECORDS = st.lists(
    st.builds(
        HeldRecord,
        id=st.text("abc", min_size=1, max_size=3),
        from_consumer=st.booleans(),
        in_backup=st.booleans(),
        claim=st.none() | CLAIMS,
        marketing_list=st.booleans(),
        ours=st.booleans(),
    ),
    unique_by=lambda record: record.id,
    max_size=5,
)


def _claim(code: str, **more: object) -> Claim:
    return Claim.model_validate({"code": code, "reviewer": "po", "reason": "written", **more})


def _plan(policy: Policy, *records: HeldRecord, received_on: date = TODAY) -> DeletionPlan:
    return plan(policy, records, received_on=received_on)


@pytest.mark.parametrize(
    ("claim", "decision"),
    [
        (None, "GRANT"),
        (_claim("EX8"), "DENY"),
        (_claim("ex8"), "DENY"),
        (_claim("EX8", reviewer=""), "REVIEW_REQUIRED"),
        (_claim("EX8", reason="  "), "REVIEW_REQUIRED"),
        (_claim("EX6"), "GRANT"),
        (_claim("EX6", informed_consent=True), "DENY"),
        (_claim("EX6", informed_consent=True, reviewer=""), "REVIEW_REQUIRED"),
        (_claim("EX6", reviewer=""), "GRANT"),
        (_claim("EX7", expectations_aligned=True), "GRANT"),
        (_claim("EX7", expectations_aligned=True, context_compatible=True), "DENY"),
        (_claim("EX9"), "GRANT"),
        (Claim(code="HOLD"), "REVIEW_REQUIRED"),
        (Claim(code="HOLD", hold_id="H1"), "DENY"),
        (_claim("NCC"), "GRANT"),
        (_claim("EX88"), "REVIEW_REQUIRED"),
    ],
)
def test_each_ground_stands_falls_or_waits(
    policy: Policy, claim: Claim | None, decision: str
) -> None:
    """Insufficient in law falls away, incomplete on paper blocks (DEL-01, DEL-03, DEL-16)."""
    assert _plan(policy, HeldRecord(id="a", claim=claim)).decision == decision


def test_the_ninth_ground_ended_with_2022(policy: Policy) -> None:
    """It counts for requests received until 2022-12-31 (DEL-03, PRN-02)."""
    record = HeldRecord(id="a", claim=_claim("EX9"))
    old = _plan(policy, record, received_on=date(2022, 12, 31))
    new = _plan(policy, record, received_on=date(2023, 1, 1))
    assert (old.retained, new.retained, new.fallen) == ({"a": "EX9"}, {}, {"a": "EX9"})


def test_some_kept_is_a_grant_in_part(policy: Policy) -> None:
    """Deleted and kept are partial; backups and our own record are not (DEL-02, DEL-06)."""
    kept = HeldRecord(id="inv", claim=_claim("EX8"))
    backup = HeldRecord(id="bk", in_backup=True)
    ours = HeldRecord(id="PR", ours=True)
    partial = _plan(policy, HeldRecord(id="a"), kept, backup, ours)
    assert (partial.decision, partial.deleted, partial.deferred) == (
        Decision.GRANT_PARTIAL,
        ("a",),
        ("bk",),
    )
    assert _plan(policy, backup).decision is Decision.GRANT
    assert _plan(policy, kept, backup).decision is Decision.DENY
    assert _plan(policy, ours).decision is Decision.NO_DATA


@pytest.mark.parametrize(
    ("residency", "marketing", "verdict"),
    [
        (Residency.CA, False, Verdict.RETAIN),
        (Residency.OTHER, False, Verdict.RETAIN),
        (Residency.EEA, False, Verdict.DELETE),
        (Residency.CA, True, Verdict.DELETE),
    ],
)
def test_data_from_others_stays_out_of_marketing(
    policy: Policy, residency: Residency, marketing: bool, verdict: Verdict
) -> None:
    """Kept by default, in Europe and on marketing lists never (DEL-14, REQ-10, REQ-15)."""
    record = HeldRecord(id="a", from_consumer=False, marketing_list=marketing)
    found = plan(policy, [record], received_on=TODAY, residency=residency)
    assert found.verdicts[0].verdict is verdict
    assert found.suppresses_marketing is (verdict is Verdict.RETAIN)


@given(records=RECORDS, place=st.sampled_from(Residency))
def test_every_set_of_records_is_decided(
    policy: Policy, records: list[HeldRecord], place: Residency
) -> None:
    """The decision is total, and nothing is deleted while one waits (DEL-01, DEL-02)."""
    found = plan(policy, records, received_on=TODAY, residency=place)
    theirs = {record.id for record in records if not record.ours}
    assert {each.id for each in found.verdicts} == theirs
    if found.decision is Decision.REVIEW_REQUIRED:
        assert found.deleted == ()
        assert not final_letter_allowed(found)
    else:
        assert {*found.deleted, *found.deferred, *found.retained} == theirs
        assert (found.decision is Decision.NO_DATA) == (not theirs)


@given(records=RECORDS)
def test_nothing_is_kept_under_a_repealed_or_unknown_ground(
    policy: Policy, records: list[HeldRecord]
) -> None:
    """Only grounds of the policy in force keep data (DEL-01, DEL-03)."""
    codes = {row.code for row in policy.deletion.exceptions if row.lawful_until is None}
    found = plan(policy, records, received_on=TODAY)
    assert set(found.retained.values()) <= codes


@pytest.mark.parametrize(
    ("ground", "purpose", "allowed"),
    [
        ("EX8", "marketing", False),
        ("EX8", "analytics", False),
        ("EX8", "tax", True),
        ("EX1", "warranty", True),
        ("EX2", "marketing", False),
        ("HOLD", "litigation", True),
        ("NCC", "marketing", False),
        (None, "marketing", True),
    ],
)
def test_kept_data_serves_its_ground_only(
    policy: Policy, ground: str | None, purpose: str, allowed: bool
) -> None:
    """A lock by the ground's code bars every other use (DEL-04)."""
    assert may_use(policy, ground, purpose) is allowed


@pytest.mark.parametrize(
    ("decided", "effective"),
    [
        (None, "2026-05-26"),
        ("2026-05-11T10:00:00-07:00", "2026-05-26"),
        ("2026-06-18T23:00:00-07:00", "2026-06-18"),
    ],
)
def test_an_unverified_deletion_opts_out_by_the_first_clock(
    policy: Policy, decided: str | None, effective: str
) -> None:
    """From the original receipt, or at once where that day has passed (DEL-10, VER-08)."""
    received_at = datetime.fromisoformat("2026-05-04T10:00:00-07:00")
    decided_at = datetime.fromisoformat(decided) if decided else None
    found = opt_out_effective_by(policy, received_at, decided_at)
    assert found == date.fromisoformat(effective)


def test_an_opt_out_is_offered_with_every_refusal_but_to_those_who_have() -> None:
    """Whole or in part, once (DEL-09)."""
    offered = {each for each in Decision if offers_opt_out(each, already_opted_out=False)}
    assert offered == {Decision.DENY, Decision.GRANT_PARTIAL}
    assert not any(offers_opt_out(each, already_opted_out=True) for each in Decision)


def test_a_restored_backup_is_deleted_again() -> None:
    """Only of somebody whose deletion was carried out (DEL-06)."""
    assert must_delete_again(restored=True, was_deleted=True)
    assert not must_delete_again(restored=True, was_deleted=False)
    assert not must_delete_again(restored=False, was_deleted=True)


def test_no_letter_says_deleted_while_a_journal_stands(policy: Policy) -> None:
    """A copy kept for undoing is a copy (DEL-17)."""
    done = _plan(policy, HeldRecord(id="a"))
    assert final_letter_allowed(done)
    assert not final_letter_allowed(done, journal_stands=True)
