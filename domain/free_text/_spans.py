"""A piece of a text that may not be shown, and the types of field that it can be."""

from pydantic import BaseModel, ConfigDict

SSN = "ssn"
FINANCIAL = "financial_account_number"
LICENSE = "driver_license"
STATE_ID = "state_id"
PASSPORT = "passport"
OTHER_ID = "other_government_id"
INSURANCE = "health_insurance_id"
MEDICAL = "medical_id"
PASSWORD = "account_password"
PASSWORD_HINT = "password_hint"
SECURITY_ANSWER = "security_question_answer"


class Span(BaseModel):
    """From ``start`` up to ``end`` stands a value of this type."""

    model_config = ConfigDict(frozen=True)

    start: int
    end: int
    field_type: str
