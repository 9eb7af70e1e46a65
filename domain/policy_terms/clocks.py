"""How long each kind of request may take: answer, extension, warnings, appeal (CLK)."""

from datetime import time

from pydantic import Field

from domain.policy_terms.base import EarliestOf, Period, Sentence, Terms
from domain.vocabulary import RequestType, Residency


class ExtensionTerms(Terms):
    """One longer period that staff may take with a written reason (CLK-05)."""

    at_most: Period = Field(description="The last day there can be, counted from receipt.")
    two_channels_after_day: int | None = Field(
        default=None, description="Notices after this day go by two channels where two are known."
    )
    offer_on_day: int | None = Field(
        default=None, description="Day on which staff are offered a prefilled extension (CLK-16)."
    )


class WarningDays(Terms):
    """Days after receipt on which staff are warned, counted one way or the other (CLK-16)."""

    days: tuple[int, ...] = ()
    business_days: tuple[int, ...] = ()


class WarningTerms(Terms):
    """When staff are warned of the acknowledgement, of the answer, and of the extended answer."""

    acknowledgement: WarningDays = WarningDays()
    response: WarningDays = WarningDays()
    extended: WarningDays = WarningDays()
    overdue_every_days: int = Field(ge=1, description="After a missed date, until the answer.")


class AppealTerms(Terms):
    """A second look by another person, where a regime gives one."""

    file_within: Period
    answer_within: EarliestOf
    extension: ExtensionTerms | None = None
    decided_by_another_person: bool = True
    complaint: Sentence


class Clock(Terms):
    """The dates of some types of request from some places of residence."""

    name: str = Field(min_length=1)
    basis: str = Field(min_length=1, description="The law or promise that sets these dates.")
    request_types: tuple[RequestType, ...] = Field(min_length=1)
    residencies: tuple[Residency, ...] = Field(min_length=1)
    acknowledge_within: Period | None = None
    respond_within: EarliestOf
    extension: ExtensionTerms | None = None
    target: EarliestOf | None = Field(
        default=None, description="A nearer date of ours on which the effect should be there."
    )
    soft_target: EarliestOf | None = Field(
        default=None, description="A planning date that no letter mentions (CLK-13)."
    )
    evidence_window_closes: time | None = Field(
        default=None, description="Local hour, on the first due date, after which no proof counts."
    )
    warnings: WarningTerms
    appeal: AppealTerms | None = None
