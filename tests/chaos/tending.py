"""What time, staff and operators do meanwhile about what the faults left behind."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from functools import partial

import asyncpg
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.api.workflowservice.v1 import ResetActivityRequest

from activities.direction_streams import read_direction
from domain.direction import DirectionState
from domain.ids import direction_stream
from domain.state import RequestState
from tests.chaos.cast import Played
from tests.chaos.paper import PostDesk
from tests.chaos.provider import PROVIDER, Engineer
from tests.e2e.case import STAFF
from tests.e2e.office import Office
from workers.temporal.time import Skipper

SWEEP_AFTER = timedelta(minutes=1)
UNTIL_MAIL_IS_TRIED = timedelta(minutes=31)
"""Past the first two intervals of the policy for deferred mail."""

UNTIL_SENT_AGAIN = timedelta(minutes=11)
"""The same for a direction that a provider's system did not take."""

PATIENCE_S = 20.0


class Tending:
    """Goes round: sweep, deferred and refused mail, the post, directions, a provider's word."""

    def __init__(self, office: Office, engineer: Engineer) -> None:
        self._office = office
        self._engineer = engineer
        self._desk = PostDesk(office)
        self._time = Skipper(office.client, timedelta(seconds=8))

    async def round(self, waiting: Iterable[tuple[Played, RequestState]]) -> None:
        """Look after everything once; what fails is tried in the next round."""
        among = list(waiting)
        await _tried(self._sweep)
        await _tried(self._let_mail_be_tried)
        await asyncio.gather(*(self._look_after(played, state) for played, state in among))

    async def hurry(self, waiting: Iterable[tuple[Played, RequestState]]) -> None:
        """Have steps tried now that would be tried in some minutes, as an operator can."""
        streams = [
            stream
            for played, state in waiting
            for stream in (
                played.case.request_id,
                *(direction_stream(state.request_id, key) for key in state.open_directions),
            )
        ]
        await asyncio.gather(*(_tried(partial(self._hurry, stream)) for stream in streams))

    async def _sweep(self) -> None:
        await self._office.sweep(later_by=SWEEP_AFTER)

    async def _let_mail_be_tried(self) -> None:
        """Let the time pass until deferred letters are tried again."""
        deferred = "SELECT DISTINCT stream FROM privacy.outbox WHERE status = 'deferred'"
        connection = await asyncpg.connect(self._office.settings.secret("dsn"))
        try:
            streams = [row["stream"] for row in await connection.fetch(deferred)]
        finally:
            await connection.close()
        passing = (self._time.forward(stream, UNTIL_MAIL_IS_TRIED) for stream in streams)
        await asyncio.gather(*passing, return_exceptions=True)

    async def _look_after(self, played: Played, state: RequestState) -> None:
        if state.parked:
            await _tried(lambda: played.case.act("retry_step"))
        for n in state.letters_to_post:
            await _tried(partial(self._desk.post, state.request_id, n, state.letters[n]))
        for provider in state.open_directions:
            await _tried(partial(self._direction, state.request_id, provider))

    async def _direction(self, request_id: str, provider: str) -> None:
        """Have a direction sent again that was refused; say what was forgotten of one taken."""
        direction = await self._direction_of(request_id, provider)
        if direction.needs_action == "send_again":
            handle = self._office.people.handle(direction.stream)
            await handle.execute_update("send_again", {"decided_by": STAFF})
        elif provider == PROVIDER and not direction.over and self._took(direction.stream):
            await self._engineer.answer(direction.stream, "done")

    def _took(self, stream: str) -> bool:
        return stream in self._engineer.taken()

    async def _hurry(self, workflow_id: str) -> None:
        client = self._office.client
        described = await client.get_workflow_handle(workflow_id).describe()
        if not described.raw_description.pending_activities:
            await self._let_it_be_sent_again(workflow_id)
        for pending in described.raw_description.pending_activities:
            waits = pending.state == PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED
            if waits and pending.attempt > 1:
                await client.workflow_service.reset_activity(
                    ResetActivityRequest(
                        namespace=client.namespace,
                        execution=WorkflowExecution(workflow_id=workflow_id),
                        id=pending.activity_id,
                    )
                )

    async def _let_it_be_sent_again(self, stream: str) -> None:
        """Let the time pass for which a direction waits whose first sending failed."""
        request_id, _, provider = stream.partition(".")
        if provider and (await self._direction_of(request_id, provider)).owed is not None:
            await self._time.forward(stream, UNTIL_SENT_AGAIN)

    async def _direction_of(self, request_id: str, provider: str) -> DirectionState:
        connection = await asyncpg.connect(self._office.settings.secret("dsn"))
        try:
            return (await read_direction(connection, request_id, provider)).state
        finally:
            await connection.close()


async def _tried(act: Callable[[], Awaitable[object]]) -> None:
    """Do something if it can be done just now."""
    try:
        await asyncio.wait_for(act(), PATIENCE_S)
    except asyncio.CancelledError:
        raise
    except Exception:
        return
