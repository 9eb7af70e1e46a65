"""The team's morning digest: its schedule fires when it likes, and each day has one mail."""

from typing import Any

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from workflows import upkeep
from workflows.starts import start_of

_BY_HAND = f"The digest of a day is sent by {upkeep.MORNING}. Trigger that schedule instead."


@workflow.defn(name=upkeep.MORNING)
class Morning:
    """One morning, started by a schedule."""

    @workflow.run
    async def run(self, *payloads: Any) -> upkeep.DigestSent:
        """Have the day's digest sent, unless nobody works today or it was sent already."""
        now = workflow.now()
        due = await upkeep.DIGEST_DUE(upkeep.Today(now=now), "look whether a digest is due")
        if due.day is None:
            return upkeep.DigestSent()
        try:
            sent: upkeep.DigestSent = await workflow.execute_child_workflow(
                upkeep.DIGEST_OF_DAY,
                upkeep.Today(now=now),
                id=f"digest-{due.day}",
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
                result_type=upkeep.DigestSent,
            )
        except WorkflowAlreadyStartedError:
            return upkeep.DigestSent(day=due.day)
        return sent


@workflow.defn(name=upkeep.DIGEST_OF_DAY)
class DigestOfDay:
    """The digest of one day, whose id names the day: Temporal starts no second one."""

    @workflow.run
    async def run(self, *payloads: Any) -> upkeep.DigestSent:
        """Send it; the result says how many requests it names."""
        today = start_of(upkeep.Today, payloads, _BY_HAND)
        return await upkeep.SEND_DIGEST(today, "send the team what waits")
