"""The dates of a request: receipt, acknowledgement, answer, warnings, providers (CLK, SVC-02).

All arithmetic is on local dates; instants are formed last, with the offset of their own day.
"""

from datetime import date, datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.calendar import business_days_after, holidays, last_business_day_until
from domain.days import day_after, deadline_instant, earliest, local_date, local_instant
from domain.extension import (
    ExtensionAllowed,
    ExtensionRefused,
    ExtensionStanding,
    RefusalCode,
    extension_standing,
    judge_extension,
)
from domain.policy import Policy
from domain.policy_terms.clocks import Clock, WarningDays
from domain.vocabulary import RequestType, Residency

__all__ = [
    "ExtensionAllowed",
    "ExtensionRefused",
    "ExtensionStanding",
    "ProviderDates",
    "RefusalCode",
    "RequestDates",
    "Warning",
    "deadline_instant",
    "extension_standing",
    "judge_extension",
    "local_date",
    "provider_dates",
    "request_dates",
    "restated_dates",
    "stop_by",
    "warnings",
    "window_end",
]


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True)


class RequestDates(_Facts):
    """Every date of one request; ``None`` where its clock has no such date. Instants are UTC."""

    clock: str
    receipt_date: date
    ack_due: date | None
    ack_deadline: AwareDatetime | None
    response_due: date
    response_deadline: AwareDatetime
    send_by: date
    max_extended_due: date | None
    max_extended_deadline: AwareDatetime | None
    target_due: date | None
    soft_target: date | None
    window_closes_at: AwareDatetime | None
    extension_offer_at: AwareDatetime | None


class Warning(_Facts):
    """One reminder to staff: of what, on which day after receipt, and when (CLK-16)."""

    kind: str
    day: int
    at: AwareDatetime


class ProviderDates(_Facts):
    """When a provider is reminded, must have confirmed, and is given up on (SVC-02)."""

    remind_at: AwareDatetime
    confirm_due: date
    confirm_deadline: AwareDatetime
    give_up_at: AwareDatetime


def request_dates(
    policy: Policy, request_type: RequestType, residency: Residency, received_at: datetime
) -> RequestDates:
    """Return every date of a request received at ``received_at`` (CLK-01 to CLK-13, CLK-17).

    Raises ``HolidayTableMissing`` when a date lies in a year without a holiday table.
    """
    clock = policy.clock_for(request_type, residency)
    return _dates(policy, clock, local_date(received_at, policy))


def restated_dates(
    policy: Policy,
    request_type: RequestType,
    residency: Residency,
    received_at: datetime,
    stated_at: datetime,
) -> RequestDates:
    """Return the dates after a statement of residency; none is due before it (REQ-15)."""
    dates = request_dates(policy, request_type, residency, received_at)
    floor = local_date(stated_at, policy)
    if dates.response_due >= floor:
        return dates
    return dates.model_copy(
        update={
            "response_due": floor,
            "response_deadline": deadline_instant(floor, policy),
            "send_by": last_business_day_until(floor, holidays(policy)),
        }
    )


def window_end(
    policy: Policy, request_type: RequestType, residency: Residency, due: date
) -> datetime | None:
    """Return when proof of identity stops counting, for an answer due on ``due`` (CLK-10)."""
    return _window_end(policy.clock_for(request_type, residency), due, policy)


def stop_by(
    policy: Policy,
    request_type: RequestType,
    residency: Residency,
    received_at: datetime,
    now: datetime,
) -> date:
    """Return the day by which an opt-out has taken effect; when that is past, today (DEL-10).

    An unverified deletion that becomes an opt-out keeps the receipt date of the deletion.
    """
    due = request_dates(policy, request_type, residency, received_at).response_due
    return max(due, local_date(now, policy))


def warnings(policy: Policy, dates: RequestDates, extended_due: date | None) -> tuple[Warning, ...]:
    """Return when staff are warned, in order of time (CLK-16).

    An extension shorter than the longest keeps the distances of its warnings from the due date.
    """
    terms = policy.clock_named(dates.clock).warnings
    found = _warnings("acknowledgement", terms.acknowledgement, dates, policy)
    if extended_due is None:
        found += _warnings("response", terms.response, dates, policy)
    else:
        found += _extended_warnings(terms.extended, dates, extended_due, policy)
    return tuple(sorted(found, key=lambda warning: warning.at))


def provider_dates(policy: Policy, directed_at: datetime) -> ProviderDates:
    """Return the dates of one direction to a provider, from the day it was issued (SVC-02)."""
    start, terms = local_date(directed_at, policy), policy.providers
    confirm_due = day_after(start, terms.confirm_within, policy)
    remind_on = day_after(start, terms.remind_after, policy)
    give_up_on = day_after(start, terms.give_up_after, policy)
    return ProviderDates(
        remind_at=local_instant(remind_on, policy.warn_at, policy),
        confirm_due=confirm_due,
        confirm_deadline=deadline_instant(confirm_due, policy),
        give_up_at=deadline_instant(give_up_on, policy),
    )


def _dates(policy: Policy, clock: Clock, receipt: date) -> RequestDates:
    ack_due = clock.acknowledge_within and day_after(receipt, clock.acknowledge_within, policy)
    due = earliest(receipt, clock.respond_within, policy)
    longest = clock.extension and day_after(receipt, clock.extension.at_most, policy)
    return RequestDates(
        clock=clock.name,
        receipt_date=receipt,
        ack_due=ack_due,
        ack_deadline=ack_due and deadline_instant(ack_due, policy),
        response_due=due,
        response_deadline=deadline_instant(due, policy),
        send_by=last_business_day_until(due, holidays(policy)),
        max_extended_due=longest,
        max_extended_deadline=longest and deadline_instant(longest, policy),
        target_due=clock.target and earliest(receipt, clock.target, policy),
        soft_target=clock.soft_target and earliest(receipt, clock.soft_target, policy),
        window_closes_at=_window_end(clock, due, policy),
        extension_offer_at=_extension_offer(clock, receipt, policy),
    )


def _window_end(clock: Clock, due: date, policy: Policy) -> datetime | None:
    if clock.evidence_window_closes is None:
        return None
    return local_instant(due, clock.evidence_window_closes, policy)


def _extension_offer(clock: Clock, receipt: date, policy: Policy) -> datetime | None:
    if clock.extension is None or clock.extension.offer_on_day is None:
        return None
    day = receipt + timedelta(days=clock.extension.offer_on_day)
    return local_instant(day, policy.warn_at, policy)


def _warnings(kind: str, terms: WarningDays, dates: RequestDates, policy: Policy) -> list[Warning]:
    by_days = [(n, dates.receipt_date + timedelta(days=n)) for n in terms.days]
    tables = holidays(policy)
    by_business_days = [
        (n, business_days_after(dates.receipt_date, n, tables)) for n in terms.business_days
    ]
    return [
        Warning(kind=kind, day=n, at=local_instant(on, policy.warn_at, policy))
        for n, on in by_days + by_business_days
    ]


def _extended_warnings(
    terms: WarningDays, dates: RequestDates, extended_due: date, policy: Policy
) -> list[Warning]:
    longest = dates.max_extended_due or extended_due
    shorter = (longest - extended_due).days
    days = tuple(n - shorter for n in terms.days)
    first = (dates.response_due - dates.receipt_date).days
    kept = WarningDays(days=tuple(n for n in days if n > first))
    return _warnings("extended", kept, dates, policy)
