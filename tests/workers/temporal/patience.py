"""A step that takes longer than its heartbeat timeout, and a workflow that waits for it."""

import asyncio
from datetime import timedelta

from temporalio import activity, workflow

TIMEOUT = timedelta(seconds=1)


@activity.defn
async def last_longer_than_the_timeout() -> int:
    """Run for a while without a heartbeat of its own, and tell which attempt it was."""
    await asyncio.sleep(2 * TIMEOUT.total_seconds())
    return activity.info().attempt


@activity.defn
async def stumble_halfway() -> str:
    """Report a place once, stumble twice; the third attempt tells the place it was told of."""
    running = activity.info()
    if running.attempt == 3:
        return "".join(running.heartbeat_details)
    if running.attempt == 1:
        activity.heartbeat("halfway")
    await asyncio.sleep(TIMEOUT.total_seconds())
    raise RuntimeError("stumbled")


@workflow.defn
class Stumbling:
    """Waits for a step that fails twice."""

    @workflow.run
    async def run(self) -> str:
        """Run the step."""
        return await workflow.execute_activity(
            stumble_halfway,
            start_to_close_timeout=timedelta(minutes=1),
            heartbeat_timeout=TIMEOUT,
        )


@workflow.defn
class Patient:
    """Waits for one long step."""

    @workflow.run
    async def run(self) -> int:
        """Run the step."""
        return await workflow.execute_activity(
            last_longer_than_the_timeout,
            start_to_close_timeout=timedelta(minutes=1),
            heartbeat_timeout=TIMEOUT,
        )
