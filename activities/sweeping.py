"""The sweep: starts what was never started, resumes what was lost, delivers what was not taken."""

from collections.abc import AsyncIterator, Awaitable, Collection
from datetime import datetime, timedelta
from typing import Protocol
from zlib import crc32

import asyncpg
import structlog
from temporalio import activity

from activities.step_time import StepTime
from domain import signed_in
from domain.decisions.inbox import LINK_REQUESTED
from domain.ids import direction_stream
from domain.state import Stage
from records import inbox, requests
from records.inbox import Message
from workflows import exchange as x
from workflows import steps

GRACE = timedelta(seconds=20)
"""What is younger may still be on its ordinary way."""

STUCK = timedelta(seconds=20)
"""For so long no workflow's task waits that a sound worker serves."""

WAITS_FOR_PROVIDERS = frozenset(
    {Stage.FULFILLING, Stage.DIRECTING, Stage.ANSWERING, Stage.WAITING_FOR_PROVIDERS}
)
"""Stages in which directions may be open; a package is built once providers' copies are there."""

TURNS = 10
"""In so many minutes each open request is itself asked once, whatever the index says of it."""

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
        """Signal that an inbox row waits. Raises ``LookupError``: no such workflow runs."""
        ...

    async def is_stuck(self, workflow_id: str, for_long: timedelta) -> bool:
        """Tell whether a workflow takes nothing for so long: no worker runs, or its task fails."""
        ...

    def running(self) -> AsyncIterator[str]:
        """Name the requests and directions that run, as far as the index has it."""
        ...

    async def start_late(self, message: Message, now: datetime) -> None:
        """Start the workflow of a late acknowledgement; one that runs counts as started."""
        ...


class ProviderWorkflows(Protocol):
    """The directions of requests."""

    async def still_open(self, request_id: str) -> list[str]:
        """Name the providers whose last word the request does not know yet."""
        ...

    async def resume(self, request_id: str, provider_id: str) -> bool:
        """Start a lost direction from its stream; tell whether it was lost, or has ended."""
        ...

    async def have_looked(self, request_id: str, provider_id: str) -> None:
        """Have a request look at its providers' streams."""
        ...


class LateMessages(Protocol):
    """What comes for workflows that have ended."""

    async def has_ended(self, direction: str) -> bool:
        """Tell whether a direction's stream has had its last event."""
        ...

    async def keep_message(self, message: Message, now: datetime) -> None:
        """Keep a message to a closed request."""
        ...


class LateLinks(Protocol):
    """New links to requests that are closed."""

    async def can_send(self, message: Message) -> bool:
        """Tell whether there is an address to mail to."""
        ...

    async def send(self, message: Message, now: datetime) -> None:
        """Order the letter that a message asks for, and hand it over."""
        ...

    async def waiting(self, older_than: datetime) -> list[str]:
        """Name the streams of which letters wait since before an instant."""
        ...

    async def hand_over(self, stream: str, now: datetime) -> None:
        """Hand over the letters of such a stream that wait."""
        ...


class Carried:
    """What workflows carry. Asking each costs a call; the index costs few, and may lag behind."""

    def __init__(self, engine: Engine, listed: Collection[str], turn: int) -> None:
        self._engine = engine
        self._listed = listed
        self._turn = turn

    async def runs(self, workflow_id: str) -> bool:
        """Tell whether a workflow runs; one that the index lists is asked itself in its turn."""
        has_turn = crc32(workflow_id.encode()) % TURNS == self._turn
        if workflow_id in self._listed and not has_turn:
            return True
        return await self._engine.is_running(workflow_id)


class Sweeping:
    """Makes up for every process that died in between. Whether anything starts, Postgres says."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        engine: Engine,
        directions: ProviderWorkflows,
        late: LateMessages,
        links: LateLinks,
    ) -> None:
        self._pool = pool
        self._engine = engine
        self._directions = directions
        self._late = late
        self._links = links

    @activity.defn(name=steps.SWEEP.name)
    async def sweep(self, asked: x.SweepInput) -> x.Swept:
        """Go over everything that is open, once."""
        now = StepTime(asked.now).now()
        older_than = now - GRACE
        async with self._pool.acquire() as conn:
            unstarted = await requests.never_started(conn, older_than)
        swept = {"started": 0, "resumed": 0, "redelivered": 0, "letters": 0}
        for request_id in unstarted:
            await _counted(swept, "started", request_id, self._engine.start(request_id))
        carried = await self._carried(now)
        async for row in self._open():
            if row.request_id not in unstarted:
                await self._resume_lost(row, carried, swept)
        async for message in self._waiting(older_than):
            await _counted(swept, "redelivered", message.stream, self._deliver(message, now))
        for stream in await self._links.waiting(older_than):
            await _counted(swept, "letters", stream, self._links.hand_over(stream, now))
        return x.Swept(**swept)

    async def _carried(self, now: datetime) -> Carried:
        """Ask the index what runs; without it each open request is asked itself."""
        turn = int(now.timestamp() // 60) % TURNS
        try:
            listed = {workflow_id async for workflow_id in self._engine.running()}
        except Exception as fault:
            log.warning("index_out_of_reach", fault=type(fault).__name__)
            listed = set()
        return Carried(self._engine, listed, turn)

    async def _open(self) -> AsyncIterator[requests.RegisteredRequest]:
        """Yield the requests that the ledger says are open."""
        after = ""
        while True:
            async with self._pool.acquire() as conn:
                page = await requests.open_requests(conn, after=after)
            if not page:
                return
            for row in page:
                yield row
            after = page[-1].request_id

    async def _waiting(self, older_than: datetime) -> AsyncIterator[Message]:
        """Yield the messages that no workflow has taken."""
        after = 0
        while True:
            async with self._pool.acquire() as conn:
                page = await inbox.undelivered(conn, older_than, after=after)
            for message in page:
                yield message
            if not page:
                return
            after = page[-1].row_id

    async def _resume_lost(
        self, row: requests.RegisteredRequest, carried: Carried, swept: dict[str, int]
    ) -> None:
        """Resume a request, and its directions, where no workflow carries them."""
        if not await carried.runs(row.request_id):
            await _counted(swept, "resumed", row.request_id, self._engine.resume(row.request_id))
        if row.stage in WAITS_FOR_PROVIDERS:
            await self._resume_directions(row.request_id, carried, swept)

    async def _resume_directions(
        self, request_id: str, carried: Carried, swept: dict[str, int]
    ) -> None:
        """Resume lost directions; of those that have ended without its notice tell the request."""
        unseen = ""
        for provider in await self._lost(request_id, carried):
            stream = direction_stream(request_id, provider)
            resuming = self._directions.resume(request_id, provider)
            if await _counted(swept, "resumed", stream, resuming) is False:
                unseen = provider
        if unseen:
            await self._directions.have_looked(request_id, unseen)

    async def _lost(self, request_id: str, carried: Carried) -> list[str]:
        """Name the providers whose directions no workflow carries."""
        return [
            provider
            for provider in await self._directions.still_open(request_id)
            if not await carried.runs(direction_stream(request_id, provider))
        ]

    async def _deliver(self, message: Message, now: datetime) -> bool:
        """Signal a workflow; what comes after its end is kept, and told where it matters.

        One that takes nothing is not signalled: a week of signals, one each minute, would fill its
        history. Tell whether anything was done.
        """
        if await self._engine.is_stuck(message.stream, STUCK):
            return False
        try:
            await self._engine.deliver(message.stream, message.row_id)
        except LookupError:
            if message.stream != message.request_id:
                if await self._late.has_ended(message.stream):
                    await self._late_word(message, now)
            elif await self._is_closed(message.request_id):
                await self._late_message(message, now)
        return True

    async def _late_message(self, message: Message, now: datetime) -> None:
        """Send who asks for it a link to what a closed request came to; the rest is only kept."""
        if message.kind == LINK_REQUESTED and await self._links.can_send(message):
            await self._links.send(message, now)
        else:
            await self._late.keep_message(message, now)

    async def _late_word(self, message: Message, now: datetime) -> None:
        """Have a provider's late answer looked at; what staff sent too late is only kept."""
        if message.kind == signed_in.KIND:
            await self._late.keep_message(message, now)
        else:
            await self._engine.start_late(message, now)

    async def _is_closed(self, request_id: str) -> bool:
        async with self._pool.acquire() as conn:
            row = await requests.find(conn, request_id)
        return row is not None and row.closed_at is not None


async def _counted(
    swept: dict[str, int], what: str, stream: str, work: Awaitable[bool | None]
) -> bool | None:
    """Do some work and count it, unless it says that nothing was to be done; return its word.

    What fails waits for the next sweep and stops nothing else.
    """
    try:
        done = await work
    except Exception as fault:
        log.warning("left_to_the_next_sweep", what=what, stream=stream, fault=type(fault).__name__)
        return None
    swept[what] += done is not False
    return done
