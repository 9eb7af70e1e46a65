"""The dates of an appeal against a refusal, where a regime gives one."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from domain.days import day_after, earliest, local_date
from domain.policy import Policy
from domain.vocabulary import RequestType, Residency


class AppealDates(BaseModel):
    """By when an appeal must be filed, or has to be answered, counted from its receipt."""

    model_config = ConfigDict(frozen=True)

    file_by: date
    answer_due: date | None
    max_extended_due: date | None
    another_person: bool


def appeal_dates(
    policy: Policy,
    request_type: RequestType,
    residency: Residency,
    refused_at: datetime,
    appealed_at: datetime | None = None,
) -> AppealDates | None:
    """Return the dates of an appeal, or ``None`` where the policy's regime has no appeal."""
    terms = policy.clock_for(request_type, residency).appeal
    if terms is None:
        return None
    received = local_date(appealed_at, policy) if appealed_at else None
    longest = terms.extension.at_most if terms.extension else None
    return AppealDates(
        file_by=day_after(local_date(refused_at, policy), terms.file_within, policy),
        answer_due=earliest(received, terms.answer_within, policy) if received else None,
        max_extended_due=day_after(received, longest, policy) if received and longest else None,
        another_person=terms.decided_by_another_person,
    )
