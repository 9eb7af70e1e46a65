"""The sweep: starts what was never started, resumes what was lost, delivers what was not taken."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Protocol

import asyncpg
import structlog
from temporalio import activity

from activities.step_time import StepTime
from domain.ids import direction_stream
from domain.state import Stage
from records import inbox, requests
from workflows import exchange as x
from workflows import steps

GRACE = timedelta(seconds=20)
"""What is younger may still be on its ordinary way."""

WAITS_FOR_PROVIDERS = frozenset({Stage.DIRECTING, Stage.ANSWERING, Stage.WAITING_FOR_PROVIDERS})
"""Stages in which directions may be open."""

log = structlog.get_logger("activities.sweep")


class Engine(Protocol):
    """The running workflows."""

    async def start(self, request_id: str) -> None:
        """Start a registered request; one that runs counts as started."""
        ...

    async def resume(self, request_id: str) -> None:
        """Start a request from its ledger; one that runs counts as resumed."""
        ...

    async def is_running(self, workflow_id: str) -> bool:
        """Tell whether a workflow runs."""
        ...

    async def deliver(self, stream: str, row_id: int) -> None:
        """Signal that an inbox row waits."""
        ...


class ProviderWorkflows(Protocol):
    """The directions of requests."""

    async def still_open(self, request_id: str) -> list[str]:
        """Name the providers whose last word the request does not know yet."""
        ...

    async def resume(self, request_id: str, provider_id: str) -> None:
        """Start the workflow of a lost direction from its stream, unless that has ended."""
        ...


class Sweeping:
    """Makes up for every process that died in between. Whether anything starts, Postgres says."""

    def __init__(self, pool: asyncpg.Pool, engine: Engine, directions: ProviderWorkflows) -> None:
        self._pool = pool
        self._engine = engine
        self._directions = directions

    @activity.defn(name=steps.SWEEP.name)
    async def sweep(self, asked: x.SweepInput) -> x.Swept:
        """Go over everything that is open, once."""
        older_than = StepTime(asked.now).now() - GRACE
        async with self._pool.acquire() as conn:
            unstarted = await requests.never_started(conn, older_than)
            waiting = await inbox.undelivered(conn, older_than)
        swept = {"started": 0, "resumed": 0, "redelivered": 0}
        for request_id in unstarted:
            async with _counted(swept, "started", request_id):
                await self._engine.start(request_id)
        async for row in self._open():
            if row.request_id not in unstarted:
                await self._resume_lost(row, swept)
        for message in waiting:
            async with _counted(swept, "redelivered", message.stream):
                await self._engine.deliver(message.stream, message.row_id)
        return x.Swept(**swept)

    async def _open(self) -> AsyncIterator[requests.RegisteredRequest]:
        """Yield the requests that the ledger says are open."""
        after = ""
        while True:
            async with self._pool.acquire() as conn:
                page = await requests.open_requests(conn, after=after)
            if not page:
                return
            for row in page:
                activity.heartbeat(row.request_id)
                yield row
            after = page[-1].request_id

    async def _resume_lost(self, row: requests.RegisteredRequest, swept: dict[str, int]) -> None:
        """Resume a request, and its directions, where no workflow carries them."""
        if not await self._engine.is_running(row.request_id):
            async with _counted(swept, "resumed", row.request_id):
                await self._engine.resume(row.request_id)
        if row.stage not in WAITS_FOR_PROVIDERS:
            return
        for provider in await self._directions.still_open(row.request_id):
            stream = direction_stream(row.request_id, provider)
            if not await self._engine.is_running(stream):
                async with _counted(swept, "resumed", stream):
                    await self._directions.resume(row.request_id, provider)


@asynccontextmanager
async def _counted(swept: dict[str, int], what: str, stream: str) -> AsyncIterator[None]:
    """Count what was done; one that fails waits for the next sweep and stops no other."""
    try:
        yield
    except Exception as fault:
        log.warning("left_to_the_next_sweep", what=what, stream=stream, fault=type(fault).__name__)
    else:
        swept[what] += 1
