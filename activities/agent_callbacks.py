"""Calling agents back when a request's status moved: best effort, by the guarded way out (2.03).

The protocol gives these calls neither signature nor password, so they carry nothing but the status
and go to hosts that are registered for the agent alone.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256

import asyncpg
import structlog
from temporalio import activity

from activities.step_time import StepTime
from agents.directory import Directory
from agents.statuses import Status, told
from providers.outgoing import Outgoing, OutgoingError, OutgoingRefused
from records import agent_requests
from records.agent_requests import AgentRequest, Gathered
from records.vault import Vault
from workflows.telling_agents import TELL_AGENTS, AgentsTold, TellAgents

SECONDS = 10.0
AT_ONCE = 20
"""Calls that are under way together."""

MOST_ATTEMPTS = 12
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)

log = structlog.get_logger("activities.agents")


class AgentCallbacks:
    """Tells agents' software the status of its requests."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        vault: Vault,
        outgoing: Outgoing,
        directory: Callable[[], Directory],
        public_url: str,
    ) -> None:
        self._pool = pool
        self._vault = vault
        self._outgoing = outgoing
        self._directory = directory
        self._public_url = public_url

    @activity.defn(name=TELL_AGENTS.name)
    async def tell_agents(self, asked: TellAgents) -> AgentsTold:
        """Call once for every request whose status is another than the agent knows."""
        now = StepTime(asked.now).now()
        async with self._pool.acquire() as conn:
            rows = await agent_requests.to_tell(conn, now)
        room = asyncio.Semaphore(AT_ONCE)

        async def one(row: AgentRequest) -> str:
            async with room:
                return await self._tell(row, now)

        counted = Counter(await asyncio.gather(*(one(row) for row in rows)))
        return AgentsTold(**counted)

    async def _tell(self, row: AgentRequest, now: datetime) -> str:
        async with self._pool.acquire() as conn:
            gathered = await agent_requests.gather(conn, self._vault, row)
        agent, callback = self._directory().get(row.agent_id), gathered.status_callback
        if agent is None or callback is None or not agent.owns(callback):
            return await self._settle(row, gathered, None, now, "given_up")
        status = told(gathered, agent, self._public_url)
        if _hash(status) == row.told:
            return await self._settle(row, gathered, status, now, "same")
        fault = await self._call(callback, status)
        if fault is None:
            return await self._settle(row, gathered, status, now, "told")
        final = isinstance(fault, OutgoingRefused) or row.attempts + 1 >= MOST_ATTEMPTS
        log.warning(
            "agent_not_told", agent=row.agent_id, request_id=row.request_id, reason=fault.code
        )
        if final:
            return await self._settle(row, gathered, status, now, "given_up")
        async with self._pool.acquire() as conn:
            await agent_requests.mark_untold(conn, row.drp_id, now + _pause(row.attempts))
        return "failed"

    async def _call(self, url: str, status: Status) -> OutgoingError | None:
        """Call, and return why the agent does not know the status; its answer is not read."""
        headers = {"Content-Type": "application/json"}
        try:
            reply = await self._outgoing.request(
                "POST", url, headers=headers, content=status.document(), total_seconds=SECONDS
            )
        except OutgoingError as error:
            return error
        if reply.successful:
            return None
        return OutgoingError(f"status_{reply.status}", "The agent did not take the status.")

    async def _settle(
        self,
        row: AgentRequest,
        gathered: Gathered,
        status: Status | None,
        now: datetime,
        result: str,
    ) -> str:
        """Write what the agent knows; without a status, that it is never called for this one."""
        over = status is None or status.final
        async with self._pool.acquire() as conn:
            await agent_requests.mark_told(
                conn,
                row.drp_id,
                row.told if status is None else _hash(status),
                seen_n=gathered.state.n,
                settled_at=now if over else None,
            )
        return result


def _hash(status: Status) -> str:
    return sha256(status.document()).hexdigest()


def _pause(attempts: int) -> timedelta:
    return min(FIRST_PAUSE * (1 << attempts), LONGEST_PAUSE)
