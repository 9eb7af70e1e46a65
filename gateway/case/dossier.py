"""One request as its record has it: state, events, letters, messages, providers' directions."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from domain import events as e
from domain import policies
from domain.direction import DirectionState
from domain.ids import direction_stream, is_request_id, outside_stream
from domain.policy import Policy
from domain.state import RequestState, fold
from gateway.parts import GatewayParts
from gateway.problems import NOT_FOUND, Problem
from records import inbox, ledger, outbox, requests
from records.earlier import may_repeat
from records.inbox import Message
from records.ledger import StoredEntry
from records.outbox import Letter
from records.requests import RegisteredRequest
from records.stream_time import stream_time

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """What the ledger and our tables say of a request; nothing of it is personal."""

    request: RegisteredRequest
    policy: Policy
    state: RequestState
    directions: Mapping[str, DirectionState]
    documents: Sequence[Document]
    """Every event of every stream, as recorded, in the order of business time."""
    letters: Sequence[Letter]
    messages: Sequence[Message]
    now: datetime
    """Business time."""
    repeats: Sequence[str] = ()
    """Open requests under the same address, for the same right, that came in before (REQ-17)."""

    @property
    def id(self) -> str:
        """The request's id."""
        return self.request.request_id

    def message(self, row_id: int) -> Message | None:
        """Return a row of the inbox, if it is this request's."""
        return next((each for each in self.messages if each.row_id == row_id), None)


async def open_case(connection: asyncpg.Connection, parts: GatewayParts, request_id: str) -> Case:
    """Read a request's record.

    Raises:
        Problem: 404, there is no such request.
    """
    request = await requests.find(connection, request_id) if is_request_id(request_id) else None
    if request is None:
        raise Problem(NOT_FOUND, "No request has this number. Look it up in the list of requests.")
    names = await ledger.streams(connection, request_id)
    streams = {name: await ledger.read(connection, name) for name in names}
    state = _state(request, _recorded(streams.get(request_id, [])))
    return Case(
        request=request,
        policy=_policy(state, request),
        state=state,
        directions=_directions(state, streams),
        documents=_in_order(streams),
        letters=await outbox.of_request(connection, request_id),
        messages=await inbox.of_request(connection, request_id),
        now=await stream_time(connection, request_id, parts.now()),
        repeats=await may_repeat(connection, request_id),
    )


def _state(request: RegisteredRequest, recorded: list[e.Recorded]) -> RequestState:
    """Fold the stream; a request that no workflow has opened yet is of the kind that was filed."""
    if recorded:
        return fold(request.request_id, recorded)
    kind = request.request_types[0]
    return RequestState(request_id=request.request_id, request_type=kind)


def _policy(state: RequestState, request: RegisteredRequest) -> Policy:
    try:
        return policies.get(state.pinned) if state.received else _in_force(request)
    except policies.PolicyNotLoaded:
        return _in_force(request)


def _in_force(request: RegisteredRequest) -> Policy:
    return policies.in_force_at(request.received_at)


def _recorded(rows: Sequence[StoredEntry]) -> list[e.Recorded]:
    return [row.recorded for row in rows]


def _directions(
    state: RequestState, streams: Mapping[str, Sequence[StoredEntry]]
) -> dict[str, DirectionState]:
    found = {}
    for provider in state.providers or {}:
        stream = direction_stream(state.request_id, provider)
        direction = DirectionState(stream=stream)
        for each in _recorded(streams.get(stream, [])):
            direction = direction.apply(each)
        found[provider] = direction
    return found


def _in_order(streams: Mapping[str, Sequence[StoredEntry]]) -> list[Document]:
    read = [json.loads(row.body) for rows in streams.values() for row in rows]
    return sorted(read, key=lambda each: (each["at"], each["stream"], each["n"]))


def is_outside(case: Case, document: Document) -> bool:
    """Tell whether an event happened outside the request's workflow, such as a view of the case."""
    return bool(document["stream"] == outside_stream(case.id))
