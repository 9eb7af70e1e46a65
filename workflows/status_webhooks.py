"""Telling intake systems what has changed: its name, its step, and the workflow that runs it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict
from temporalio import workflow

from workflows.effects import MANY_STARTS, WORKER_IS_DEAD_AFTER, Step

STATUS_WEBHOOKS = "StatusWebhooks"


class DeliverStatus(BaseModel):
    """Deliver whatever is due by now."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class StatusDelivered(BaseModel):
    """How many messages were taken, put off, and given up."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    delivered: int = 0
    put_off: int = 0
    given_up: int = 0


DELIVER_STATUS = Step(
    "deliver_status",
    DeliverStatus,
    StatusDelivered,
    replace(MANY_STARTS, heartbeat=WORKER_IS_DEAD_AFTER * 2, start_to_close=timedelta(minutes=30)),
)


@workflow.defn(name=STATUS_WEBHOOKS)
class StatusWebhooks:
    """One round, started by a schedule and whenever a status has changed."""

    @workflow.run
    async def run(self, *payloads: Any) -> StatusDelivered:
        """Deliver what waits; what cannot be delivered waits for a later round."""
        return await DELIVER_STATUS(DeliverStatus(), "tell intake systems")
