"""Letting days pass for one workflow on a real server, in demonstrations and tests.

Each workflow has a clock of its own. The wall clock and the database's do not move, and the
server must run with ``frontend.WorkflowTimeSkippingEnabled=true``, which production does not.
"""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio import activity
from temporalio.api.common import v1 as api
from temporalio.client import (
    Client,
    Interceptor,
    OutboundInterceptor,
    StartWorkflowInput,
    WorkflowHandle,
)
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper, TimeSkippingConfig

PATIENCE = timedelta(seconds=60)
"""How long, on the wall clock, one skip may take with all that happens on the way."""

_WHEN_TOLD = TimeSkippingConfig(
    enabled=False, disable_propagation=True, max_session_skip_count=10_000
)
_CLOCKS_AGREE = timedelta(seconds=30)


class TimeStandsStill(Exception):
    """A workflow did not reach the wanted instant; says why that can be."""


class Skipper:
    """Moves the clocks of workflows that any client has started."""

    def __init__(self, client: Client, patience: timedelta = PATIENCE) -> None:
        self._client = client
        self._skipper = TimeSkipper(client, config=_WHEN_TOLD)
        self._patience = patience

    async def now(self, workflow_id: str) -> datetime:
        """Return the business time of a workflow, in UTC."""
        return await self._skipper.get_current_time(self._client.get_workflow_handle(workflow_id))

    async def forward(self, workflow_id: str, by: timedelta) -> datetime:
        """Let ``by`` pass for one workflow and return its new time, or when it ended.

        Timers on the way fire in order, each with all its activities, before time goes on; what
        is due at the very end may still be running. Activities that run, child workflows that
        are open and tasks that fail hold time up: raises ``TimeStandsStill`` after the patience.
        """
        handle = self._client.get_workflow_handle(workflow_id)
        try:
            async with asyncio.timeout(self._patience.total_seconds()):
                await self._skipper.fast_forward(handle, by)
        except TimeoutError:
            raise TimeStandsStill(
                f"{workflow_id} did not move by {by} within {self._patience}. Look in the Web UI "
                f"for an activity that does not end, an open child workflow or a failing task."
            ) from None
        except (RPCError, RuntimeError) as refused:
            raise TimeStandsStill(f"{workflow_id} did not move by {by}: {refused}") from None
        return await self.now(workflow_id)

    async def forward_to(self, workflow_id: str, instant: datetime) -> datetime:
        """Let time pass for one workflow until ``instant``, if that lies ahead of it."""
        now = await self.now(workflow_id)
        return await self.forward(workflow_id, instant - now) if instant > now else now


class InheritClock(Interceptor):
    """Gives a workflow that an activity starts the clock of the activity's own workflow.

    Without it such a workflow starts at wall time, although its starter's days have passed.
    For the clients of activities where time is skipped; does nothing where the clocks agree.
    """

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        """Wrap the starting of workflows."""
        return _StartAhead(next)


class _StartAhead(OutboundInterceptor):
    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:
        ahead = _ahead_of_wall_clock()
        if ahead > _CLOCKS_AGREE:
            input.start_delay = (input.start_delay or timedelta()) + ahead
            # Skips the delay at once, so that the first task comes at the starter's time.
            input.time_skipping_config = _one_skip(ahead)
        return await super().start_workflow(input)


def _ahead_of_wall_clock() -> timedelta:
    """Tell how far the clock of the running activity's workflow is ahead."""
    if not activity.in_activity():
        return timedelta()
    return activity.info().started_time - datetime.now(UTC)


def _one_skip(by: timedelta) -> api.TimeSkippingConfig:
    config = api.TimeSkippingConfig(enabled=True, disable_propagation=True)
    config.fast_forward_config.id = str(uuid.uuid4())
    config.fast_forward_config.duration.FromTimedelta(by)
    return config
