"""A material change of the policy is a task for staff until its notice is published."""

import uuid
from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError

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
