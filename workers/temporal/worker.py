"""A worker: the workflows, activities and limits with which a process serves a task queue."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import (
    Interceptor,
    PollerBehaviorAutoscaling,
    Worker,
    WorkerDeploymentConfig,
)

from workers.temporal.around import Around, AroundRunner
from workers.temporal.astray import Astray
from workers.temporal.context import LogContext
from workers.temporal.handler_list import NamedHandlers
from workers.temporal.heartbeats import Heartbeats
from workers.temporal.payload_context import NoContext, reads_no_context
from workers.temporal.sandbox import sandbox_runner
from workers.temporal.versions import DEPLOYMENT, UNVERSIONED
from workers.temporal.whole_tasks import WholeTasks

GRACE = timedelta(seconds=20)
"""How long running activities may finish after a stop; below the 30 s that orchestrators give."""

ACTIVITIES_AT_ONCE = 40
WORKFLOW_TASKS_AT_ONCE = 40
OPEN_REQUESTS_IN_MEMORY = 1000


def build_worker(
    client: Client,
    task_queue: str,
    workflows: Sequence[type],
    activities: Sequence[Callable[..., Any]],
    *,
    build: str = UNVERSIONED,
    deployment: str = DEPLOYMENT,
    interceptors: Sequence[Interceptor] = (),
    executor: ThreadPoolExecutor | None = None,
    grace: timedelta = GRACE,
) -> Worker:
    """Return a worker that is not yet running; its client must not be lazy.

    With a ``build`` it is that version of the deployment, and gets tasks once that is current;
    workflows go on with whatever version is. No exception type ends a workflow by itself: a bug
    fails the task, which is retried on corrected code. ``executor`` serves activities that are
    not async.
    """
    polling = PollerBehaviorAutoscaling(minimum=1, maximum=10, initial=2)
    return Worker(
        client,
        task_queue=task_queue,
        workflows=workflows,
        activities=activities,
        activity_executor=executor,
        workflow_runner=AroundRunner(sandbox_runner(workflows), _around_each_run(client)),
        interceptors=[LogContext(), NamedHandlers(), Heartbeats(), *interceptors],
        max_concurrent_activities=ACTIVITIES_AT_ONCE,
        max_concurrent_workflow_tasks=WORKFLOW_TASKS_AT_ONCE,
        max_cached_workflows=OPEN_REQUESTS_IN_MEMORY,
        workflow_task_poller_behavior=polling,
        activity_task_poller_behavior=polling,
        graceful_shutdown_timeout=grace,
        deployment_config=_version(deployment, build) if build else None,
    )


async def serve(worker: Worker, stop: asyncio.Event) -> None:
    """Run ``worker`` until ``stop`` is set, then let running activities finish.

    An error that ends the worker by itself is raised here.
    """
    async with worker:
        await stop.wait()


def _around_each_run(client: Client) -> Sequence[Around]:
    always = (WholeTasks, Astray(client).watch)
    return (*always, NoContext) if reads_no_context(client.data_converter) else always


def _version(deployment: str, build: str) -> WorkerDeploymentConfig:
    # None is pinned: a schedule skips its run while the one before is open, so a short workflow
    # that waits for a release which is gone would keep its schedule from ever firing again.
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(deployment_name=deployment, build_id=build),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )
