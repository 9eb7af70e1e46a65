"""Facts that many cases state: yes or no, lists, the revision they are judged by, kinds of data."""

import re
from datetime import date, datetime
from typing import Any

from domain import policies
from domain.casebook import _reading as read
from domain.casebook._reading import Case
from domain.days import local_date
from domain.policy import Policy
from domain.vocabulary import PointOfIdentity, Requester

_RECEIVED = ("received_at", "receipt_date", "agent_submitted_at", "submitted_at", "received_on")
_NO = frozenset({"", "0", "false", "no", "none", "null", "off", "n"})
_YES = frozenset({"1", "true", "yes", "on", "y"})
_FLAGS = frozenset(
    {
        "accepted",
        "already_opted_out",
        "consumer_verified_at_tier",
        "context_compatible",
        "dated",
        "due_passed",
        "entity_registered",
        "expectations_aligned",
        "final_response_sent",
        "informed_consent",
        "is_data_broker",
        "legal_hold",
        "matched",
        "notarized",
        "reliable",
        "sensitive",
        "signed",
    }
)
"""Input fields of which the rulebook knows nothing but yes and no."""

_CLOSED, _OPEN = frozenset({"closed", "close", "false"}), frozenset({"open", "true"})

_REQUESTERS = {
    "": Requester.CONSUMER,
    "self": Requester.CONSUMER,
    "agent": Requester.AGENT_SIGNED,
    "guardian": Requester.PARENT,
    "parent_or_guardian": Requester.PARENT,
}

_KINDS = {
    "name": PointOfIdentity.FULL_NAME,
    "address": PointOfIdentity.POSTAL_ADDRESS,
    "mailing_address": PointOfIdentity.POSTAL_ADDRESS,
    "home_address": PointOfIdentity.POSTAL_ADDRESS,
    "street_address": PointOfIdentity.POSTAL_ADDRESS,
    "email_address": PointOfIdentity.EMAIL,
    "phone_number": PointOfIdentity.PHONE,
    "telephone": PointOfIdentity.PHONE,
    "date_of_birth": PointOfIdentity.BIRTH_DATE,
    "birthdate": PointOfIdentity.BIRTH_DATE,
    "birthday": PointOfIdentity.BIRTH_DATE,
    "dob": PointOfIdentity.BIRTH_DATE,
    "customer_id": PointOfIdentity.CUSTOMER_NUMBER,
    "order_id": PointOfIdentity.ORDER_NUMBER,
    "account_number": PointOfIdentity.CUSTOMER_NUMBER,
}

_NEVER_NAMES = {
    "social_security_number": "ssn",
    "social_security": "ssn",
    "ssn_last4": "ssn",
    "ssn_last_four": "ssn",
    "itin": "ssn",
    "tin": "ssn",
    "tax_id": "ssn",
    "drivers_license": "driver_license",
    "driver_licence": "driver_license",
    "drivers_licence": "driver_license",
    "dl": "driver_license",
    "license_number": "driver_license",
    "state_id_number": "state_id",
    "identification_card": "state_id",
    "government_id": "other_government_id",
    "gov_id": "other_government_id",
    "national_id": "other_government_id",
    "military_id": "other_government_id",
    "bank_account": "financial_account_number",
    "account_number": "financial_account_number",
    "iban": "financial_account_number",
    "routing_number": "financial_account_number",
    "card": "financial_account_number",
    "credit_card": "financial_account_number",
    "debit_card": "financial_account_number",
    "card_number": "financial_account_number",
    "payment_card": "financial_account_number",
    "financial_account": "financial_account_number",
    "health_insurance": "health_insurance_id",
    "insurance_id": "health_insurance_id",
    "medical": "medical_id",
    "medical_record": "medical_id",
    "mrn": "medical_id",
    "health": "health_information",
    "medical_information": "health_information",
    "health_info": "health_information",
    "diagnosis": "health_information",
    "password": "account_password",
    "passcode": "account_password",
    "pin": "account_password",
    "security_question": "security_question_answer",
    "security_answer": "security_question_answer",
    "security_questions_and_answers": "security_question_answer",
    "biometric": "unique_biometric",
    "biometrics": "unique_biometric",
    "fingerprint": "unique_biometric",
    "face_scan": "unique_biometric",
    "faceprint": "unique_biometric",
    "voiceprint": "unique_biometric",
    "iris_scan": "unique_biometric",
}
"""Everyday names of what is never disclosed and never asked for (RED, VER-02)."""


def received_at(case: Case) -> datetime | None:
    """Return the instant of receipt, where the case names one."""
    return read.optional_instant(read.first_of(case, *_RECEIVED))


def revision(case: Case) -> Policy:
    """Return the policy of the day of receipt; of a case without one, the newest (PRN-02)."""
    moment = received_at(case)
    return read.revision_at(moment) if moment else policies.nearest_to(date.max)


def receipt_date(case: Case, policy: Policy) -> date:
    """Return the day of receipt; of a case without one, the first day of its revision."""
    moment = received_at(case)
    return local_date(moment, policy) if moment else policy.effective_from


def yes(value: object) -> bool:
    """Read a yes or no, as people write it; nothing is no."""
    return str(value).strip().lower() not in _NO if isinstance(value, str) else bool(value)


def maybe(case: Case, *keys: str) -> bool | None:
    """Read a yes or no that may be left open; raises ``CaseUnreadable`` for another word."""
    found = next((key for key in keys if case.get(key) is not None), None)
    if found is None:
        return None
    value = case[found]
    if found in _FLAGS and not _is_plain(value):
        raise read.CaseUnreadable(f"`{found}` is neither true nor false: {value}; write one.")
    return yes(value)


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in _YES | _NO
    return value in (0, 1)


def said(case: Case, *keys: str) -> bool:
    """Read the first of ``keys`` that stands in the case; none is no."""
    return bool(maybe(case, *keys))


def requester(case: Case) -> Requester:
    """Read who asks; by default the consumer."""
    name = str(case.get("requester") or "").strip().lower()
    return _REQUESTERS.get(name) or read.word(Requester, name)


def many(value: object) -> list[Any]:
    """Read a list; one thing is a list of one, nothing is an empty list."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple | set) else [value]


def number(value: object, name: str) -> float:
    """Read a number; raises ``CaseUnreadable`` for anything else."""
    try:
        return float(str(value))
    except ValueError:
        raise read.CaseUnreadable(f"`{name}` is no number: {value}; write one like 12.5.") from None


def plain(name: object) -> str:
    """Write a name the way of the field: ``Driver's License`` is ``drivers_license``."""
    text = str(name).strip().lower().replace("'", "").replace("’", "")
    return re.sub(r"[^a-z0-9]+", "_", text).strip("_")


def point_kind(name: object) -> str:
    """Return the kind of a point of identity by any of its everyday names."""
    return str(_KINDS.get(plain(name)) or field_type(name))


def field_type(name: object) -> str:
    """Return the type of a field of data by any of its everyday names."""
    kind = plain(name)
    bare = kind.removesuffix("_number") if kind not in _NEVER_NAMES else kind
    return _NEVER_NAMES.get(kind, _NEVER_NAMES.get(bare, kind))


def window_open(case: Case, closes_at: datetime | None) -> bool:
    """Tell whether proof still counts: as the case says, or by ``as_of`` (CLK-10)."""
    stated = case.get("window")
    if stated is not None:
        return _is_open(str(stated).strip().lower())
    as_of = read.optional_instant(read.first_of(case, "as_of", "evaluated_at", "now"))
    return as_of is None or closes_at is None or as_of < closes_at


def _is_open(word: str) -> bool:
    if word not in _OPEN | _CLOSED:
        raise read.CaseUnreadable(f"`window` is neither open nor closed: {word}; write one.")
    return word in _OPEN
