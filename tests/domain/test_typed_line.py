"""What a person types on one line is kept as they see it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.submission import Consumer, Submission
from domain.typed_line import is_one_line, without_unseen

COPIED_NUMBER = "\u202a+1 415 555 0142\u202c"
TURNED_NAME = "Ana \u202eziuR"
PERSIAN = "علی\u200cرضا"
SINHALA = "ක්\u200dරිස්ටෝෆර්"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (COPIED_NUMBER, "+1 415 555 0142"),
        (TURNED_NAME, "Ana ziuR"),
        ("Ana\u200b\u2060\ufeff Ru\u00adiz\u200d", "Ana Ruiz"),
        ("A\u3164n\u200da\u034f \u200cRuiz", "Ana Ruiz"),
        (PERSIAN, PERSIAN),
        (SINHALA, SINHALA),
        ("Zoë O’Brien-李 葛\U000e0100", "Zoë O’Brien-李 葛\U000e0100"),
    ],
)
def test_what_nobody_sees_is_left_out_of_a_name(typed: str, kept: str) -> None:
    """Every door keeps the same line; what scripts are written with stays."""
    assert Consumer(name=typed, email="ana@example.com").name == kept


@pytest.mark.parametrize(
    "typed", ["Ana\nRuiz", "Ana\x00", "Ana\x9bRuiz", "Ana\u2028Ruiz", "A\ufffd"]
)
def test_what_is_no_line_is_refused_in_words(typed: str) -> None:
    """A break or a control character is an error that says what to send."""
    with pytest.raises(ValidationError, match="send plain text on one line"):
        Consumer(name=typed, email="ana@example.com")


@pytest.mark.parametrize("typed", ["\u200b", "\u3164", "\u2066 \u2069"])
def test_a_name_that_nobody_sees_is_none(typed: str) -> None:
    """Who gives nothing that can be read has given no name."""
    with pytest.raises(ValidationError, match="at least 1 character"):
        Consumer(name=typed, email="ana@example.com")


def test_what_was_filed_stays_readable_as_it_was() -> None:
    """A rule that came later neither changes nor refuses what was taken in before."""
    filed = {"name": "Ana\u202e \u2028Ruiz", "email": "ana@example.com"}
    body = json.dumps({"request_types": ["delete"], "consumer": filed}).encode()
    assert Submission.as_filed(body).consumer.name == filed["name"]
    with pytest.raises(ValidationError):
        Submission.model_validate_json(body)


@given(st.text())
def test_a_line_that_was_kept_is_kept_as_it_is(typed: str) -> None:
    """Reading a stored line again changes nothing."""
    once = without_unseen(typed)
    assert without_unseen(once) == once
    assert is_one_line(once) == is_one_line(typed)
