"""Choices of the company that the published policies must hold."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.decisions import letters
from domain.policy import Policy
from domain.policy_terms.staff import Role
from domain.rights import accepts
from domain.vocabulary import (
    Channel,
    RequestType,
    Residency,
    VerificationOutcome,
)
from tests.happenings import stand
from workers.settings import PROJECT

TEMPLATES = sorted(
    path
    for folder in ("gateway/templates", "letters/templates")
    for path in (PROJECT / folder).rglob("*")
    if path.suffix in (".html", ".j2")
)
_TICKED = re.compile(r"<(?:input|option)[^>{]*\s(?:checked|selected)\b")


def test_policy_and_law_are_reconciled_in_every_row(revisions: tuple[Policy, ...]) -> None:
    """Each conflict is decided once, in the policy (PRN-01, C-01 to C-22)."""
    rows = {f"C-{number:02d}" for number in range(1, 23)}
    for policy in revisions:
        assert {conflict.row for conflict in policy.conflicts} == rows
        assert all(conflict.decided for conflict in policy.conflicts)


def test_the_policy_keeps_what_the_table_decided(policy: Policy) -> None:
    """The values that the conflicts come to (C-02, C-03, C-05, C-06, C-08, C-10, C-13)."""
    never = {row.field_type for row in policy.disclosure.never_disclosed}
    lasting = {row.code for row in policy.deletion.exceptions if row.lawful_until is None}
    agents = policy.verification.agents
    assert policy.retention.record_months == 24
    assert {f"EX{n}" for n in range(1, 9)} <= lasting
    assert "EX9" not in lasting
    assert policy.opt_out.honour_signal
    assert (agents.poa_probate_sections_from, agents.poa_probate_sections_to) == (4000, 4465)
    assert "unique_biometric" in never
    assert policy.tier_for(RequestType.DELETE, Residency.CA).points == 3
    assert policy.business.phone


@pytest.mark.parametrize("kind", [RequestType.CORRECT, RequestType.LIMIT_SPI])
def test_rights_of_the_law_are_taken_although_the_policy_is_silent(
    policy: Policy, kind: RequestType
) -> None:
    """Correct and limit since 2023 (REQ-01, C-04)."""
    assert accepts(policy, kind, policy.effective_from)


def test_an_unverified_deletion_is_an_opt_out_by_policy(policy: Policy) -> None:
    """The policy gives more than the law asks (VER-08, C-20)."""
    tier = policy.tier_for(RequestType.DELETE, Residency.CA)
    assert tier.if_unverified is VerificationOutcome.UNVERIFIED_TREAT_AS_OPT_OUT


def test_health_content_is_counsels_to_release(policy: Policy) -> None:
    """And nothing else on the list is anybody's (RED-08, C-07)."""
    rows = policy.disclosure.never_disclosed
    assert [row.field_type for row in rows if row.counsel_may_release] == ["health_information"]
    approval = policy.approval_for("release_health_information", RequestType.KNOW_SPECIFIC)
    assert approval is not None
    assert approval.role is Role.COUNSEL


@pytest.mark.parametrize(
    ("twice", "channel", "kind", "asked"),
    [
        (False, Channel.WEB_FORM, RequestType.DELETE, False),
        (True, Channel.WEB_FORM, RequestType.DELETE, True),
        (True, Channel.POST, RequestType.DELETE, False),
        (True, Channel.WEB_FORM, RequestType.CORRECT, False),
    ],
)
def test_a_second_step_of_deleting_is_off_and_for_what_came_online(
    policy: Policy, twice: bool, channel: Channel, kind: RequestType, asked: bool
) -> None:
    """Where a policy asks it, the letter does, behind the link that proves the address (DEL-12)."""
    assert not policy.deletion.two_step_confirmation
    deletion = policy.deletion.model_copy(update={"two_step_confirmation": twice})
    own = policy.model_copy(update={"deletion": deletion})
    now = datetime(2026, 11, 23, 18, tzinfo=UTC)
    state = stand(own, now, kind=kind, channel=channel)
    needs = letters.acknowledgement(state, own, now)["needs"]
    assert ("confirm_deletion" in needs) is asked


def test_staff_can_say_that_there_is_no_way_to_verify(policy: Policy) -> None:
    """For every right that needs proof, in words of the policy (VER-11)."""
    for kind in (RequestType.KNOW_SPECIFIC, RequestType.DELETE, RequestType.CORRECT):
        reason = policy.reason("deny", "no_reasonable_method", kind)
        assert reason is not None
        assert "every year" in reason.text.en


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_choice_is_ticked_beforehand(path: Path) -> None:
    """Neither a page nor a letter decides for its reader (PRN-07, OPT-06)."""
    assert not _TICKED.search(path.read_text(encoding="utf-8"))
