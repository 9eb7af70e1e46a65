"""What ours is held against: workflows with the same traffic that do nothing at all."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from temporalio import activity, workflow

QUEUE = "yardsticks"


@dataclass
class Shape:
    """How much of what a workflow does between its start and its end."""

    activities: int
    updates: int = 0
    signals: int = 0
    timers: int = 0


@activity.defn
async def nothing(argument: str) -> str:
    """Do nothing."""
    return argument


@workflow.defn
class Yardstick:
    """Activities, timers, and waiting for updates and signals, as its shape has it."""

    def __init__(self) -> None:
        self._signals = 0
        self._updates = 0

    @workflow.signal
    def signal(self, argument: str) -> None:
        """Take a signal."""
        self._signals += 1

    @workflow.update
    def update(self, argument: str) -> str:
        """Take an update."""
        self._updates += 1
        return argument

    @workflow.run
    async def run(self, shape: Shape) -> None:
        """Spread the activities between what comes from outside."""
        timers = [asyncio.create_task(asyncio.sleep(86400)) for _ in range(shape.timers)]
        waits = shape.updates + shape.signals
        share = shape.activities // (waits + 1)
        for n in range(waits):
            await self._act(share)
            await self._until(n + 1)
        await self._act(shape.activities - share * waits)
        for timer in timers:
            timer.cancel()

    async def _until(self, messages: int) -> None:
        await workflow.wait_condition(lambda: self._signals + self._updates >= messages)

    async def _act(self, times: int) -> None:
        for _ in range(times):
            await workflow.execute_activity(
                nothing, "x", start_to_close_timeout=timedelta(seconds=30)
            )
