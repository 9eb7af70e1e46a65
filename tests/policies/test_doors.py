"""The doors take what people write: missing keys, nulls, everyday names."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.casebook import AREAS
from domain.casebook._reading import CaseUnreadable
from workers.case_bench import evaluate

pytestmark = pytest.mark.usefixtures("revisions")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@pytest.mark.parametrize(
    ("area", "case", "key", "answer"),
    [
        ("verification", {"request_type": "delete"}, "verification_outcome", "NEED_MORE_INFO"),
        ("verification", {"request_type": "opt_out", "data_points": None}, "points_counted", 0),
        ("agent", {"request_type": "delete", "poa": None}, "agent_outcome", "NEED_AGENT_PROOF"),
        ("agent", {"config": ["verify_identity", "confirm_permission"]}, "config_valid", False),
        ("deletion", {"records": []}, "decision", "NO_DATA"),
        ("deletion", {"records": [{"id": "a"}]}, "deleted", ["a"]),
        ("deletion", {"records": [{"id": "a", "exception": {}}]}, "decision", "GRANT"),
        ("redaction", {"fields": [{"field_type": "SSN", "value": "1"}]}, "disclosed", []),
        ("lookback", {"received_at": "2026-05-04"}, "from", "2022-01-01"),
        ("minor", {"age": 12}, "band", "CHILD"),
        ("minor", {"band": "teen", "opt_in": False}, "sale_allowed", False),
        ("optout", {}, "decision", "GRANT"),
        ("correction", {}, "fraud_denial_allowed", False),
        ("intake", {"channel": "phone"}, "opens_request", True),
        ("household", {"members": [{"id": "a"}]}, "requests_created", 1),
        ("providers", {}, "disclose", True),
        ("fee", {}, "fee", 0),
        ("notice", {"notice": "n-17", "items": None}, "may_send", False),
        (
            "frequency",
            {"current": {"receipt_date": "2026-05-04", "request_type": "know"}},
            "excess",
            False,
        ),
    ],
)
def test_little_is_enough_for_an_answer(
    area: str, case: dict[str, Any], key: str, answer: object
) -> None:
    """What a case leaves out has its ordinary meaning."""
    assert evaluate(area, case)[key] == answer


@pytest.mark.parametrize(
    ("area", "case"),
    [
        ("verification", {"request_type": "delete", "data_points": "email"}),
        ("verification", {"request_type": "delete", "data_points": [{"matched": True}]}),
        ("deletion", {"records": "all"}),
        ("deletion", {"records": [{"id": "a"}], "holders": [{"name": "x", "role": "friend"}]}),
        ("minor", {"band": "TODDLER"}),
        ("minor", {"age": "old"}),
        ("household", {}),
        ("notice", {"notice": "N-99"}),
        ("fee", {"finding": "excessive", "estimate": "a lot"}),
        ("frequency", {"prior": []}),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(area: str, case: dict[str, Any]) -> None:
    """The sentence names the key and says what to write."""
    with pytest.raises(CaseUnreadable, match="`"):
        evaluate(area, case)


@pytest.mark.parametrize("area", sorted(AREAS))
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_door_answers_or_says_why_not(area: str, data: st.DataObject) -> None:
    """Whatever JSON comes in, nothing else than an answer or a sentence comes out."""
    keys = ("request_type", "received_at", "records", "data_points", "fields", "holders", "items")
    case = data.draw(st.dictionaries(st.sampled_from(keys) | st.text(max_size=4), JSON, max_size=5))
    try:
        answer: object = evaluate(area, case)
    except (CaseUnreadable, LookupError) as refusal:
        answer = str(refusal)
    assert isinstance(answer, dict) or answer
