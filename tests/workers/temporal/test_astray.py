"""What becomes of a workflow whose history no longer leads to its ledger."""

import asyncio
import uuid
from datetime import timedelta
from typing import Any

import pytest
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


@workflow.defn(name=names.PROVIDER_DIRECTION)
class Rewritten:
    """A direction whose release was changed under it."""

    release = 1

    @workflow.signal
    def go_on(self) -> None:
        """Bring a task."""

    @workflow.run
    async def run(self) -> None:
        """Do in each release something else."""
        if self.release == 1:
            await asyncio.sleep(86400)
        await workflow.execute_activity("anything", start_to_close_timeout=timedelta(seconds=1))


@workflow.defn(name=names.LATE_ACKNOWLEDGEMENT)
class StrayedLate(Strayed):
    """A late answer that finds another ledger; its message still waits in the inbox."""

    @workflow.run
    async def run(self) -> None:
        """Find out."""
        raise HistoryDiffers("stream PR-0000-0000.acme.late.3 differs from the ledger at n=1")


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
    workflows = [Strayed, StrayedLate, Rewritten, Unresumed]
    return Worker(client, task_queue=queue, workflows=workflows, workflow_runner=runner)


async def ended(run: WorkflowHandle[Any, Any]) -> bool:
    """Tell whether a run is terminated within fifteen seconds."""
    for _ in range(300):
        if (await run.describe()).status is WorkflowExecutionStatus.TERMINATED:
            return True
        await asyncio.sleep(0.05)
    return False


@pytest.mark.parametrize("kind", [Strayed, StrayedLate])
async def test_what_went_astray_is_ended_for_the_sweep_to_resume(
    client: Client, kind: type[Strayed]
) -> None:
    """It says why; a workflow that nothing would resume is left to people."""
    queue = f"test-{uuid.uuid4()}"
    async with worker(client, queue):
        strayed = await client.start_workflow(kind.run, id=str(uuid.uuid4()), task_queue=queue)
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
        await asyncio.sleep(1)
        assert (await left.describe()).status is WorkflowExecutionStatus.RUNNING
    await left.terminate()


async def test_one_run_counts_once_however_slowly_it_is_ended(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its task is tried again meanwhile, and found astray again: that is no second time."""
    terminate = WorkflowHandle.terminate

    async def slowly(run: WorkflowHandle[Any, Any], *args: Any, **options: Any) -> None:
        await asyncio.sleep(1)
        await terminate(run, *args, **options)

    monkeypatch.setattr(WorkflowHandle, "terminate", slowly)
    queue, name = f"test-{uuid.uuid4()}", str(uuid.uuid4())
    async with worker(client, queue):
        for _ in range(MOST_IN_AN_HOUR):
            assert await ended(await client.start_workflow(Strayed.run, id=name, task_queue=queue))


async def test_a_history_that_does_not_replay_is_no_obstacle(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changed code ends a direction's workflow, too, for the sweep to resume."""
    queue = f"test-{uuid.uuid4()}"
    async with worker(client, queue):
        run = await client.start_workflow(Rewritten.run, id=str(uuid.uuid4()), task_queue=queue)
        await asyncio.wait_for(timer_of(run), 20)
    monkeypatch.setattr(Rewritten, "release", 2)
    async with worker(client, queue):
        await run.signal(Rewritten.go_on)
        assert await ended(run)


async def timer_of(run: WorkflowHandle[Any, Any]) -> None:
    """Wait until a run's first task is done."""
    while not any(
        event.HasField("timer_started_event_attributes")
        for event in (await run.fetch_history()).events
    ):
        await asyncio.sleep(0.05)
