"""Judging a submission and filing it: what intake does once it has read the body."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import date, datetime, timedelta

from domain import clocks, policies, rights
from domain.calendar import HolidayTableMissing
from domain.clocks import RequestDates, local_date
from domain.parts import parts_of
from domain.submission import Submission
from domain.vocabulary import Requester, RequestType, Residency
from gateway import engine_calls
from gateway.fields import invalid
from gateway.links import connection_of
from gateway.parts import GatewayParts, GatewaySettings
from gateway.problems import FieldProblem
from records.connection import Connection
from records.filing import file_submissions
from records.requests import Filing, Registered, RequestIdTaken, draw_id

Beside = Callable[[Connection, Filing], Awaitable[None]]
"""What a door writes together with a filing."""

DRAWS = 5
REPORTERS = frozenset({Requester.REPORTER, Requester.COMPANY})
"""Who may open a ``minor_purge``, and nothing else (MIN-06)."""


def promised_dates(
    request_types: tuple[RequestType, ...], residency: Residency, received_at: datetime
) -> RequestDates:
    """Return the dates of a request; of several rights those of the one that is due first.

    Raises:
        NoPolicyInForce, HolidayTableMissing: no policy covers the day, or its years.
    """
    policy = policies.in_force_at(received_at)
    every = [clocks.request_dates(policy, right, residency, received_at) for right in request_types]
    return min(every, key=lambda dates: dates.response_deadline)


def judge(submission: Submission, settings: GatewaySettings, now: datetime) -> datetime:
    """Return the instant from which the clocks run (REQ-08).

    Raises:
        Problem: 422 for what this engine does not serve, or an impossible time of receipt.
    """
    received_at = submission.received_at or now
    found = [*_unserved(submission, settings, received_at)]
    found += _time_faults(received_at, settings, now)
    if found:
        raise invalid(found)
    # A client's clock may run ahead of ours a little; a clock never starts in the future.
    return min(received_at, now)


def dates_of(submission: Submission, received_at: datetime) -> RequestDates:
    """Return the dates to promise for a judged submission.

    Raises:
        Problem: 422 when no policy covers the time of receipt that the client stated.
    """
    try:
        return promised_dates(submission.request_types, submission.residency, received_at)
    except (policies.NoPolicyInForce, HolidayTableMissing):
        if submission.received_at is None:
            raise
    raise invalid([_at_received("out_of_range", "No published policy covers this day.")])


async def file(
    parts: GatewayParts,
    client: str,
    idempotency_key: str,
    submission: Submission,
    received_at: datetime,
    *,
    beside: Beside | None = None,
) -> Filing:
    """Register and vault every request of a submission in one transaction, then start them.

    ``beside`` writes in the same transaction; what it raises undoes the filing.
    """
    filing, fresh = await register(
        parts, client, idempotency_key, submission, received_at, beside=beside
    )
    await start(parts, fresh)
    return filing


async def start(parts: GatewayParts, request_ids: Sequence[str]) -> None:
    """Start what was registered, best effort: what does not start now is found by the sweep."""
    await asyncio.gather(*(engine_calls.start(parts, one) for one in request_ids))


async def register(
    parts: GatewayParts,
    client: str,
    idempotency_key: str,
    submission: Submission,
    received_at: datetime,
    *,
    beside: Beside | None = None,
) -> tuple[Filing, Sequence[str]]:
    """Register and vault every request of a submission; return the ids of those to start as well.

    A repeat starts nothing: after Temporal's retention a finished request would run again.
    """
    for _ in range(DRAWS):
        request_ids = [draw_id() for _ in parts_of(submission)]
        try:
            async with connection_of(parts) as connection, connection.transaction():
                filing = await file_submissions(
                    connection,
                    parts.vault,
                    parts.hashing,
                    parts.people,
                    request_ids=request_ids,
                    client=client,
                    idempotency_key=idempotency_key,
                    submission=submission,
                    received_at=received_at,
                    now=parts.now(),
                )
                if beside is not None:
                    await beside(connection, filing)
        except RequestIdTaken:
            continue
        return filing, request_ids if isinstance(filing, Registered) else ()
    raise RuntimeError("no free request id was drawn; the random source may be broken")


def _unserved(
    submission: Submission, settings: GatewaySettings, received_at: datetime
) -> Iterator[FieldProblem]:
    for place, right in enumerate(submission.request_types):
        refusal = _refusal(right, submission.requester, settings, received_at)
        if refusal:
            yield FieldProblem(
                pointer=f"/request_types/{place}", code=refusal[0], detail=refusal[1]
            )
    if len(set(submission.request_types)) < len(submission.request_types):
        detail = "Name each right once."
        yield FieldProblem(pointer="/request_types", code="repeated", detail=detail)
    if submission.requester not in settings.served_requesters:
        detail = f"This engine serves: {', '.join(sorted(settings.served_requesters))}."
        yield FieldProblem(pointer="/requester", code="not_served", detail=detail)


def _refusal(
    right: RequestType, requester: Requester, settings: GatewaySettings, received_at: datetime
) -> tuple[str, str] | None:
    """Return code and advice for a right that is not taken here, or not yet, or not from them."""
    begins = _begins_later(right, received_at)
    if begins:
        return "not_applicable", f"Not applicable before {begins}: leave this right out."
    if right not in settings.served_types:
        served = ", ".join(sorted(settings.served_types))
        return "not_served", f"This engine serves: {served}."
    if (right is RequestType.MINOR_PURGE) != (requester in REPORTERS):
        return "not_for_requester", "A reporter or the company opens a minor_purge, nothing else."
    return None


def _begins_later(right: RequestType, received_at: datetime) -> date | None:
    """Return since when a right exists that did not exist on the day of receipt (REQ-13)."""
    try:
        policy = policies.in_force_at(received_at)
    except policies.NoPolicyInForce:
        return None
    if rights.accepts(policy, right, local_date(received_at, policy)):
        return None
    return next((each.since for each in policy.rights if each.request_type is right), None)


def _time_faults(
    received_at: datetime, settings: GatewaySettings, now: datetime
) -> list[FieldProblem]:
    if received_at > now + timedelta(seconds=settings.clock_skew_seconds):
        return [_at_received("in_the_future", "State when the consumer first wrote, or leave out.")]
    if received_at < now - timedelta(days=settings.oldest_contact_days):
        detail = f"State a time in the last {settings.oldest_contact_days} days."
        return [_at_received("too_old", detail)]
    return []


def _at_received(code: str, detail: str) -> FieldProblem:
    return FieldProblem(pointer="/received_at", code=code, detail=detail)
