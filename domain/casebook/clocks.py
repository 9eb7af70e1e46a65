"""Doors to the clocks of every type of request, of agents, and of asking again."""

from datetime import datetime

from domain import clocks
from domain.asking_again import may_ask_again_from
from domain.calendar import with_calendar
from domain.casebook import _reading as read
from domain.casebook._reading import Case
from domain.policy import Policy
from domain.vocabulary import RequestType, Residency

Answer = dict[str, object]

_FIRST_CONTACT = ("received_at", "agent_submitted_at", "parent_submitted_at", "submitted_at")


def clock(case: Case) -> Answer:
    """Answer with every date of a request (CLK-01 to CLK-05, CLK-17)."""
    dates = _dates(case, RequestType.DELETE, Residency.CA)
    return {
        "receipt_date": read.iso(dates.receipt_date),
        "ack_due": read.iso(dates.ack_due),
        "ack_deadline_utc": read.utc(dates.ack_deadline),
        "response_due": read.iso(dates.response_due),
        "response_deadline_utc": read.utc(dates.response_deadline),
        "response_send_by": read.iso(dates.send_by),
        "max_extended_due": read.iso(dates.max_extended_due),
        "max_extended_deadline_utc": read.utc(dates.max_extended_deadline),
        "soft_target": read.iso(dates.soft_target),
        "window_closes_utc": read.utc(dates.window_closes_at),
    }


def clock_strict(case: Case) -> Answer:
    """Answer like ``clock``, counting by the cautious calendar (HOL-05)."""
    return clock({"calendar": "STRICT", **case})


def clock_optout(case: Case) -> Answer:
    """Answer with the date by which selling, sharing or use has stopped (CLK-07 to CLK-09)."""
    kind = read.request_type(case, RequestType.OPT_OUT_SALE_SHARING)
    dates = _dates(case, RequestType.OPT_OUT_SALE_SHARING, Residency.CA)
    policy = _policy(case)
    needs_points = policy.tier_for(kind, read.residency(case)).points > 0
    return {
        "receipt_date": read.iso(dates.receipt_date),
        "optout_due": read.iso(dates.response_due),
        "optout_deadline_utc": read.utc(dates.response_deadline),
        "target_due": read.iso(dates.target_due),
        "extension_allowed": dates.max_extended_due is not None,
        "verification_outcome": "NEED_MORE_INFO" if needs_points else "NOT_REQUIRED",
    }


def clock_non_ca(case: Case) -> Answer:
    """Answer with the dates of the policy's 30-day promise (CLK-12, CLK-13, REQ-02 to REQ-04)."""
    dates = _dates(case, RequestType.DELETE, Residency.OTHER)
    place = _stated_residency(case, Residency.OTHER)
    return {
        "receipt_date": read.iso(dates.receipt_date),
        "response_due": read.iso(dates.response_due),
        "response_deadline_utc": read.utc(dates.response_deadline),
        "response_send_by": read.iso(dates.send_by),
        "extension_allowed": dates.max_extended_due is not None,
        "supervisory_authority_line_on_refusal": place is Residency.EEA,
        "treated_as": Residency.CA if place is Residency.UNKNOWN else place,
        "soft_target": read.iso(dates.soft_target),
        "target_due": read.iso(dates.target_due),
        "hard_due": read.iso(dates.response_due),
    }


def optin_wait(case: Case) -> Answer:
    """Answer with the first day on which a person may be asked to opt in (CLK-11, MIN-09)."""
    said_no = read.day(
        read.needed(case, "optout_date", "limit_date", "refused_on", "refusal_date", "received_at")
    )
    birth_date = read.first_of(case, "birth_date")
    policy = read.revision_at(read.instant(said_no))
    born = read.day(birth_date) if birth_date else None
    return {"may_ask_again_from": may_ask_again_from(policy, said_no, born).isoformat()}


def agent_clock(case: Case) -> Answer:
    """Answer with the dates of an agent's request, which run from its submission (CLK-17)."""
    return clock(case)


DOORS = {
    "clock": clock,
    "clock_strict": clock_strict,
    "clock_optout": clock_optout,
    "clock_non_ca": clock_non_ca,
    "optin_wait": optin_wait,
}

SIDE_DOORS = {"agent": (("agent_submitted_at", "parent_submitted_at"), agent_clock)}


def _dates(case: Case, kind: RequestType, place: Residency) -> clocks.RequestDates:
    policy, received_at = _policy(case), _received_at(case)
    asked = read.request_type(case, kind)
    stated_at = read.first_of(case, "stated_at", "residency_stated_at")
    if stated_at is None:
        return clocks.request_dates(policy, asked, read.residency(case, place), received_at)
    stated = _stated_residency(case, place)
    return clocks.restated_dates(policy, asked, stated, received_at, read.instant(stated_at))


def _stated_residency(case: Case, default: Residency) -> Residency:
    stated = read.first_of(case, "stated_residency", "residency_stated")
    return read.residency(case, default) if stated is None else read.word(Residency, str(stated))


def _received_at(case: Case) -> datetime:
    return read.instant(read.needed(case, *_FIRST_CONTACT))


def _policy(case: Case) -> Policy:
    policy = read.revision_at(_received_at(case))
    calendar = case.get("calendar")
    return policy if calendar is None else with_calendar(policy, str(calendar))
