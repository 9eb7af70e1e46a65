"""What looks like personal data: by a column's name, or by a sample of its values."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from domain.vocabulary import PointOfIdentity


@dataclass(frozen=True)
class Look:
    """What a column seems to hold."""

    data_category: str
    category: str
    point: PointOfIdentity | None = None
    identity: str | None = None
    never_disclose: str | None = None
    free_text: bool = False


_EMAIL = Look("user.contact.email", "identifiers", identity="email")
_PHONE = Look("user.contact.phone_number", "customer_records", PointOfIdentity.PHONE)
_NAME = Look("user.name", "identifiers", PointOfIdentity.FULL_NAME)
_ADDRESS = Look("user.contact.address", "identifiers", PointOfIdentity.POSTAL_ADDRESS)
_BIRTH = Look("user.demographic.date_of_birth", "customer_records", PointOfIdentity.BIRTH_DATE)
_IP = Look("user.device.ip_address", "identifiers")
_CARD = Look(
    "user.financial.credit_card", "customer_records", never_disclose="financial_account_number"
)
_SSN = Look("user.government_id", "customer_records", never_disclose="ssn")
_TEXT = Look("user.content", "customer_records", free_text=True)

BY_NAME: Sequence[tuple[str, Look]] = (
    (r"(^|_)(e?_?mails?)(_?addr(ess)?(es)?)?$|email", _EMAIL),
    (r"phone|mobile|(^|_)(tel|fax|cell)(_|$)", _PHONE),
    (r"birth|(^|_)dob(_|$)|(^|_)born(_|$)", _BIRTH),
    (r"(^|_)(first|last|full|given|family|sur|maiden|nick|middle|display|contact)_?name$", _NAME),
    (r"^(sur|fore|nick)name$|^customer_name$", _NAME),
    (
        r"(^|_)(street|city|town|zip|postcode|postal_code|zip_code)(_|$)|address(_?line)?\d?$",
        _ADDRESS,
    ),
    (r"(^|_)ip(_addr(ess)?)?$|(^|_)ip_", _IP),
    (r"cookie|device_id|visitor_id|advertising_id", Look("user.device.cookie_id", "identifiers")),
    (
        r"user_?agent|referr?er_url|page_url",
        Look("user.behavior.browsing_history", "internet_activity"),
    ),
    (r"(^|_)(lat|lng|lon|latitude|longitude|geo)(_|$)", Look("user.location", "geolocation")),
    (r"(^|_)ssn(_|$)|social_security|tax_id|itin", _SSN),
    (
        r"driver'?s?_?licen[cs]e|(^|_)dl_number",
        Look("user.government_id", "customer_records", never_disclose="driver_license"),
    ),
    (r"passport", Look("user.government_id", "customer_records", never_disclose="passport")),
    (r"card_?(number|no)|iban|bank_account|account_number|routing", _CARD),
    (
        r"(insurance|subscriber|health_plan)_(id|number|no)",
        Look("user.health_and_medical", "customer_records", never_disclose="health_insurance_id"),
    ),
    (
        r"medical|diagnos|health",
        Look("user.health_and_medical", "customer_records", never_disclose="health_information"),
    ),
    (
        r"fingerprint|face_?(id|print)|biometric|voice_?print",
        Look("user.biometric", "customer_records", never_disclose="unique_biometric"),
    ),
    (
        r"password|passwd|pwd",
        Look("user.authorization", "account_credentials", never_disclose="account_password"),
    ),
    (
        r"security_answer|secret_answer",
        Look(
            "user.authorization", "account_credentials", never_disclose="security_question_answer"
        ),
    ),
    (r"gender|ethnic|religio|marital|nationality", Look("user.demographic", "customer_records")),
    (r"employer|company_name", Look("user.job_title", "employment", PointOfIdentity.EMPLOYER)),
    (r"job_title|occupation", Look("user.job_title", "employment", PointOfIdentity.JOB_TITLE)),
    (r"salary|resume|(^|_)cv(_|$)|education", Look("user.job_title", "employment")),
    (r"(^|_)(note|notes|comment|comments|body|message|remark|remarks|feedback|bio)$", _TEXT),
)
"""Patterns of lower-case column names, the first that fits wins."""

_VALUES: Sequence[tuple[str, Look]] = (
    (r"[^@\s]+@[^@\s]+\.[a-zA-Z]{2,}", _EMAIL),
    (r"\d{3}-\d{2}-\d{4}", _SSN),
    (r"(?:\d[ -]?){15,16}", _CARD),
    (r"\+?1?[ .-]?\(?\d{3}\)?[ .-]\d{3}[ .-]?\d{4}", _PHONE),
    (r"(?:\d{1,3}\.){3}\d{1,3}", _IP),
)
_MOST = 0.5
"""Share of the sampled values that must look so."""


def by_name(column: str) -> Look | None:
    """Return what a column seems to hold by its name, or None."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[\s.\-]+", "_", column).lower()
    return next((look for pattern, look in BY_NAME if re.search(pattern, name)), None)


def by_values(values: Sequence[str]) -> Look | None:
    """Return what sampled values seem to be, or None."""
    present = [value for value in values if value]
    for pattern, look in _VALUES:
        fitting = sum(re.fullmatch(pattern, value.strip()) is not None for value in present)
        if present and fitting >= _MOST * len(present):
            return look
    return None
