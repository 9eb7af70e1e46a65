"""What text and exceptions may say aloud."""

import pytest
from pydantic import BaseModel

from domain.ids import request_id
from workers.redaction import safe_message, scrub
from workers.settings import SettingsError


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("mail to ana.ruiz+x@mail.example.com now", "mail to [email] now"),
        ("GET /c?e=ana%40example.com", "GET /c?e=[email]"),
        ("call +1 (415) 555-0142 today", "call [number] today"),
        ("ssn 123-45-6789", "ssn [number]"),
        ("card 4111111111111111", "card [number]"),
        ("link /t/" + "aB3_" * 10, "link /t/[token]"),
    ],
)
def test_what_looks_personal_is_replaced(text: str, clean: str) -> None:
    """Addresses, numbers of people and secret tokens do not survive."""
    assert scrub(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "due 2026-11-23 at 2026-11-23T07:59:59.000+00:00 and 2026-11-23 07:59",
        f"request {request_id(b'12345')}",
        "run 01a20428-2bb3-781e-a8b5-7e419954bcb7",
        "127.0.0.1:7233 refused",
        "head " + "0a" * 32,
        "45 days, 10 business days, port 54321",
    ],
)
def test_what_operators_need_stays(text: str) -> None:
    """Instants, request ids, run ids, addresses of machines and hashes stay readable."""
    assert scrub(text) == text


class Person(BaseModel):
    """Something personal."""

    age: int


def test_a_validation_error_names_fields_only() -> None:
    """Pydantic's error tells where and which kind, and nothing of the input."""
    with pytest.raises(ValueError, match="age") as caught:
        Person.model_validate({"age": "forty, says Ana"})
    assert safe_message(caught.value) == "age (int_parsing)"


def test_only_our_own_exceptions_are_quoted() -> None:
    """Our exceptions speak; those of libraries do not, whatever they say."""
    assert safe_message(SettingsError("Set the key.")) == "Set the key."
    assert safe_message(KeyError("Ana Ruiz")) is None
    assert safe_message(ConnectionRefusedError(111, "to Ana's host")) == "Connection refused"


@pytest.mark.parametrize("piece", ["-", "ab-", "é", "a.", "(", "1 ", "a@", "A"])
def test_a_text_of_any_length_is_cleaned(piece: str) -> None:
    """Whoever brings long texts into a log cannot hold a process up: linear time ends."""
    scrub(piece * (400_000 // len(piece)))
