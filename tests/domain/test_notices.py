"""Which items a notice must carry, and which facts it is written from."""

from datetime import date

import pytest
from pydantic import ValidationError

from domain.notice_words import DenialBasis
from domain.notices import (
    FACTS,
    REQUIRED_ITEMS,
    Condition,
    DenialFacts,
    FeeEstimateFacts,
    StaffAlertFacts,
    missing_items,
)
from domain.vocabulary import NoticeKind, RequestType, Residency

COMMON = {
    "request_id": "PR-4106-105S",
    "request_type": RequestType.DELETE,
    "receipt_date": date(2026, 11, 22),
    "written_on": date(2026, 12, 1),
}


def test_every_notice_has_facts_and_items() -> None:
    """No notice exists without a facts model and a row of required items."""
    assert set(FACTS) == set(REQUIRED_ITEMS) == set(NoticeKind)


@pytest.mark.parametrize("kind", NoticeKind)
def test_each_required_item_is_missed(kind: NoticeKind) -> None:
    """NOT-01: whichever required item is left out is the one that is reported."""
    keys = REQUIRED_ITEMS[kind].under(list(Condition))
    for key in keys:
        rest = [other for other in keys if other != key]
        assert missing_items(kind, rest, list(Condition)) == [key]


def test_missing_items_are_sorted() -> None:
    """Section 19: several missing keys come in alphabetical order."""
    assert missing_items(NoticeKind.EXTENSION, []) == ["extra_days", "new_due_date", "reason"]


def test_conditional_item_waits_for_its_condition() -> None:
    """Section 19: a conditional key is needed only where its condition holds."""
    items = ["decision", "basis", "record_kept_statement", "how_to_question"]
    assert missing_items(NoticeKind.DENIAL, items) == []
    eea = missing_items(NoticeKind.DENIAL, items, [Condition.EEA])
    assert eea == ["supervisory_authority_link"]


def test_reason_why_third_parties_were_not_told_will_do() -> None:
    """DEL-07: third parties are told, or the letter explains in detail why not."""
    items = [*REQUIRED_ITEMS[NoticeKind.DELETION_COMPLETE].always, "why_not"]
    sold = [Condition.SOLD_OR_SHARED]
    assert missing_items(NoticeKind.DELETION_COMPLETE, items, sold) == []
    items.remove("why_not")
    assert missing_items(NoticeKind.DELETION_COMPLETE, items, sold) == ["third_parties_notified"]


def test_conditions_follow_from_the_facts() -> None:
    """DEL-09, REQ-03: the facts alone say which conditional items a denial needs."""
    facts = DenialFacts(
        **COMMON,
        residency=Residency.EEA,
        address_confirmed=True,
        basis=DenialBasis.ALL_RETAINED,
    )
    assert facts.conditions() == {Condition.EEA, Condition.DELETE_NOT_OPTED_OUT}
    opted_out = facts.model_copy(update={"opted_out_on": date(2026, 1, 2)})
    assert opted_out.conditions() == {Condition.EEA}


def test_fee_follows_from_its_parts() -> None:
    """FEE-03: the amount is what the stated hours, rate and materials come to."""
    facts = FeeEstimateFacts(
        **COMMON,
        reason="EXCESSIVE",
        work_minutes=90,
        hourly_rate_cents=4_000,
        materials_cents=250,
        accept_by=date(2026, 12, 20),
    )
    assert facts.amount_cents == 6_250


def test_facts_take_no_free_text() -> None:
    """Codes and names only: a sentence, a link or markup is refused without being repeated."""
    with pytest.raises(ValidationError) as refusal:
        StaffAlertFacts(**COMMON, situation="step_parked", place="call Ana Ruiz")
    assert "Ana Ruiz" not in str(refusal.value)


@pytest.mark.parametrize("kind", NoticeKind)
def test_facts_are_frozen_and_closed(kind: NoticeKind) -> None:
    """Facts models are frozen and refuse fields that they do not know."""
    model = FACTS[kind]
    assert model.model_config["frozen"]
    assert model.model_config["extra"] == "forbid"
