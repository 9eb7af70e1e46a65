"""Whence disputed data came: weighed by staff, named to the person (COR-02, COR-10)."""

import pytest

from domain import events as e
from domain.decisions import outcome
from domain.policy import Policy
from domain.situation import describe
from domain.state import RequestState
from domain.vocabulary import RequestType
from tests.domain.test_handling import LATER, happened, received, sent


def waiting(policy: Policy, *sources: str) -> RequestState:
    """Return a correction of a phone number that awaits its decision."""
    state = received(policy, RequestType.CORRECT).model_copy(update={"fields": ("phone",)})
    return happened(
        state,
        e.DocumentReceived(inbox=2, purpose="correction"),
        e.IdentityVerified(points_counted=3, points_required=3, evidence=2),
        e.HoldingsSurveyed(rows={"crm.contacts": 1}, retained=(), sources=sources),
    )


@pytest.mark.parametrize(
    ("sources", "named"),
    [(("consumer", "public_databases"), ["public_databases"]), (("consumer",), [])],
)
def test_the_letter_names_who_else_gave_us_the_data(
    policy: Policy, sources: tuple[str, ...], named: list[str]
) -> None:
    """By the policy's categories; the person and ourselves are nobody else (COR-10)."""
    state = waiting(policy, *sources)
    state = happened(state, *sent("approve", state, policy, reason="correction_supported"))
    state = happened(state, e.DataCorrected(fields=("phone",)))
    (letter,) = outcome.answer(state, policy, LATER)
    assert isinstance(letter, e.NoticeRequested)
    assert letter.facts["sources"] == named


def test_staff_see_what_the_rules_propose_and_by_what(policy: Policy) -> None:
    """The source, the papers that came, and the answer unless they find otherwise (COR-02)."""
    shown = describe(waiting(policy, "public_databases"), policy, LATER)
    assert "By the rules: granted, unless what is held is more likely right" in shown
    assert "It came from: " in shown
    assert "Documents of the consumer: 1." in shown
