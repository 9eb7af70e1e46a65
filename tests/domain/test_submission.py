"""What comes in is checked as a whole, and comes apart into one request per person and right."""

from typing import Any

import pytest
from pydantic import ValidationError

from domain.parts import parts_of
from domain.submission import NobodyNamed, Submission
from domain.vocabulary import PointOfIdentity, RequestType

ANA = {"name": "Ana Ruiz", "email": "ana@example.com"}
LEO = {"name": "Leo Ruiz", "email": "leo@example.com"}
DEVICE = "d" * 24


def read(**fields: Any) -> Submission:
    """Read a submission as it comes from outside."""
    return Submission.model_validate({"request_types": ["delete"], "consumer": ANA} | fields)


def test_each_right_becomes_a_request_of_its_own() -> None:
    """Each part names one right and carries only what that right needs (REQ-12, PRN-05)."""
    asked = read(
        request_types=["know_both", "delete", "correct"],
        corrections=[{"field": "phone", "claimed": "+1 415 555 0142"}],
        period={"from": "2024-01-01", "to": "2024-12-31"},
    )
    know, delete, correct = (part.submission for part in parts_of(asked))
    assert (know.request_types, delete.request_types) == (("know_both",), ("delete",))
    assert (know.period, delete.period) == (asked.period, None)
    assert (delete.corrections, correct.corrections) == ((), asked.corrections)
    assert {part.member for part in parts_of(asked)} == {0}


def test_each_member_of_a_household_becomes_a_requester() -> None:
    """Three people who ask for two rights are six requests, each with its own points (REQ-06)."""
    mia = {"name": "Mia Ruiz", "email": "leo@example.com"}
    members = [{"consumer": LEO, "points": {"phone": "1"}}, {"consumer": mia}]
    asked = read(request_types=["know_both", "delete"], household=members, points={"phone": "2"})
    parts = parts_of(asked)
    assert [part.member for part in parts] == [0, 0, 1, 1, 2, 2]
    assert [part.submission.consumer.name for part in parts[::2]] == [
        "Ana Ruiz",
        "Leo Ruiz",
        "Mia Ruiz",
    ]
    phones = [part.submission.points.get(PointOfIdentity.PHONE) for part in parts[::2]]
    assert phones == ["2", "1", None]
    assert all(part.submission.household == () for part in parts)


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"consumer": None}, "/consumer"),
        ({"consumer": None, "device": DEVICE}, "/consumer"),
        ({"consumer": None, "request_types": ["gpc_signal"]}, "/consumer"),
        ({"consumer": {"email": "ana@example.com"}}, "/consumer/name"),
        ({"requester": "agent_poa"}, "/agent"),
        ({"request_types": ["correct"]}, "/corrections"),
        ({"household": [{"consumer": ANA}]}, "/household/0/consumer"),
        (
            {"household": [{"consumer": {"email": "leo@example.com"}}]},
            "/household/0/consumer/name",
        ),
        (
            {"request_types": ["testimonial_change"], "household": [{"consumer": LEO}]},
            "/household",
        ),
    ],
)
def test_what_is_missing_as_a_whole_is_named(fields: dict[str, Any], pointer: str) -> None:
    """The error points to the field to change, though several fields together are at fault."""
    with pytest.raises(ValidationError) as raised:
        read(**fields)
    (error,) = raised.value.errors()
    assert error["ctx"]["pointer"] == pointer


def test_an_opt_out_needs_an_address_and_no_name() -> None:
    """No question beyond what finds the person (REQ-09, REQ-10)."""
    asked = read(request_types=["marketing_opt_out"], consumer={"email": "ana@example.com"})
    assert (asked.consumer.name, asked.consumer.email) == ("", "ana@example.com")


def test_a_signal_may_name_a_browser_only() -> None:
    """Such a signal is whole; whoever asks for its person is told that there is none (OPT-05)."""
    signal = read(request_types=["gpc_signal"], consumer=None, device=DEVICE)
    assert (signal.person, signal.device) == (None, DEVICE)
    with pytest.raises(NobodyNamed):
        _ = signal.consumer


def test_what_is_stored_reads_back_as_it_was() -> None:
    """The stored form has the names of the outside and nothing that was not said."""
    asked = read(request_types=["know_both"], period={"from": "2024-01-01", "to": "2024-12-31"})
    stored = asked.model_dump(mode="json", exclude_defaults=True)
    assert stored == {
        "request_types": [RequestType.KNOW_BOTH],
        "consumer": ANA,
        "period": {"from": "2024-01-01", "to": "2024-12-31"},
    }
    assert Submission.model_validate(stored) == asked
