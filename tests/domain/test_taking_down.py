"""Taking down a request by hand: each answer is judged, and the whole is a valid submission."""

from datetime import UTC, datetime
from typing import Any

import pytest

from domain.policy import Policy
from domain.submission import Submission
from domain.taking_down import Question, Unasked, Wrong, answered, body_of, questions
from domain.vocabulary import Channel, PointOfIdentity, RequestType

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
PHONE_CALL = {
    "type": "delete, know_both",
    "channel": "phone",
    "received_on": "2026-11-20",
    "name": "Ana Ruiz",
    "address": "1480 Guerrero Street; San Francisco, CA 94110",
    "email": "",
    "points": "phone = +1 415 555 0142; customer_number=C-000001",
}


def nobody(question: Question) -> Any:
    """Take defaults, as where there is no terminal."""
    if question.default is None:
        raise Unasked(question.option)
    return question.read(question.default)


def test_a_phone_call_is_filed_with_its_real_first_day(policy: Policy) -> None:
    """The clock starts on the day of the call, and letters go by post (REQ-08, NOT-07)."""
    answers = answered(PHONE_CALL, questions(NOW, policy), nobody)
    filed = Submission.model_validate(body_of(answers, policy, NOW))
    assert filed.request_types == (RequestType.DELETE, RequestType.KNOW_BOTH)
    assert filed.channel is Channel.PHONE
    assert filed.received_at == datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
    assert filed.consumer.postal_address == ("1480 Guerrero Street", "San Francisco, CA 94110")
    assert filed.consumer.email is None
    assert filed.points[PointOfIdentity.CUSTOMER_NUMBER] == "C-000001"


def test_only_what_the_right_needs_is_asked(policy: Policy) -> None:
    """An opt-out asks for the address alone (REQ-09, REQ-10)."""
    asked = []

    def note(question: Question) -> Any:
        asked.append(question.name)
        return nobody(question)

    given = {"type": "marketing_opt_out", "channel": "phone", "email": "ana@example.com"}
    answers = answered(given, questions(NOW, policy), note)
    assert {"name", "points", "address", "agent_name", "correction"}.isdisjoint(asked)
    assert Submission.model_validate(body_of(answers, policy, NOW))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"type": "erase"}, "--type: Answer with one"),
        ({"type": "gdpr_portability"}, "--type"),
        ({"received_on": "2026-11-24"}, "--received-on: That day has not come yet"),
        ({"received_on": "yesterday"}, "Write the day as"),
        ({"email": "ana at example.com"}, "--email: That is no e-mail"),
        ({"address": "one line"}, "two to six lines"),
        ({"points": "shoe_size=44"}, "--points: Answer with one of"),
        ({"requester": "friend"}, "--requester"),
    ],
)
def test_a_wrong_answer_is_told_by_its_option(
    policy: Policy, wrong: dict[str, str], says: str
) -> None:
    """The sentence says what to write instead."""
    with pytest.raises(Wrong, match=says):
        answered(PHONE_CALL | wrong, questions(NOW, policy), nobody)


def test_what_is_missing_without_a_terminal_is_named(policy: Policy) -> None:
    """Nothing is guessed that was not said."""
    given = {key: text for key, text in PHONE_CALL.items() if key != "channel"}
    with pytest.raises(Unasked, match="--channel"):
        answered(given, questions(NOW, policy), nobody)
