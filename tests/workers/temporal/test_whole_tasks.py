"""A query that overtakes a workflow task must not carry the workflow on."""

import asyncio
import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from temporalio import workflow
from temporalio.bridge.proto.workflow_activation import WorkflowActivation, WorkflowActivationJob
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import WorkflowInstance

from workers.temporal.around import AroundInstance
from workers.temporal.whole_tasks import WholeTasks
from workers.temporal.worker import build_worker

RUNS = 12


@workflow.defn(name="Diary")
class Diary:
    """Writes down when each signal came."""

    @workflow.init
    def __init__(self) -> None:
        self._pages: list[str] = []

    @workflow.signal
    def write(self, text: str) -> None:
        """Write one page."""
        self._pages.append(f"{text} at {workflow.now().isoformat()}")

    @workflow.query
    def pages(self) -> list[str]:
        """Show what is written."""
        return self._pages

    @workflow.run
    async def run(self) -> list[str]:
        """Wait for the last page."""
        await workflow.wait_condition(lambda: len(self._pages) == 3)
        return self._pages


class Heard(AroundInstance):
    """Takes note of what reaches the workflow."""

    def __init__(self) -> None:
        self.jobs: list[str] = []

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        """Write the kinds of jobs down."""
        self.jobs += [job.WhichOneof("variant") or "" for job in act.jobs]
        completion = WorkflowActivationCompletion()
        completion.successful.SetInParent()
        return completion


def activation(job: str, *, event: int, at: int, size: int) -> WorkflowActivation:
    """Make an activation of one job."""
    act = WorkflowActivation(history_length=event, history_size_bytes=size)
    act.timestamp.FromSeconds(at)
    told = WorkflowActivationJob()
    getattr(told, job).SetInParent()
    act.jobs.append(told)
    return act


def after_its_first_task() -> tuple[Heard, WorkflowInstance]:
    """Give a workflow whose first task began at event 3, and what it hears."""
    heard = Heard()
    instance = WholeTasks(heard)
    instance.activate(activation("initialize_workflow", event=3, at=100, size=200))
    return heard, instance


def test_events_without_a_task_do_not_reach_the_workflow() -> None:
    """The query after them is answered from before them; the task that follows fails."""
    heard, instance = after_its_first_task()
    told = instance.activate(activation("signal_workflow", event=7, at=100, size=200))
    assert told.successful.commands[0].HasField("upsert_workflow_search_attributes")
    instance.activate(activation("query_workflow", event=7, at=100, size=200))
    assert heard.jobs == ["initialize_workflow", "query_workflow"]
    task = instance.activate(activation("fire_timer", event=9, at=160, size=400))
    assert "tried again" in task.failed.failure.message
    assert heard.jobs == ["initialize_workflow", "query_workflow"]


def test_a_task_is_known_by_its_size_where_the_servers_clock_stood_still() -> None:
    """A server's clock that was set back does not stop a workflow."""
    heard, instance = after_its_first_task()
    instance.activate(activation("signal_workflow", event=8, at=100, size=400))
    assert heard.jobs == ["initialize_workflow", "signal_workflow"]


def test_one_task_may_come_in_several_activations() -> None:
    """What follows from a task in the same task carries the workflow on."""
    heard, instance = after_its_first_task()
    instance.activate(activation("resolve_activity", event=3, at=100, size=200))
    assert heard.jobs == ["initialize_workflow", "resolve_activity"]


async def test_a_worker_that_comes_back_to_waiting_queries_dates_nothing_otherwise(
    client: Client,
) -> None:
    """Signals and queries wait for a worker; what it then writes is what every replay writes."""
    queue = f"test-{uuid.uuid4()}"
    async with build_worker(client, queue, [Diary], [], grace=timedelta(0)):
        diaries = await opened(client, queue)
        await asyncio.gather(*(diary.signal(Diary.write, "first") for diary in diaries))
        await asyncio.gather(*(diary.query(Diary.pages) for diary in diaries))
    asked = [asyncio.create_task(asked_again(diary)) for diary in diaries]
    await asyncio.sleep(0.5)
    await asyncio.gather(*(diary.signal(Diary.write, "second") for diary in diaries))
    async with build_worker(client, queue, [Diary], [], grace=timedelta(0)):
        await asyncio.gather(*asked)
        await asyncio.gather(*(diary.signal(Diary.write, "third") for diary in diaries))
        written = await asyncio.gather(*(diary.result() for diary in diaries))
    async with build_worker(client, queue, [Diary], [], grace=timedelta(0)):
        replayed = await asyncio.gather(*(diary.query(Diary.pages) for diary in diaries))
    assert replayed == written


async def opened(client: Client, queue: str) -> Sequence[WorkflowHandle[Diary, list[str]]]:
    """Start the diaries."""
    return [
        await client.start_workflow(Diary.run, id=f"diary-{uuid.uuid4()}", task_queue=queue)
        for _ in range(RUNS)
    ]


async def asked_again(diary: WorkflowHandle[Diary, list[str]]) -> None:
    """Query, as an open page does, whatever comes of it."""
    with suppress(Exception):
        await diary.query(Diary.pages, rpc_timeout=timedelta(seconds=20))
