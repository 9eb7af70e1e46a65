"""A denial that rests on a law says which, and older denials stay as they were (DEL-04, COR-09)."""

from datetime import UTC, datetime

import pytest

from domain import actions
from domain import events as e
from domain.chain import canonical
from domain.citation import BY_LAW, EXAMPLE
from domain.decisions import letters
from domain.policy import Policy
from domain.refusals import Refused
from domain.state import RequestState
from domain.vocabulary import RequestType
from tests.happenings import happened, stand

NOW = datetime(2026, 12, 1, 18, tzinfo=UTC)
DENIAL = {"decided_by": "s.lee", "reason": "legal_obligation"}
VERIFIED = e.IdentityVerified(points_counted=4, points_required=3, evidence=1)
OLD = (
    b'{"at":"2026-12-01T18:00:00+00:00","data":{"actor":{"id":"s.lee","known":"self-asserted"},'
    b'"reason":"conflict_with_law"},"n":7,"stream":"PR-4106-105S","type":"RequestDenied"}'
)
"""A denial as releases wrote it that knew of no law."""


@pytest.fixture
def state(policy: Policy) -> RequestState:
    """Give a deletion that waits for its decision."""
    return stand(policy, NOW, e.AddressConfirmed(inbox=1), VERIFIED)


def denied(state: RequestState, policy: Policy, **fields: str) -> RequestState:
    """Return the state after a denial that came in by any door."""
    sent = [DENIAL | fields]
    events = actions.decide("deny", sent, state, policy, NOW)
    actions.must_be_complete("deny", sent)
    return happened(NOW, state, *events)


@pytest.mark.parametrize("reason", sorted(BY_LAW))
def test_the_law_is_asked_for_and_told(state: RequestState, policy: Policy, reason: str) -> None:
    """Without it the denial is refused with an example; with it the letter's facts carry it."""
    with pytest.raises(Refused, match=f'"law": "{EXAMPLE}"'):
        denied(state, policy, reason=reason)
    facts = letters.denial(denied(state, policy, reason=reason, law=EXAMPLE), policy, NOW)
    assert (facts["reasons"], facts["law"]) == ([reason], EXAMPLE)


def test_a_correction_is_denied_by_a_law_that_is_named(policy: Policy) -> None:
    """Its own letter carries it as well (COR-09)."""
    correction = stand(
        policy, NOW, VERIFIED, kind=RequestType.CORRECT, fields=("crm.contact.phone",)
    )
    ended = denied(correction, policy, reason="conflict_with_law", law=EXAMPLE)
    assert letters.correction_result(ended, policy, NOW)["law"] == EXAMPLE


@pytest.mark.parametrize(
    "law",
    [
        "A law",
        "ana.ruiz@example.com, section 1",
        "Tax code 6001, told to +1 415 555 0142",
        "Section 1 <b>",
        "https://law.example.com/?q=1",
        "§1",
        "Code, section 1. " * 20,
    ],
)
def test_what_is_no_citation_is_refused(state: RequestState, policy: Policy, law: str) -> None:
    """No section, an address, somebody's number, markup, a link; nothing of it is repeated."""
    with pytest.raises(Refused) as refusal:
        denied(state, policy, law=law)
    assert law not in str(refusal.value)


def test_a_law_goes_with_a_reason_that_speaks_of_one(state: RequestState, policy: Policy) -> None:
    """Beside another reason it would stand in the letter without sense."""
    with pytest.raises(Refused, match="leave it out"):
        denied(state, policy, reason="legal_hold", law=EXAMPLE)


def test_an_older_denial_keeps_its_bytes_and_is_told_as_before(
    state: RequestState, policy: Policy
) -> None:
    """Read, written and hashed again it is the same, and so are the facts of its letter."""
    document = {
        "at": "2026-12-01T18:00:00+00:00",
        "data": {
            "actor": {"id": "s.lee", "known": "self-asserted"},
            "reason": "conflict_with_law",
        },
        "n": 7,
        "stream": "PR-4106-105S",
        "type": "RequestDenied",
    }
    read = e.Recorded.from_document(document)
    assert canonical(read.document("PR-4106-105S")) == OLD
    assert isinstance(read.event, e.RequestDenied)
    assert "law" not in letters.denial(happened(NOW, state, read.event), policy, NOW)
