"""A workflow whose one step fails once, with words that must not leave; run in the sandbox."""

from datetime import timedelta

from temporalio import activity, workflow
from temporalio.common import RetryPolicy

CANARY = "ana.canary@example.com"


@activity.defn
async def stumble() -> str:
    """Fail at the first attempt."""
    if activity.info().attempt == 1:
        raise RuntimeError(f"no mailbox {CANARY}")
    return "done"


@workflow.defn
class Traced:
    """One step."""

    @workflow.run
    async def run(self) -> str:
        """Take it."""
        answer: str = await workflow.execute_activity(
            stumble,
            start_to_close_timeout=timedelta(seconds=5),
            retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=10)),
        )
        return answer
