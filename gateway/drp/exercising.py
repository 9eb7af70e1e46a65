"""Exercise, status and revocation of a consumer's right by an agent (sections 2.01, 2.02, 2.04)."""

import base64
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

import asyncpg
from starlette.requests import Request
from starlette.responses import Response

from agents import envelope, messages, statuses
from agents.directory import Agent
from agents.exercises import submission_of
from agents.messages import Exercise
from agents.refusals import Refused
from agents.statuses import Status
from domain.decisions.inbox import AGENT_REVOKED
from domain.submission import Submission
from gateway import engine_calls, receiving
from gateway.bodies import JSON
from gateway.drp.access import AgentAccess
from gateway.links import connection_of
from gateway.parts import GatewayParts
from records import agent_requests, agent_tokens, freezing, inbox
from records.agent_requests import AgentRequest, OwnWords
from records.connection import Connection
from records.requests import Filing, KeyConflict, Registered
from records.vault import VaultError


class Signed(NamedTuple):
    """A verified message: its bytes with the signature, and the end of its own time."""

    buffer: bytes
    expires_at: datetime


class ExerciseDoor:
    """Files requests for agents and tells how they stand; each sees its own alone."""

    def __init__(self, parts: GatewayParts, access: AgentAccess) -> None:
        self._parts = parts
        self._access = access

    async def exercise(self, request: Request) -> Response:
        """File what the agent exercises, once."""
        agent = await self._access.caller(request)
        buffer = envelope.decoded(await self._access.body(request))
        document = messages.parse(envelope.opened(buffer, agent.key))
        business, now = self._parts.settings.business_id, self._parts.now()
        expires_at = messages.check_claims(
            document, agent_id=agent.id, business_id=business, now=now
        )
        exercise = messages.read_exercise(document)
        submission = submission_of(exercise, agent)
        receiving.judge(submission, self._parts.settings, now)
        receiving.dates_of(submission, now)
        row = await self._filed(agent, exercise, submission, Signed(buffer, expires_at), now)
        return await self._told(agent, row)

    async def status(self, request: Request) -> Response:
        """Tell how a request stands."""
        agent = await self._access.caller(request)
        return await self._told(agent, await self._own(agent, request))

    async def revoke(self, request: Request) -> Response:
        """Take a request back; once more is the same (REC-07)."""
        agent = await self._access.caller(request)
        row = await self._own(agent, request)
        buffer = envelope.decoded(await self._access.body(request))
        messages.read_revocation(messages.parse(envelope.opened(buffer, agent.key)))
        async with connection_of(self._parts) as connection:
            status = await self._status(connection, agent, row)
        if status.status != "revoked":
            await self._take_back(row, buffer)
        return await self._told(agent, row)

    async def _filed(
        self,
        agent: Agent,
        exercise: Exercise,
        submission: Submission,
        signed: Signed,
        now: datetime,
    ) -> AgentRequest:
        """File a request under its agent's own number, or under its message where it has none."""
        named = exercise.agent_request_id or envelope.digest(signed.buffer)
        filing = await receiving.file(
            self._parts,
            f"drp:{agent.id}",
            sha256(named.encode()).hexdigest(),
            submission,
            now,
            beside=self._beside(agent, exercise, signed, now),
        )
        async with connection_of(self._parts) as connection:
            row = await agent_requests.of_request(connection, filing.request_id)
        assert row is not None, "it was filed by its agent"
        return row

    def _beside(
        self, agent: Agent, exercise: Exercise, signed: Signed, now: datetime
    ) -> receiving.Beside:
        """Use the message up and keep what the agent wants back, with the filing or not at all."""
        words = OwnWords(
            agent_request_id=exercise.agent_request_id,
            status_callback=exercise.status_callback,
            signed=base64.b64encode(signed.buffer).decode("ascii"),
        )
        callback, vault = exercise.status_callback, self._parts.vault
        calls_back = callback is not None and agent.owns(callback)

        async def write(connection: Connection, filing: Filing) -> None:
            digest = envelope.digest(signed.buffer)
            if not await agent_tokens.use_once(connection, digest, signed.expires_at, now):
                raise _used_before()
            if isinstance(filing, KeyConflict):
                raise Refused(409, "This agent-request-id stands for another request of yours.")
            if isinstance(filing, Registered):
                place = (connection, vault, filing.request_id, agent.id)
                await agent_requests.add(*place, words, calls_back=calls_back, now=now)

        return write

    async def _take_back(self, row: AgentRequest, buffer: bytes) -> None:
        async with connection_of(self._parts) as connection:
            gathered = await agent_requests.gather(connection, self._parts.vault, row)
            if not statuses.can_be_revoked(gathered.state):
                raise Refused(409, "This request is decided already and cannot be taken back.")
            try:
                receipt = await inbox.receive(
                    connection,
                    self._parts.vault,
                    once_key=f"agent-revoked:{row.drp_id}",
                    request_id=row.request_id,
                    stream=row.request_id,
                    kind=AGENT_REVOKED,
                    facts={},
                    evidence=buffer,
                    now=self._parts.now(),
                )
            except VaultError:
                raise _unknown() from None
        await engine_calls.deliver(self._parts, row.request_id, receipt.row_id)

    async def _own(self, agent: Agent, request: Request) -> AgentRequest:
        """Return a request of this agent.

        Raises:
            Refused: 403, the same for another agent's and for one that does not exist.
        """
        try:
            drp_id = UUID(request.path_params["drp_id"])
        except ValueError:
            raise _unknown() from None
        async with connection_of(self._parts) as connection:
            row = await agent_requests.find(connection, drp_id)
        if row is None or row.agent_id != agent.id:
            raise _unknown()
        return row

    async def _told(self, agent: Agent, row: AgentRequest) -> Response:
        async with connection_of(self._parts) as connection:
            status = await self._status(connection, agent, row)
        return Response(status.document(), media_type=JSON)

    async def _status(
        self, connection: asyncpg.Connection, agent: Agent, row: AgentRequest
    ) -> Status:
        """Return where a request stands. Raises ``Refused``: something of it was misdelivered."""
        if await freezing.is_frozen(connection, row.request_id):
            raise _frozen()
        gathered = await agent_requests.gather(connection, self._parts.vault, row)
        return statuses.told(gathered, agent, self._parts.settings.public_url)


def _unknown() -> Refused:
    return Refused(403, "No request of yours has this id.")


def _frozen() -> Refused:
    return Refused(
        403,
        "This request is held back while we look into it: it is neither told nor taken back here. "
        "Write to us, or ask again later.",
        fatal=False,
    )


def _used_before() -> Refused:
    return Refused(
        409,
        "This signed message was used before. If you did not get the answer, sign the request "
        "anew with the same agent-request-id: it is not filed twice.",
    )
