"""Numbers and secrets in free text (RED-09)."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.free_text import marker, scan

WORDS = st.text(st.characters(categories=["L", "Zs", "P"]), max_size=60)
GAPS = st.sampled_from(["", " ", "-", ".", "–", "\u00a0", "\u2011", " - "])
IBANS = ("DE89370400440532013000", "GB82WEST12345698765432", "FR1420041010050500013M02606")


def _luhn_valid(prefix: str) -> str:
    doubled = sum(
        sum(divmod(int(sign) * (2 - index % 2), 10)) for index, sign in enumerate(reversed(prefix))
    )
    return prefix + str(-doubled % 10)


@st.composite
def _numbers(draw: Any) -> tuple[str, str]:
    """Draw a number as it may be written, with the words that lead up to it."""
    kind = draw(st.sampled_from(["ssn", "card", "iban", "passport", "license", "bank", "medical"]))
    digits = draw(st.text("123456789", min_size=9, max_size=9))
    gap = draw(GAPS)
    if kind == "ssn":
        gap = gap or "-"
        return "", gap.join((digits[:3], digits[3:5], digits[5:]))
    if kind == "card":
        card = _luhn_valid("4" + digits + digits[:5])
        return "", gap.join(card[at : at + 4] for at in range(0, len(card), 4))
    if kind == "iban":
        return "", draw(st.sampled_from(IBANS))
    keyword = {
        "passport": "passport number: ",
        "license": "driver's license ",
        "bank": "bank account ",
        "medical": "MRN ",
    }[kind]
    return keyword, digits


@given(before=WORDS, after=WORDS, number=_numbers())
def test_no_planted_number_comes_through(before: str, after: str, number: tuple[str, str]) -> None:
    """Whatever stands around it and however it is grouped, its digits are gone (RED-09)."""
    keyword, value = number
    assume(not before.endswith("+"))
    found = scan(f"{before} {keyword}{value} {after}")
    assert value not in found.text
    assert value[-4:] not in found.text
    assert found.found


@given(
    before=WORDS,
    after=WORDS,
    sign=st.sampled_from([": ", "=", ":", " is: ", " = "]),
    secret=st.text(st.characters(min_codepoint=35, max_codepoint=126), min_size=6, max_size=20),
)
def test_no_password_comes_through(before: str, after: str, sign: str, secret: str) -> None:
    """What follows "password:" is gone, whatever it is made of (RED-05, RED-09)."""
    assume(not set("\"'`.,;)") & set(secret) and secret not in "password:")
    found = scan(f"{before} password{sign}{secret} {after}")
    assert secret not in found.text.replace(before, "").replace(after, "")


@given(text=st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    """No text stops the scanner, and reading it again finds nothing new (RED-09)."""
    once = scan(text)
    assert scan(once.text).found == ()


@given(text=st.text(st.characters(categories=["L", "Zs"]), max_size=200))
def test_words_alone_are_left_as_they_are(text: str) -> None:
    """A text without digits and without talk of secrets stays whole (RED-10)."""
    spoken = ("pass", "pin", "pwd", "clave", "contrase", "answer", "maiden", "respuesta")
    assume(not any(word in text.casefold() for word in spoken))
    assert scan(text).text == text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("my SSN is 123456789", "ssn"),
        ("ITIN 912-34-5678", "ssn"),
        ("xxx-xx-6789", "ssn"),
        ("1 2 3 4 5 6 7 8 9 is my social security number", "ssn"),
        ("4111 1111 1111 1111 exp 12/26", "financial_account_number"),
        ("**** **** **** 1111", "financial_account_number"),
        ("Visa ending in 1111", "financial_account_number"),
        ("CVV 123", "financial_account_number"),
        ("pay to DE89 3704 0044 0532 0130 00 please", "financial_account_number"),
        ("routing 021000021", "financial_account_number"),
        ("Passport Number:\nC01X00T47", "passport"),
        ("C01X00T47 is my passport", "passport"),
        ("licence D1234567", "driver_license"),
        ("state ID 12345678", "state_id"),
        ("green card A123456789", "other_government_id"),
        ("member ID: W123456789", "health_insurance_id"),
        ("medical record no. 12-3456", "medical_id"),
        ("PIN: 4711", "account_password"),
        ("https://ana:s3cret@example.com", "account_password"),
        ("mi contraseña es hunter7", "account_password"),
        ("password hint: the blue boat", "password_hint"),
        ("security answer: Rex", "security_question_answer"),
    ],
)
def test_each_kind_is_named(text: str, found: str) -> None:
    """The mark says which type was taken out (RED-01 to RED-06, RED-09)."""
    scanned = scan(text)
    assert scanned.found == (found,)
    assert marker(found) in scanned.text


@pytest.mark.parametrize(
    "text",
    [
        "call 415-555-0142 or +49 1511 2345678",
        "order 123456789 of 2026-03-04, $1,200.00",
        "4111-1111-1111-1112 fails the check digit",
        "credit card 4111-1111-1111-1112 fails it too, valid until 12/26",
        "the passport photo is for order number 12345678",
        "my password is not working, reset link sent 2026",
        "I was born in 1985 and my passport is blue",
        "my customer number is C-004211",
        "meet me at 34.05, -118.24",
        "the pin is in the map",
        "invoice 2026-1142",
    ],
)
def test_ordinary_numbers_stay(text: str) -> None:
    """Nothing is taken out that the law does not bar (RED-10)."""
    assert scan(text).text == text


def test_the_nearest_keyword_names_a_number() -> None:
    """Two numbers beside two keywords are told apart (RED-09)."""
    scanned = scan("bank account 12345678 and passport X1234567")
    assert scanned.text == f"bank account {marker('financial_account_number')} and passport " + (
        marker("passport")
    )


def test_the_rest_of_a_text_is_disclosed() -> None:
    """Only the value goes (RED-09)."""
    assert scan("password: hunter2, please reset").text == (
        f"password: {marker('account_password')}, please reset"
    )
