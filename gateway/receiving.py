"""Judging a submission and filing it: what intake does once it has read the body."""

import secrets
from datetime import datetime, timedelta

from domain import clocks, ids, policies
from domain.calendar import HolidayTableMissing
from domain.clocks import RequestDates
from domain.submission import Submission
from domain.vocabulary import RequestType, Residency
from gateway import engine_calls
from gateway.fields import invalid
from gateway.links import connection_of
from gateway.parts import GatewayParts, GatewaySettings
from gateway.problems import FieldProblem
from records.requests import Filing, Registered, RequestIdTaken, file_submission

DRAWS = 5


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
    found = [*_unserved(submission, settings)]
    received_at = submission.received_at or now
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
) -> Filing:
    """Register and vault a submission in one transaction, then start its workflow (best effort)."""
    filing = await _file(parts, client, idempotency_key, submission, received_at)
    # A repeated call starts nothing: after Temporal's retention a finished request would run again.
    if isinstance(filing, Registered):
        await engine_calls.start(parts, filing.request_id)
    return filing


async def _file(
    parts: GatewayParts,
    client: str,
    idempotency_key: str,
    submission: Submission,
    received_at: datetime,
) -> Filing:
    for _ in range(DRAWS):
        request_id = ids.request_id(secrets.token_bytes(ids.RANDOM_BYTES))
        try:
            async with connection_of(parts) as connection:
                return await file_submission(
                    connection,
                    parts.vault,
                    parts.hashing,
                    request_id=request_id,
                    client=client,
                    idempotency_key=idempotency_key,
                    submission=submission,
                    received_at=received_at,
                    now=parts.now(),
                )
        except RequestIdTaken:
            continue
    raise RuntimeError("no free request id was drawn; the random source may be broken")


def _unserved(submission: Submission, settings: GatewaySettings) -> list[FieldProblem]:
    served = ", ".join(sorted(settings.served_types))
    problems = [
        FieldProblem(
            pointer=f"/request_types/{place}",
            code="not_served",
            detail=f"This engine serves: {served}.",
        )
        for place, right in enumerate(submission.request_types)
        if right not in settings.served_types
    ]
    if len(set(submission.request_types)) < len(submission.request_types):
        detail = "Name each right once."
        problems.append(FieldProblem(pointer="/request_types", code="repeated", detail=detail))
    if submission.requester not in settings.served_requesters:
        detail = f"This engine serves: {', '.join(sorted(settings.served_requesters))}."
        problems.append(FieldProblem(pointer="/requester", code="not_served", detail=detail))
    return problems


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
