"""Workflows that wait, retry, hang and start others, for tests that move time."""

import asyncio
import contextlib
from datetime import datetime, timedelta

import structlog
from temporalio import activity, workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

SECOND = timedelta(seconds=1)

_log = structlog.get_logger("workflows.clockwork")


@activity.defn
async def business_time() -> datetime:
    """Tell when this attempt started, by the workflow's clock."""
    return activity.info().started_time


@activity.defn
async def fail_until_third() -> int:
    """Succeed at the third attempt."""
    if activity.info().attempt < 3:
        raise RuntimeError("not yet")
    return activity.info().attempt


@activity.defn
async def hang() -> None:
    """Work longer than anybody waits."""
    await asyncio.sleep(30)


@workflow.defn(name="Calendar")
class Calendar:
    """Does something every ten days and notes when."""

    def __init__(self) -> None:
        self._noted: list[datetime] = []

    @workflow.query
    def noted(self) -> list[datetime]:
        """Tell when activities ran, by their own account."""
        return self._noted

    @workflow.run
    async def run(self, weeks: int) -> None:
        """Note the time after each ten days."""
        for _ in range(weeks):
            await workflow.sleep(timedelta(days=10))
            self._noted.append(
                await workflow.execute_activity(business_time, start_to_close_timeout=10 * SECOND)
            )


@workflow.defn(name="Retrying")
class Retrying:
    """Has an activity that needs three attempts, a day apart."""

    @workflow.run
    async def run(self) -> int:
        """Return the attempt that succeeded, then wait no more."""
        return await workflow.execute_activity(
            fail_until_third,
            start_to_close_timeout=10 * SECOND,
            retry_policy=RetryPolicy(initial_interval=timedelta(days=1), backoff_coefficient=1),
        )


@workflow.defn(name="Hanging")
class Hanging:
    """Has an activity that does not end."""

    @workflow.run
    async def run(self) -> None:
        """Wait for it."""
        await workflow.execute_activity(
            hang, start_to_close_timeout=30 * SECOND, retry_policy=RetryPolicy(maximum_attempts=1)
        )


@workflow.defn(name="StartsAnother")
class StartsAnother:
    """Starts another workflow, by an activity, after ten days."""

    @workflow.run
    async def run(self) -> None:
        """Wait, start, wait."""
        await workflow.sleep(timedelta(days=10))
        await workflow.execute_activity("start_another", start_to_close_timeout=10 * SECOND)
        await workflow.sleep(timedelta(days=100))


@workflow.defn(name="Calendar")
class ChangedCalendar:
    """The calendar of a careless release: it works before it waits."""

    @workflow.run
    async def run(self, weeks: int) -> None:
        """Do the steps in another order."""
        await workflow.execute_activity(business_time, start_to_close_timeout=10 * SECOND)
        await workflow.sleep(timedelta(days=10))


@activity.defn
async def log_and_fail() -> None:
    """Log one line and fail as a library would."""
    _log.info("working", count=1)
    raise ValueError("canary in the activity")


@workflow.defn(name="Talkative")
class Talkative:
    """Logs by both loggers, waits for a signal, and then has a bug."""

    def __init__(self) -> None:
        self._stopped = False

    @workflow.signal
    def stop(self) -> None:
        """End."""
        self._stopped = True

    @workflow.run
    async def run(self) -> None:
        """Log, have an activity fail, wait."""
        workflow.logger.info("said by the SDK's logger")
        _log.info("said by structlog", count=2)
        with contextlib.suppress(ActivityError):
            await workflow.execute_activity(
                log_and_fail,
                start_to_close_timeout=10 * SECOND,
                retry_policy=RetryPolicy(maximum_attempts=1),
            )
        await workflow.wait_condition(lambda: self._stopped)
        raise ValueError("canary in the workflow")
