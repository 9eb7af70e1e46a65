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
    """Report a place, work on, fail; the next attempt tells the place that it was told of."""
    known = activity.info().heartbeat_details
    if known:
        return str(known[0])
    activity.heartbeat("halfway")
    await asyncio.sleep(TIMEOUT.total_seconds())
    raise RuntimeError("stumbled")


@workflow.defn
class Stumbling:
    """Waits for a step that fails once."""

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
