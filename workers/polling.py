"""Who polls our task queue: the sign by which a worker is known to do its work."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import PollerInfo, TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

LONG_POLL = timedelta(seconds=90)
"""A worker that polls is seen at least this often; Temporal remembers others for longer."""


async def is_polled(client: Client, task_queue: str, by: Callable[[str], bool]) -> bool:
    """Tell whether a worker whose identity (PROCESS@HOST) satisfies `by` polls for workflows."""
    return any(by(poller.identity) for poller in await _pollers(client, task_queue))


async def builds_polling(client: Client, task_queue: str) -> frozenset[str]:
    """Return the builds of the workers that poll for workflows; empty for one without a version."""
    return frozenset(
        poller.deployment_options.build_id for poller in await _pollers(client, task_queue)
    )


async def _pollers(client: Client, task_queue: str) -> list[PollerInfo]:
    described = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=task_queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
    )
    earliest = datetime.now(UTC) - LONG_POLL
    return [
        poller for poller in described.pollers if poller.last_access_time.ToDatetime(UTC) > earliest
    ]
