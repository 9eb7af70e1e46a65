"""How the case page says what the record keeps as codes."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from domain.clocks import local_date
from domain.notice_words import WithheldReason
from domain.planning.dates import dates_of
from domain.policy import Policy
from domain.state import RequestState
from domain.vocabulary import Channel, PointOfIdentity, Requester, Residency
from gateway.staff.words import Remaining, days_in_words

SOON_DAYS = 7

POINTS: Mapping[PointOfIdentity, str] = {
    PointOfIdentity.EMAIL: "Email address",
    PointOfIdentity.BUSINESS_EMAIL: "Email address at work",
    PointOfIdentity.BUSINESS_PHONE: "Phone number at work",
}

REQUESTERS: Mapping[Requester, str] = {
    Requester.CONSUMER: "The consumer",
    Requester.AGENT_SIGNED: "An agent with a signed permission",
    Requester.AGENT_POA: "A holder of a power of attorney",
    Requester.PARENT: "A parent or guardian",
    Requester.CONSERVATOR: "A conservator",
    Requester.REPORTER: "Somebody who reports a young person",
    Requester.COMPANY: "The company itself",
}

RESIDENCIES = {
    Residency.CA: "California",
    Residency.EEA: "European Economic Area",
    Residency.UNKNOWN: "not stated",
}

REASONS: Mapping[WithheldReason, str] = {
    WithheldReason.NEVER_DISCLOSE: "Never disclosed: an identifier or a secret",
    WithheldReason.POLICY_HEALTH: "Speaks of health: counsel decides",
    WithheldReason.NOT_YET_READ: "Nobody has looked at it yet",
    WithheldReason.OTHER_PERSON: "About another person",
    WithheldReason.PRIVILEGE: "Privileged: advice of counsel",
    WithheldReason.CONFLICT_WITH_LAW: "Another law forbids it",
}

_INTERNAL = ("staff are warned", "soft target", "an extension is offered")


class Due(NamedTuple):
    """One date of a request: what it is for, and what asks for it."""

    what: str
    day: date
    basis: str
    standing: str = ""


def point(kind: PointOfIdentity) -> str:
    """Say what a point of identity is."""
    return POINTS.get(kind, spaced(kind))


def spaced(code: str) -> str:
    """Say a code as words, the first one capitalised."""
    return code.replace("_", " ").capitalize()


def due_dates(state: RequestState, policy: Policy) -> list[Due]:
    """Return the dates that the law or the policy sets, and whether each is met (CLK)."""
    if not state.received or state.received_at is None:
        return []
    found = dates_of(policy, state.request_type, state.residency, state.received_at)
    shown = [each for each in found if not each.what.startswith(_INTERNAL)]
    dates = [Due(each.what.capitalize(), each.day, _basis(each.what, each.basis)) for each in shown]
    if state.extension is not None and state.extension.status == "effective":
        dates.append(Due("Answer by, as extended", state.extension.new_due, "told in time"))
    return [*dates, *_met(state, policy)]


def _basis(what: str, basis: str) -> str:
    return basis or _WHY.get(what, "")


_WHY = {
    "confirm receipt by": "10 business days; 11 CCR 7021(a)",
    "proof of identity counts until": "after it an unverified request is closed as the law says",
    "plan to send the answer on": "the last business day up to the day on which the answer is due",
    "answer by, if extended in time, at the latest": "told in writing by the first due date",
    "received": "the day from which every date counts",
}


def _met(state: RequestState, policy: Policy) -> Iterator[Due]:
    if state.answered_at is not None:
        yield Due("Answered", local_date(state.answered_at, policy), "", "done")
    if state.retain_until is not None:
        yield Due("Record kept until", state.retain_until, "24 months; 11 CCR 7101", "done")


def time_left(state: RequestState, policy: Policy, today: date) -> Remaining:
    """Say how many days are left until the answer is due."""
    if state.closed:
        return Remaining("closed", "done")
    if state.answered:
        return Remaining("answered", "done")
    if state.respond_by is None:
        return Remaining("dates follow", "calm")
    days = (state.respond_by - today).days
    style = "late" if days < 0 else "soon" if days < SOON_DAYS else "calm"
    return Remaining(days_in_words(days), style)


def channel(value: Channel) -> str:
    """Say how a request came."""
    return spaced(value)
