"""Whether a deadline may be extended, and to which day (CLK-05, CLK-06)."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.days import day_after, earliest, local_date
from domain.policy import Policy
from domain.policy_terms.clocks import Clock
from domain.vocabulary import RequestType, Residency


class RefusalCode(StrEnum):
    """Why an extension is refused, in the order in which it is checked (CLK-05)."""

    TYPE_NOT_EXTENDABLE = "TYPE_NOT_EXTENDABLE"
    ALREADY_ANSWERED = "ALREADY_ANSWERED"
    ALREADY_EXTENDED = "ALREADY_EXTENDED"
    NO_REASON = "NO_REASON"
    DAYS_OUT_OF_RANGE = "DAYS_OUT_OF_RANGE"
    NOTICE_LATE = "NOTICE_LATE"


class ExtensionAllowed(BaseModel):
    """The extension is lawful once its letter is accepted on or before ``notice_due``."""

    model_config = ConfigDict(frozen=True)

    new_due: date
    extra_days: int
    notice_due: date
    two_channels: bool


class ExtensionRefused(BaseModel):
    """The extension is not lawful; ``longest`` is the most days the type allows, 0 where none."""

    model_config = ConfigDict(frozen=True)

    code: RefusalCode
    longest: int


class ExtensionStanding(StrEnum):
    """What became of an extension whose letter was sent (CLK-05)."""

    IN_FORCE = "IN_FORCE"
    AT_RISK = "EXTENSION_AT_RISK"
    LAPSED = "LAPSED"


def extension_standing(
    policy: Policy, due: date, accepted_at: datetime | None, bounced_at: datetime | None
) -> ExtensionStanding:
    """Judge an extension by the fate of its letter; ``due`` is the day that it moves (CLK-05).

    A letter accepted in time that bounces after ``due`` still proves the dispatch: the extension
    stands, at risk, and the letter is sent again at once. One that bounces by then was never sent.
    """
    if accepted_at is None or local_date(accepted_at, policy) > due:
        return ExtensionStanding.LAPSED
    if bounced_at is None:
        return ExtensionStanding.IN_FORCE
    in_time = local_date(bounced_at, policy) <= due
    return ExtensionStanding.LAPSED if in_time else ExtensionStanding.AT_RISK


def judge_extension(
    policy: Policy,
    *,
    request_type: RequestType,
    residency: Residency,
    received_at: datetime,
    notice_at: datetime,
    extra_days: int,
    reason: str,
    prior_extensions: int,
    answered: bool,
) -> ExtensionAllowed | ExtensionRefused:
    """Judge an extension whose letter would go out at ``notice_at`` (CLK-05, CLK-06).

    ``reason`` is the code or text that the letter will explain; blank is none. The checks run in
    the order of :class:`RefusalCode`, and the first that fails is the answer.
    """
    clock, receipt = policy.clock_for(request_type, residency), local_date(received_at, policy)
    notice_date, due = (
        local_date(notice_at, policy),
        earliest(receipt, clock.respond_within, policy),
    )
    longest = _longest_extra_days(policy, clock, receipt, due)
    failed = {
        RefusalCode.TYPE_NOT_EXTENDABLE: clock.extension is None,
        RefusalCode.ALREADY_ANSWERED: answered,
        RefusalCode.ALREADY_EXTENDED: prior_extensions > 0,
        RefusalCode.NO_REASON: not reason.strip(),
        RefusalCode.DAYS_OUT_OF_RANGE: not 1 <= extra_days <= longest,
        RefusalCode.NOTICE_LATE: notice_date > due,
    }
    for code in RefusalCode:
        if failed[code]:
            return ExtensionRefused(code=code, longest=longest)
    return ExtensionAllowed(
        new_due=due + timedelta(days=extra_days),
        extra_days=extra_days,
        notice_due=due,
        two_channels=_two_channels(clock, receipt, notice_date),
    )


def _longest_extra_days(policy: Policy, clock: Clock, receipt: date, due: date) -> int:
    if clock.extension is None:
        return 0
    return (day_after(receipt, clock.extension.at_most, policy) - due).days


def _two_channels(clock: Clock, receipt: date, notice_date: date) -> bool:
    last = clock.extension.two_channels_after_day if clock.extension else None
    return last is not None and (notice_date - receipt).days > last
