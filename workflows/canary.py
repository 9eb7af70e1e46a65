"""The canary: a planted consumer's real deletion, from end to end, on a schedule."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict
from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError

from workflows.effects import BUSINESS_SYSTEM, Step

CANARY = "Canary"
"""Workflow: plant, delete, look; it fails when the engine did."""

ALARM = "CanaryAlarm"
"""A planted row was not found, or survived."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Flight(_Data):
    """The input: nothing is chosen."""


class Flown(_Data):
    """What became of the planted rows, by ``system.collection``; all empty when all is well."""

    request_id: str
    planted: dict[str, int]
    missed: dict[str, int]
    survived: dict[str, int]
    stopped_at: str = ""
    uncovered: tuple[str, ...] = ()
    """Collections of which the canary says nothing, as nothing is planted in them."""

    @property
    def is_well(self) -> bool:
        """Whether every planted row was found and is gone."""
        return not (self.missed or self.survived or self.stopped_at)

    @property
    def alarm(self) -> str:
        """Say what is wrong and where to look; names of collections only."""
        parts = [
            f"not found: {', '.join(sorted(self.missed))}" if self.missed else "",
            f"still there: {', '.join(sorted(self.survived))}" if self.survived else "",
            f"stopped at {self.stopped_at}" if self.stopped_at else "",
        ]
        told = "; ".join(part for part in parts if part)
        return f"{self.request_id}: {told}. Run privacy datamap check; approve nothing until then."


FLY = Step(
    "fly_canary",
    Flight,
    Flown,
    replace(
        BUSINESS_SYSTEM,
        schedule_to_close=timedelta(hours=1),
        retry=RetryPolicy(maximum_attempts=2),
    ),
)


@workflow.defn(name=CANARY)
class Canary:
    """One planted deletion, started by a schedule."""

    @workflow.run
    async def run(self, *payloads: Any) -> Flown:
        """Fly once; an alarm fails this workflow, so that it is seen wherever failures are."""
        flown = await FLY(Flight(), "delete a planted consumer")
        if not flown.is_well:
            raise ApplicationError(flown.alarm, type=ALARM, non_retryable=True)
        return flown
