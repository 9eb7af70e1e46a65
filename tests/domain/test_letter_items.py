"""Section 19, row by row: what each notice must carry."""

import pytest

from domain.notice_items import missing_items
from domain.vocabulary import NoticeKind

ALWAYS = {
    "N-01": "receipt_date request_summary verification_description processing_description "
    "expected_response_date contact",
    "N-02": "missing_items why_needed safe_channel usable_until no_fee_no_account consequence "
    "contact",
    "N-03": "reason new_due_date extra_days",
    "N-04": "decision basis record_kept_statement how_to_question",
    "N-05": "done_scope not_done_scope basis use_restriction service_providers_directed "
    "record_kept_statement",
    "N-06": "period_covered categories_collected sources purposes third_party_categories "
    "sold_shared_list disclosed_list withheld_list format link_expiry",
    "N-07": "deleted_scope backups_note service_providers_directed record_kept_statement",
    "N-08": "outcome",
    "N-09": "not_verified not_deleted treated_as_opt_out how_to_verify_again",
    "N-10": "date_applied scope status_location",
    "N-11": "permission_needed accepted_forms consumer_step deadline no_fee",
    "N-12": "why amount acceptance_needed",
    "N-13": "opt_in_recorded right_to_opt_out_later",
    "N-14": "request_id person_locator action scope flow_down confirm_by contact",
    "N-15": "person_locator action comply_and_pass_on",
    "N-16": "finding reason",
    "N-17": "nothing_held_statement record_kept_statement",
    "N-18": "apology status next_date contact",
}


@pytest.mark.parametrize(("notice", "items"), ALWAYS.items())
def test_each_notice_needs_its_items_and_no_others(notice: str, items: str) -> None:
    """The rows of the rulebook's section 19, sorted as they are reported (N-01 to N-18, NOT-01)."""
    expected = items.split()
    assert missing_items(NoticeKind(notice), []) == sorted(expected)
    assert missing_items(NoticeKind(notice), expected) == []


def test_asking_for_more_costs_nothing() -> None:
    """Letters that ask for proof say that no fee and no account is needed (VER-03)."""
    assert "no_fee_no_account" in missing_items(NoticeKind.MORE_INFORMATION, [])
    assert "no_fee" in missing_items(NoticeKind.AGENT_PROOF, [])


def test_directions_flow_down_and_go_on() -> None:
    """Providers pass them to their own, third parties too (SVC-03, SVC-05)."""
    assert "flow_down" in missing_items(NoticeKind.PROVIDER_DIRECTION, [])
    assert "comply_and_pass_on" in missing_items(NoticeKind.THIRD_PARTY_NOTICE, [])


def test_refusals_in_part_name_their_basis() -> None:
    """What is done, what is not, and why; the rest is disclosed or deleted (KNO-06, DEL-04)."""
    missing = missing_items(NoticeKind.PARTIAL_OUTCOME, [])
    assert {"done_scope", "not_done_scope", "basis", "use_restriction"} <= set(missing)


def test_deletion_says_that_a_record_is_kept() -> None:
    """Of the request, and of nothing else (DEL-08)."""
    for notice in ("N-04", "N-05", "N-07", "N-17"):
        assert "record_kept_statement" in missing_items(NoticeKind(notice), [])
