"""What Temporal starts once a day."""

from collections.abc import Mapping
from datetime import timedelta

from temporalio.client import Client

from workers.temporal.namespace import ensure_schedule
from workflows import upkeep

DAILY: Mapping[str, str] = {
    "checkpoint": upkeep.LEDGER_CHECKPOINT,
    "retention": upkeep.RETENTION,
    "corrections": upkeep.KEEPING_CORRECTED,
}
"""Schedules by their id, each with the workflow that it starts."""

DAY = timedelta(days=1)


async def ensure_daily_schedules(client: Client, task_queue: str) -> None:
    """Create the daily schedules or bring them up to date; the first run starts at once."""
    for schedule_id, workflow in DAILY.items():
        await ensure_schedule(
            client,
            schedule_id,
            workflow,
            task_queue=task_queue,
            every=DAY,
            catch_up=DAY,
            at_once=True,
        )
