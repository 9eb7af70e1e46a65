"""A material change of the policy is a task for staff until its notice is published."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError

from domain.promises import changes
from tests.workflows.rig import Servers
from workers.policy_files import load_policies
from workers.policy_task import open_task
from workers.settings import PROJECT
from workers.temporal.worker import build_worker
from workflows.policy_notice import PolicyNotice, task_id


async def test_the_task_stands_until_somebody_says_that_the_notice_is_out(servers: Servers) -> None:
    """Opened once for a revision, it takes nobody's placeholder, and ends by whoever published.

    A cancel request ends no duty, not even one that comes before any worker has seen the task.
    """
    older, newer = load_policies(PROJECT / "policies")
    newer = newer.model_copy(update={"version": f"test-{uuid.uuid4()}"})
    material = [each for each in changes(older, newer) if each.material]
    queue, client = f"notices-{uuid.uuid4()}", servers.temporal
    assert await open_task(client, queue, older, newer, material)
    assert not await open_task(client, queue, older, newer, material)
    task = client.get_workflow_handle(task_id(newer.version))
    await task.cancel()
    grace = timedelta(seconds=0.2)
    async with build_worker(client, queue, (PolicyNotice,), (), grace=grace):
        with pytest.raises(WorkflowUpdateFailedError):
            await task.execute_update("notice_published", {"decided_by": "your.id"})
        await task.execute_update("notice_published", {"decided_by": "s.lee"})
        assert await task.result() == "published, says s.lee"


async def details(task: WorkflowHandle[Any, Any]) -> str:
    """Return what the Web UI shows of the task."""
    asked = "__temporal_workflow_metadata"
    shown: WorkflowMetadata = await task.query(asked, result_type=WorkflowMetadata)
    return shown.current_details


async def test_the_task_says_the_day_of_the_business_and_what_it_has_not_taken(
    servers: Servers,
) -> None:
    """The last second of that day is the next day in UTC; a signal that nobody answers is shown."""
    older, newer = load_policies(PROJECT / "policies")
    newer = newer.model_copy(update={"version": f"test-{uuid.uuid4()}"})
    queue, client = f"notices-{uuid.uuid4()}", servers.temporal
    await open_task(client, queue, older, newer, changes(older, newer))
    task = client.get_workflow_handle(task_id(newer.version))
    grace = timedelta(seconds=0.2)
    async with build_worker(client, queue, (PolicyNotice,), (), grace=grace):
        assert f"by {newer.effective_from}:" in await details(task)
        await task.signal("notice_publishd", {"decided_by": "s.lee"})
        assert "There is no action of that name" in await details(task)
        await task.signal("notice_published")
        assert "needs an input" in await details(task)
        await task.signal("notice_published", {"decided_by": "s.lee"})
        assert await task.result() == "published, says s.lee"
