"""What becomes of a workflow whose history no longer leads to its ledger."""

import asyncio
import uuid
from typing import Any

from temporalio import workflow
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from workers.temporal.around import AroundRunner
from workers.temporal.astray import MOST_IN_AN_HOUR, REASON, Astray
from workflows import names
from workflows.journal import HistoryDiffers


@workflow.defn(name=names.CONSUMER_REQUEST)
class Strayed:
    """A request that finds another ledger than its history led to."""

    @workflow.run
    async def run(self) -> None:
        """Find out."""
        raise HistoryDiffers("stream PR-0000-0000 differs from the ledger at n=3")


@workflow.defn(name="Unresumed")
class Unresumed(Strayed):
    """One that nothing would resume."""

    @workflow.run
    async def run(self) -> None:
        """Find out."""
        raise HistoryDiffers("stream PR-0000-0000 differs from the ledger at n=3")


def worker(client: Client, queue: str) -> Worker:
    """Return a worker that watches."""
    runner = AroundRunner(UnsandboxedWorkflowRunner(), (Astray(client).watch,))
    return Worker(client, task_queue=queue, workflows=[Strayed, Unresumed], workflow_runner=runner)


async def ended(run: WorkflowHandle[Any, Any]) -> bool:
    """Tell whether a run is terminated within a moment."""
    for _ in range(40):
        if (await run.describe()).status is WorkflowExecutionStatus.TERMINATED:
            return True
        await asyncio.sleep(0.05)
    return False


async def test_a_request_that_went_astray_is_ended_for_the_sweep_to_resume(
    client: Client,
) -> None:
    """It says why; a workflow that nothing would resume is left to people."""
    queue = f"test-{uuid.uuid4()}"
    async with worker(client, queue):
        strayed = await client.start_workflow(Strayed.run, id=str(uuid.uuid4()), task_queue=queue)
        other = await client.start_workflow(Unresumed.run, id=str(uuid.uuid4()), task_queue=queue)
        assert await ended(strayed)
        last = [event async for event in strayed.fetch_history_events()][-1]
        assert last.workflow_execution_terminated_event_attributes.reason == REASON
        assert (await other.describe()).status is WorkflowExecutionStatus.RUNNING
    await other.terminate()


async def test_what_goes_astray_again_and_again_is_left_to_people(client: Client) -> None:
    """After so many times within the hour the workflow stands still and its alert fires."""
    queue, name = f"test-{uuid.uuid4()}", str(uuid.uuid4())
    async with worker(client, queue):
        for _ in range(MOST_IN_AN_HOUR):
            assert await ended(await client.start_workflow(Strayed.run, id=name, task_queue=queue))
        left = await client.start_workflow(Strayed.run, id=name, task_queue=queue)
        assert not await ended(left)
    await left.terminate()
