"""Pair-wise key setup: an agent proves its key and gets the token of its calls (2.05, 2.06)."""

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from agents import envelope, messages
from agents.directory import Agent
from agents.refusals import Refused
from gateway.drp.access import AgentAccess
from gateway.links import connection_of
from gateway.parts import GatewayParts
from records import agent_tokens

log = structlog.get_logger("gateway.drp")


class PairingDoor:
    """Hands out tokens. What does not hold is answered 403 without a word, as the protocol asks."""

    def __init__(self, parts: GatewayParts, access: AgentAccess) -> None:
        self._parts = parts
        self._access = access

    async def set_up(self, request: Request) -> Response:
        """Give the agent of the path a new token; its earlier one ends."""
        self._access.spend_as_stranger(request)
        agent = self._parts.agents().get(request.path_params["agent_id"])
        body = await self._access.body(request)
        try:
            token = await self._paired(agent, body)
        except Refused as refused:
            # The agent learns nothing here, so that operators need the reason in the log.
            named = agent.id if agent else None
            log.warning("pairing_refused", agent=named, reason=refused.message)
            return Response(status_code=403)
        assert agent is not None, "nobody unknown is paired"
        log.info("agent_paired", agent=agent.id)
        return JSONResponse({"agent-id": agent.id, "token": token})

    async def look(self, request: Request) -> Response:
        """Tell an agent that its token is good."""
        try:
            agent = await self._access.caller(request)
        except Refused:
            return Response(status_code=403)
        theirs = agent.id == request.path_params["agent_id"]
        return JSONResponse({}) if theirs else Response(status_code=403)

    async def _paired(self, agent: Agent | None, body: bytes) -> str:
        if agent is None:
            raise Refused(403, "no such agent in the directory")
        buffer = envelope.decoded(body)
        document = messages.parse(envelope.opened(buffer, agent.key))
        now = self._parts.now()
        business = self._parts.settings.business_id
        expires_at = messages.check_claims(
            document, agent_id=agent.id, business_id=business, now=now
        )
        digest = envelope.digest(buffer)
        async with connection_of(self._parts) as connection, connection.transaction():
            if not await agent_tokens.use_once(connection, digest, expires_at, now):
                raise Refused(403, "this message was used before")
            return await agent_tokens.pair(connection, agent.id, agent.fingerprint, now)
