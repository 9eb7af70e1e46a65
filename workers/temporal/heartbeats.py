"""Heartbeats of running activities: the death of a worker is noticed in seconds, not minutes."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from temporalio import activity
from temporalio.worker import (
    ActivityInboundInterceptor,
    ActivityOutboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
)

BEATS_IN_A_TIMEOUT = 3


class Heartbeats(Interceptor):
    """Beats for each activity that has a heartbeat timeout, for as long as it runs.

    Without it a step whose worker was killed waits for the longest time that the step may take.
    """

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Wrap the execution of activities."""
        return _Beating(next)


class _Beating(ActivityInboundInterceptor):
    def init(self, outbound: ActivityOutboundInterceptor) -> None:
        """Listen to what the activity itself reports."""
        self._reported = _Reported(outbound)
        super().init(self._reported)

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        running = activity.info()
        if not running.heartbeat_timeout:
            return await super().execute_activity(input)
        self._reported.details = running.heartbeat_details
        every = running.heartbeat_timeout / BEATS_IN_A_TIMEOUT
        beating = asyncio.create_task(self._beat(every))
        try:
            return await super().execute_activity(input)
        finally:
            beating.cancel()

    async def _beat(self, every: timedelta) -> None:
        while True:
            await asyncio.sleep(every.total_seconds())
            activity.heartbeat(*self._reported.details)


class _Reported(ActivityOutboundInterceptor):
    """Keeps how far this attempt, or the one before, said it has come.

    Each beat replaces what the server knows.
    """

    details: Sequence[Any] = ()

    def heartbeat(self, *details: Any) -> None:
        """Pass a report on and remember it."""
        self.details = details
        super().heartbeat(*details)
