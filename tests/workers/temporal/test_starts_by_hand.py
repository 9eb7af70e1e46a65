"""Whatever a workflow is started with by hand, it is taken or refused; no task of it fails."""

import uuid
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ApplicationError
from temporalio.workflow import _Definition

from domain.staff_input import STAFF_INPUT
from tests.workers.temporal.conftest import RunWorker
from tests.workers.temporal.test_hostile_payloads import HOSTILE
from workers.worker import WORKFLOWS
from workflows import names, upkeep
from workflows.evidence_export import EVIDENCE_EXPORT

REFUSES = {
    names.CONSUMER_REQUEST,
    names.PROVIDER_DIRECTION,
    names.LATE_ACKNOWLEDGEMENT,
    names.POLICY_NOTICE,
    EVIDENCE_EXPORT,
    upkeep.DIGEST_OF_DAY,
}
"""Workflows that take an input; the others are started by schedules and need none."""

OVER_OR_WORKING = {
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
    EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED,
}


async def started(client: Client, workflow: str, queue: str, payloads: list[Any]) -> str:
    """Start a workflow as somebody would in the Web UI's form."""
    workflow_id = f"by-hand-{uuid.uuid4()}"
    await client.start_workflow(workflow, args=payloads, id=workflow_id, task_queue=queue)
    return workflow_id


async def came_to(client: Client, workflow_id: str) -> EventType.ValueType:
    """Wait until a workflow has ended, asked for a step, or failed a task; return which."""
    handle = client.get_workflow_handle(workflow_id)
    async for event in handle.fetch_history_events(wait_new_event=True):
        if event.event_type in OVER_OR_WORKING:
            return event.event_type
    raise AssertionError(f"{workflow_id} came to nothing")


@pytest.mark.parametrize("workflow", sorted(REFUSES))
async def test_what_is_no_input_of_it_is_refused_in_a_sentence(
    client: Client, run_worker: RunWorker, workflow: str
) -> None:
    """It ends as Failed, by a sentence that says how it is started instead."""
    async with run_worker([*WORKFLOWS]) as queue:
        runs = [await started(client, workflow, queue, sent) for sent in HOSTILE.values()]
        for run in runs:
            assert await came_to(client, run) == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED
            with pytest.raises(WorkflowFailureError) as raised:
                await client.get_workflow_handle(run).result()
            assert isinstance(raised.value.cause, ApplicationError)
            assert raised.value.cause.type == STAFF_INPUT


async def test_what_a_schedule_starts_works_whatever_it_is_given(
    client: Client, run_worker: RunWorker
) -> None:
    """Nobody wedges a sweep by typing something into the form."""
    async with run_worker([*WORKFLOWS]) as queue:
        for defined in WORKFLOWS:
            workflow = str(_Definition.must_from_class(defined).name)
            if workflow in REFUSES:
                continue
            for payloads in HOSTILE.values():
                run = await started(client, workflow, queue, payloads)
                came = await came_to(client, run)
                assert came == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, workflow
                await client.get_workflow_handle(run).terminate()
