"""Every date of a request, each with the rule and the law behind it."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain import clocks, sequence
from domain.clocks import RequestDates
from domain.days import deadline_instant, local_date
from domain.paths import PATHS, Proof
from domain.policy import Policy
from domain.vocabulary import RequestType, Residency

_RULES: Mapping[RequestType, str] = {
    RequestType.OPT_OUT_SALE_SHARING: "CLK-07",
    RequestType.LIMIT_SPI: "CLK-08",
    RequestType.GPC_SIGNAL: "CLK-09",
    RequestType.MARKETING_OPT_OUT: "REQ-10",
    RequestType.TESTIMONIAL_CHANGE: "REQ-11",
    RequestType.MINOR_PURGE: "MIN-06",
    RequestType.OPT_IN_MINOR: "MIN-03",
    RequestType.OPT_IN_AFTER_OPT_OUT: "OPT-07",
    RequestType.ADMT_ACCESS: "REQ-13",
    RequestType.ADMT_OPT_OUT: "REQ-13",
}
_PROVED: Mapping[Proof, str] = {
    Proof.IDENTITY: "proof of identity counts until",
    Proof.CONFIRMATION: "the second step counts until",
    Proof.NOTHING: "",
}
_CALIFORNIA = frozenset({Residency.CA, Residency.UNKNOWN})


class PlannedDate(BaseModel):
    """A day of the request: what it is, its last instant, and why it is that day."""

    model_config = ConfigDict(frozen=True)

    what: str
    day: date
    at: AwareDatetime | None = None
    rule: str
    basis: str = ""


def dates_of(
    policy: Policy,
    request_type: RequestType,
    residency: Residency,
    received_at: datetime,
    *,
    waits_for_report: bool = False,
    asks_authority: bool = False,
) -> tuple[PlannedDate, ...]:
    """Return every date, in order of time (CLK-01 to CLK-16).

    ``waits_for_report`` adds the day on which an erasure waits no longer (REQ-12),
    ``asks_authority`` the hour until which somebody may show that they ask for another (AGT-01).
    """
    dates = clocks.request_dates(policy, request_type, residency, received_at)
    found = [
        *_promised(policy, request_type, residency, dates),
        *_internal(request_type, dates),
        *_window(policy, request_type, dates, asks_authority=asks_authority),
        *_warnings(policy, dates),
        *(_erasure(policy, dates) if waits_for_report else ()),
    ]
    return tuple(
        sorted(found, key=lambda each: (each.day, each.at is not None, each.at or received_at))
    )


def _promised(
    policy: Policy, request_type: RequestType, residency: Residency, dates: RequestDates
) -> Iterator[PlannedDate]:
    basis = policy.clock_named(dates.clock).basis
    yield PlannedDate(what="received", day=dates.receipt_date, rule="PRN-03")
    if dates.ack_due is not None:
        yield PlannedDate(
            what="confirm receipt by", day=dates.ack_due, at=dates.ack_deadline, rule="CLK-01"
        )
    general = "CLK-02" if residency in _CALIFORNIA else "CLK-12"
    yield PlannedDate(
        what="answer by",
        day=dates.response_due,
        at=dates.response_deadline,
        rule=_RULES.get(request_type, general),
        basis=basis,
    )
    if dates.max_extended_due is not None:
        yield PlannedDate(
            what="answer by, if extended in time, at the latest",
            day=dates.max_extended_due,
            at=dates.max_extended_deadline,
            rule="CLK-05",
        )


def _internal(kind: RequestType, dates: RequestDates) -> Iterator[PlannedDate]:
    yield PlannedDate(what="plan to send the answer on", day=dates.send_by, rule="CLK-04")
    if dates.target_due is not None:
        rule = "MIN-06" if kind is RequestType.MINOR_PURGE else "REQ-10"
        yield PlannedDate(what="take effect by, our own aim", day=dates.target_due, rule=rule)
    if dates.soft_target is not None:
        yield PlannedDate(what="soft target, in no letter", day=dates.soft_target, rule="CLK-13")


def _window(
    policy: Policy, kind: RequestType, dates: RequestDates, *, asks_authority: bool
) -> Iterator[PlannedDate]:
    """Say until when what is asked first can be shown, and what staff are offered meanwhile."""
    path = PATHS.get(kind)
    what = _PROVED[path.proof] if path else _PROVED[Proof.IDENTITY]
    what = what or ("proof of authority counts until" if asks_authority else "")
    if dates.window_closes_at is not None and what:
        yield PlannedDate(
            what=what,
            day=local_date(dates.window_closes_at, policy),
            at=dates.window_closes_at,
            rule="CLK-10",
        )
    if dates.extension_offer_at is not None:
        yield PlannedDate(
            what="an extension is offered to staff",
            day=local_date(dates.extension_offer_at, policy),
            at=dates.extension_offer_at,
            rule="CLK-16",
        )


def _warnings(policy: Policy, dates: RequestDates) -> Iterator[PlannedDate]:
    for warning in clocks.warnings(policy, dates, None):
        yield PlannedDate(
            what=f"staff are warned of the {warning.kind}, day {warning.day}",
            day=local_date(warning.at, policy),
            at=warning.at,
            rule="CLK-16",
        )


def _erasure(policy: Policy, dates: RequestDates) -> Iterator[PlannedDate]:
    day = sequence.erase_at_latest(policy, dates.response_due)
    yield PlannedDate(
        what="erase without waiting for the report any longer",
        day=day,
        at=deadline_instant(day, policy),
        rule="REQ-12",
    )
