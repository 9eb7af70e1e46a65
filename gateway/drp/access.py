"""Whose software calls: by the bearer token of its key setup, and by the directory of agents."""

from starlette.requests import Request

from agents.directory import Agent
from agents.refusals import Refused
from gateway.access import BEARER, address_of
from gateway.bodies import read_body
from gateway.limits import RateLimit
from gateway.links import connection_of
from gateway.parts import GatewayParts
from records import agent_tokens


class AgentAccess:
    """Knows callers, and lets each make so many calls a minute."""

    def __init__(self, parts: GatewayParts) -> None:
        self._parts = parts
        self._strangers = RateLimit(parts.settings.agent_calls_per_minute, parts.now)
        self._agents = RateLimit(parts.settings.agent_calls_per_minute, parts.now)

    async def caller(self, request: Request) -> Agent:
        """Return the agent whose token was sent.

        A token ends with the key that it was paired under, and with its agent's entry.

        Raises:
            Refused: 403, the same for a missing, wrong or ended token.
            Problem: 429.
        """
        token = _bearer(request)
        async with connection_of(self._parts) as connection:
            pairing = await agent_tokens.holder(connection, token)
        agent = self._parts.agents().get(pairing.agent_id) if pairing else None
        if pairing is None or agent is None or agent.fingerprint != pairing.key_fingerprint:
            self.spend_as_stranger(request)
            raise Refused(
                403,
                "Send the token of your key setup as Authorization: Bearer. It ends with a new "
                "key setup and with a change of your key in the directory; then set up anew.",
            )
        self._agents.spend(agent.id)
        return agent

    def spend_as_stranger(self, request: Request) -> None:
        """Count a call of somebody unknown. Raises ``Problem``: 429."""
        self._strangers.spend(address_of(request))

    async def body(self, request: Request) -> bytes:
        """Return what was sent. Raises ``Problem``: 413, 408."""
        settings = self._parts.settings
        return await read_body(request, settings.body_limit, settings.body_seconds)


def _bearer(request: Request) -> str:
    authorization = request.headers.get("authorization", "")
    is_bearer = authorization.lower().startswith(BEARER)
    return authorization[len(BEARER) :].strip() if is_bearer else ""
