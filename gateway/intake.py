"""The door for intake systems: file a privacy request, ask how it stands."""

import asyncio
import hashlib
import re

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from domain.ids import is_request_id
from domain.parts import Part
from domain.submission import Submission
from gateway import receiving
from gateway.access import address_of, caller_of
from gateway.bodies import JSON, parse_json, read_body, require_media_type
from gateway.fields import validate
from gateway.intake_docs import FILE_DOCS, STATUS_DOCS, filing_description
from gateway.limits import RateLimit
from gateway.links import connection_of
from gateway.parts import GatewayParts
from gateway.problems import IDEMPOTENCY_KEY_NEEDED, KEY_REUSED, NOT_FOUND, Problem
from gateway.shapes import Filed, FiledRequest, PromisedDates, RequestStatus
from records.filing import filed_together
from records.requests import (
    Facts,
    KeyConflict,
    Registered,
    RegisteredRequest,
    find,
)

FIRST_STAGE = "received"
_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,200}")


def intake_router(parts: GatewayParts) -> APIRouter:
    """Build ``/v1/requests`` and ``/v1/requests/{request_id}``."""
    router = APIRouter(prefix="/v1/requests", tags=["Requests"])
    desk = _Desk(parts)
    filing = {"description": filing_description(parts.settings), "status_code": 201, **FILE_DOCS}
    router.add_api_route("", desk.file, methods=["POST"], **filing)
    router.add_api_route("/{request_id}", desk.status, methods=["GET"], **STATUS_DOCS)
    return router


class _Desk:
    def __init__(self, parts: GatewayParts) -> None:
        self._parts = parts
        self._strangers = RateLimit(parts.settings.filings_per_minute, parts.now)
        self._clients = RateLimit(parts.settings.filings_per_minute, parts.now)

    async def file(self, request: Request) -> Response:
        parts, client = self._parts, await self._admit(request)
        key = _idempotency_key(request)
        submission = await self._submission(request)
        received_at = receiving.judge(submission, parts.settings, parts.now())
        receiving.dates_of(submission, received_at)
        filing, fresh = await receiving.register(parts, client, key, submission, received_at)
        if isinstance(filing, KeyConflict):
            raise Problem(KEY_REUSED, "Send the first body again, or use a new key for a new one.")
        filed, _ = await asyncio.gather(
            self._filed(client, key, submission), receiving.start(parts, fresh)
        )
        status = 201 if isinstance(filing, Registered) else 200
        return JSONResponse(
            filed.model_dump(mode="json"), status, headers={"Location": filed.status_url}
        )

    async def status(self, request: Request, request_id: str) -> Response:
        client = await self._admit(request)
        row = await self._row(request_id) if is_request_id(request_id) else None
        # Another client's request is answered like one that does not exist.
        if row is None or row.client != client:
            raise Problem(NOT_FOUND, "Check the request id; you see only what you filed yourself.")
        body = _status(row).model_dump_json().encode()
        headers = {
            "ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
            "Cache-Control": "no-cache",
        }
        if _matches(request.headers.get("if-none-match", ""), headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return Response(body, media_type=JSON, headers=headers)

    async def _admit(self, request: Request) -> str:
        try:
            client = await caller_of(request, self._parts)
        except Problem:
            self._strangers.spend(address_of(request))
            raise
        self._clients.spend(client)
        return client

    async def _submission(self, request: Request) -> Submission:
        settings = self._parts.settings
        require_media_type(request, JSON)
        body = await read_body(request, settings.body_limit, settings.body_seconds)
        return validate(Submission, parse_json(body))

    async def _row(self, request_id: str) -> RegisteredRequest | None:
        async with connection_of(self._parts) as connection:
            return await find(connection, request_id)

    async def _filed(self, client: str, key: str, submission: Submission) -> Filed:
        async with connection_of(self._parts) as connection:
            found = await filed_together(connection, self._parts.hashing, client, key, submission)
        requests = tuple(self._filed_request(part, row) for part, row in found)
        first = requests[0]
        return Filed(
            request_id=first.request_id,
            status_url=first.status_url,
            dates=first.dates,
            requests=requests,
        )

    def _filed_request(self, part: Part, row: RegisteredRequest) -> FiledRequest:
        return FiledRequest(
            request_id=row.request_id,
            request_type=row.request_types[0],
            member=part.member,
            status_url=f"{self._parts.settings.public_url}/v1/requests/{row.request_id}",
            dates=_promised(row),
        )


def _promised(facts: Facts) -> PromisedDates:
    return PromisedDates.of(
        receiving.promised_dates(facts.request_types, facts.residency, facts.received_at)
    )


def _status(row: RegisteredRequest) -> RequestStatus:
    dates = _promised(row)
    return RequestStatus(
        request_id=row.request_id,
        request_types=row.request_types,
        linked=row.linked,
        stage=row.stage or FIRST_STAGE,
        received_at=row.received_at,
        dates=dates,
        answer_deadline=row.respond_by or dates.answer_deadline,
        answered_at=row.answered_at,
        outcome=row.outcome,
        closed_at=row.closed_at,
    )


def _idempotency_key(request: Request) -> str:
    key = request.headers.get("idempotency-key", "").strip()
    if not _IDEMPOTENCY_KEY.fullmatch(key):
        raise Problem(
            IDEMPOTENCY_KEY_NEEDED,
            "Send an Idempotency-Key header of 1 to 200 visible ASCII characters, new for each "
            "request and the same when you try one again.",
        )
    return key


def _matches(header: str, etag: str) -> bool:
    offered = {part.strip().removeprefix("W/") for part in header.split(",")}
    return "*" in offered or etag in offered
