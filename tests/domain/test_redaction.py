"""What goes into a package and what is only said to be held (RED-01 to RED-12, KNO-08)."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.policy import Policy
from domain.redaction import HeldField, Package, holds_the_same, redact
from domain.vocabulary import Language

NEVER = (
    "ssn",
    "driver_license",
    "state_id",
    "passport",
    "other_government_id",
    "financial_account_number",
    "health_insurance_id",
    "medical_id",
    "account_password",
    "password_hint",
    "security_question_answer",
    "unique_biometric",
)
ORDINARY = ("name", "address", "email", "phone", "birth_date", "ip", "cookies", "job", "purchase")
SECRETS = st.text("ABCDEFGHJKMNP23456789", min_size=8, max_size=16)


def _field(field_type: str, value: Any, **more: Any) -> HeldField:
    return HeldField.model_validate(
        {"name": field_type, "field_type": field_type, "value": value, **more}
    )


def _written(package: Package) -> str:
    return json.dumps(package.model_dump(mode="json"), ensure_ascii=False)


@pytest.mark.parametrize("field_type", NEVER)
def test_a_barred_type_is_named_and_never_shown(policy: Policy, field_type: str) -> None:
    """One line for each type, in words, without the value (RED-01 to RED-07)."""
    package = redact(policy, [_field(field_type, "Z9X8-7654"), _field(field_type, "Q1-2345")])
    (withheld,) = package.withheld
    assert (withheld.field_type, withheld.reason) == (field_type, "NEVER_DISCLOSE")
    assert withheld.line.startswith("We hold")
    assert package.disclosed == ()
    assert "7654" not in _written(package)


@pytest.mark.parametrize("field_type", ORDINARY)
def test_everything_else_is_disclosed_whole(policy: Policy, field_type: str) -> None:
    """No over-redaction (RED-10)."""
    package = redact(policy, [_field(field_type, "1400 Bank Street, 12345")])
    assert package.disclosed[0].value == "1400 Bank Street, 12345"
    assert package.withheld == ()


def test_health_waits_for_counsel(policy: Policy) -> None:
    """Withheld with a review, released when counsel says so; never a final ground (RED-08)."""
    held = redact(policy, [_field("health_information", "asthma")])
    released = redact(policy, [_field("health_information", "asthma", released=True)])
    assert (held.withheld[0].reason, held.may_go_out) == ("POLICY_HEALTH", False)
    assert (released.disclosed[0].value, released.may_go_out) == ("asthma", True)


def test_counsel_cannot_release_what_the_law_bars(policy: Policy) -> None:
    """The list of the law stands (RED-01, RED-08)."""
    package = redact(policy, [_field("ssn", "987-65-4320", released=True)])
    assert package.disclosed == ()


@pytest.mark.parametrize(
    "unread",
    [
        _field("image", "…"),
        _field("attachment", "text", readable=False),
        _field("attachment", None),
    ],
    ids=["picture", "sealed attachment", "attachment without words"],
)
def test_what_cannot_be_read_waits_for_staff(policy: Policy, unread: HeldField) -> None:
    """Pictures and unread attachments are looked at first (RED-12)."""
    package = redact(policy, [unread])
    assert [each.reason for each in package.withheld] == ["NOT_YET_READ"]
    assert not package.may_go_out
    assert redact(policy, [unread.model_copy(update={"looked_at": True})]).may_go_out


def test_an_empty_field_that_is_no_attachment_needs_no_reading(policy: Policy) -> None:
    """Only where words may be hidden is their absence a question (RED-10, RED-12)."""
    assert redact(policy, [_field("note", None)]).may_go_out


def test_other_people_and_counsel_are_left_out(policy: Policy) -> None:
    """Mixed records lose what is about others, and what is privileged (KNO-08)."""
    package = redact(
        policy, [_field("note", "Bob", about_others=True), _field("note", "memo", privileged=True)]
    )
    assert [each.reason for each in package.withheld] == ["OTHER_PERSON", "PRIVILEGE"]


@given(secret=SECRETS, kind=st.sampled_from(NEVER), data=st.data())
def test_a_withheld_value_comes_back_nowhere(
    policy: Policy, secret: str, kind: str, data: st.DataObject
) -> None:
    """Not in a note, a structure, a key or a file's name (RED-09)."""
    around = data.draw(st.text(st.characters(categories=["L", "Zs"]), max_size=20))
    text = f"{around} {secret} {around}"
    fields = [
        _field(kind, secret),
        _field("note", text),
        _field("survey", {"answers": [text, {secret: 1}]}),
        HeldField(name=f"scan {secret}.pdf", field_type="attachment", value="ok"),
    ]
    assert secret not in _written(redact(policy, fields))


def test_what_says_too_little_to_be_a_withheld_value_stays(policy: Policy) -> None:
    """A short password does not tear up texts, nor a common word an address (RED-09, RED-10)."""
    package = redact(
        policy,
        [
            _field("account_password", "abc"),
            _field("password_hint", "Bank Street"),
            _field("note", "She sang abc."),
            _field("address", "1400 Bank Street"),
        ],
    )
    assert [each.value for each in package.disclosed] == ["She sang abc.", "1400 Bank Street"]


@given(digits=st.integers(100_000_000, 999_999_999))
def test_numbers_that_are_no_text_are_read_too(policy: Policy, digits: int) -> None:
    """A withheld number does not come back as a number (RED-09)."""
    package = redact(policy, [_field("ssn", digits), _field("note", {"n": digits})])
    assert str(digits) not in _written(package)


@pytest.mark.parametrize(
    ("field_type", "held", "supplied", "same"),
    [
        ("ssn", "987-65-4320", "987 65 4320", True),
        ("ssn", "987-65-4320", "987654321", False),
        ("passport", "c01x00t47", "C01X00T47", True),
        ("account_password", "Hunter7", "hunter7", False),
        ("ssn", None, "987654320", False),
        ("ssn", None, None, False),
    ],
)
def test_a_corrected_value_is_compared_and_not_shown(
    field_type: str, held: str | None, supplied: str | None, same: bool
) -> None:
    """Yes or no, and nothing of the value (RED-11, COR-08)."""
    assert holds_the_same(field_type, held, supplied) is same


def test_the_line_speaks_the_readers_language(policy: Policy) -> None:
    """In Spanish for whom letters are Spanish (RED-01, NOT-06)."""
    package = redact(policy, [_field("passport", "X1")], Language.SPANISH)
    assert package.withheld[0].line.startswith("Conservamos")


def test_values_stand_in_no_repr(policy: Policy) -> None:
    """Neither what is held nor what is shown (RED-09)."""
    field = _field("note", "hunter seven")
    assert "hunter" not in repr(field)
    assert "hunter" not in repr(redact(policy, [field]))
