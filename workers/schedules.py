"""What Temporal starts once a day."""

from collections.abc import Mapping
from datetime import timedelta

from temporalio.client import Client, ScheduleCalendarSpec, ScheduleRange, ScheduleSpec

from domain.policy import Policy
from workers.temporal.namespace import ensure_schedule
from workflows import upkeep

DAILY: Mapping[str, str] = {
    "checkpoint": upkeep.LEDGER_CHECKPOINT,
    "retention": upkeep.RETENTION,
    "corrections": upkeep.KEEPING_CORRECTED,
}
"""Schedules by their id, each with the workflow that it starts."""

MORNING_SCHEDULE = "morning"

MONDAY_TO_FRIDAY = ScheduleRange(1, 5)

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


async def ensure_morning_schedule(client: Client, task_queue: str, policy: Policy) -> None:
    """Create the schedule of the team's digest, at the hour of the policy and in its zone.

    Holidays are left out by the workflow: their tables change with the policy in force.
    """
    await ensure_schedule(
        client,
        MORNING_SCHEDULE,
        upkeep.MORNING,
        task_queue=task_queue,
        every=mornings(policy),
        catch_up=DAY / 2,
    )


def mornings(policy: Policy) -> ScheduleSpec:
    """Return the local hour at which the team begins, Monday to Friday."""
    at = policy.warn_at
    hour = ScheduleCalendarSpec(
        hour=[ScheduleRange(at.hour)],
        minute=[ScheduleRange(at.minute)],
        day_of_week=[MONDAY_TO_FRIDAY],
    )
    return ScheduleSpec(calendars=[hour], time_zone_name=policy.time_zone)
