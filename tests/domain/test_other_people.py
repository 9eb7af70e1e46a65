"""Other people in typed text: what is taken out, and what is the consumer's own and stays."""

import pytest

from domain.other_people import Own, find_others, without

ADA = Own.of(
    names=["Ada Abbott-Núñez"],
    emails=["Ada@Example.org", "@business.example"],
    phones=["+1 559 000 0009"],
)


def left(text: str) -> str:
    """Return what is left of a text."""
    return without(text, find_others(text, ADA).spans, "[]")


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        (
            "My colleague Paul Stern (paul.stern@example.net) has it too. Paul said so.",
            "My colleague [] ([]) has it too. [] said so.",
        ),
        ("Called Ada Abbott; speaks for Paul Stern too.", "Called Ada Abbott; speaks for [] too."),
        ("My wife Xiomara and Mr. Brown agree.", "My wife [] and Mr. [] agree."),
        ("mi esposa María de la Cruz llamó", "mi esposa [] llamó"),
        ("My brother Carlos Abbott pays.", "My brother [] pays."),
        ("Mr. I. Newton wrote, then I answered.", "Mr. [] wrote, then I answered."),
        ("Mr. E. Newton wrote, about hall E of ours.", "Mr. [] wrote, about hall E of ours."),
        ("Please answer.\nRegards,\nXenia Blort", "Please answer.\nRegards,\n[]"),
        ("Her number is 415-555-0199 or (415) 555 0123.", "Her number is [] or []."),
        ("call 5551234 now", "call [] now"),
        ("Write to o'neill+shop@mail.example.com.", "Write to []."),
    ],
)
def test_others_are_taken_out(text: str, rest: str) -> None:
    """KNO-08: addresses, telephone numbers and names of others go, in English and Spanish."""
    assert left(text) == rest


@pytest.mark.parametrize(
    "text",
    [
        "Hello, this is Ada Abbott-Núñez (ada@example.org).",
        "Thank you. Call me at (559) 000-0009.",
        "Regards,\nAda Nuñez",
        "help@business.example answered on 2024-01-15 10:00 about order O-00000009-1.",
        "The invoice I-90 of 01/15/2024 says 1,234.50 USD.",
        "Wrong address: 12 Oak Street, San Jose, California.",
        "Thank you. I cannot open the portal since Monday.",
    ],
)
def test_own_and_ordinary_words_stay(text: str) -> None:
    """RED-10: what is the consumer's own, the company's or nobody's is left as it is."""
    found = find_others(text, ADA)
    assert (left(text), found.doubtful) == (text, False)


def test_what_may_be_a_name_is_reported() -> None:
    """KNO-08: capitalised words that are no known name stay, and staff are told to look."""
    found = find_others("I met Xenu Blort yesterday.", ADA)
    assert found.spans == ()
    assert found.doubtful


@pytest.mark.parametrize("piece", ["1-", "a@", "(1", "Mr. ", "Aa ", "a.", "+1 ", "call 1", "é" * 9])
def test_hostile_text_ends(piece: str) -> None:
    """A megabyte of anything is searched; what takes more than linear time would not end here."""
    assert left(piece * (1_000_000 // len(piece))) is not None
