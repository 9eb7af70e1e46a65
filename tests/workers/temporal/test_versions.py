"""Worker Deployment Versioning: who gets the tasks, and how open requests change over."""

import uuid
from datetime import timedelta

import pytest
from temporalio import workflow
from temporalio.client import Client, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.worker import Worker

from tests.workflows.rig import eventually
from workers.cli_versions import NobodyPolls, require_polled
from workers.polling import builds_polling
from workers.settings import Settings, settings_from
from workers.temporal.versions import (
    UNVERSIONED,
    current_build,
    make_current,
    prepare_routing,
    versions,
    wanted_build,
)
from workers.temporal.worker import build_worker

QUICK = timedelta(seconds=0.2)


@workflow.defn(sandboxed=False)
class Patient:
    """Waits for months, as a request does."""

    @workflow.init
    def __init__(self) -> None:
        self._done = False

    @workflow.update
    async def go_on(self) -> str:
        """Answer, which needs a worker."""
        self._done = True
        return "here"

    @workflow.run
    async def run(self) -> None:
        """Wait."""
        await workflow.wait_condition(lambda: self._done)


def worker(client: Client, deployment: str, build: str) -> Worker:
    """Return a worker that is a version of a deployment, on a queue of that name."""
    return build_worker(
        client, deployment, [Patient], [], build=build, deployment=deployment, grace=QUICK
    )


def settings(**given: str) -> Settings:
    """Return an installation's settings."""
    return settings_from({f"PRIVACY_{name.upper()}": value for name, value in given.items()})


async def test_an_open_workflow_goes_on_with_the_version_that_is_made_current(
    client: Client,
) -> None:
    """Made current before the first start, the first version works; then the second, then back."""
    deployment = f"test-{uuid.uuid4()}"
    await make_current(client, "1.0", deployment)
    async with worker(client, deployment, "1.0"):
        first = await client.start_workflow(
            Patient.run, id=f"{deployment}-1", task_queue=deployment
        )
        second = await client.start_workflow(
            Patient.run, id=f"{deployment}-2", task_queue=deployment
        )
        async with worker(client, deployment, "1.1"):
            assert await current_build(client, deployment) == "1.0"
            await make_current(client, "1.1", deployment)
    async with worker(client, deployment, "1.1"):
        assert await first.execute_update(Patient.go_on) == "here"
        await make_current(client, "1.0", deployment)
    async with worker(client, deployment, "1.0"):
        assert await second.execute_update(Patient.go_on) == "here"
    told = {one.build: one.status for one in await versions(client, deployment)}
    assert told["1.0"] == "current"
    assert set(told) == {"1.0", "1.1"}


async def test_a_version_that_is_not_current_gets_nothing(client: Client) -> None:
    """Until it is made current, which an operator must not forget."""
    deployment = f"test-{uuid.uuid4()}"
    async with worker(client, deployment, "1.0"):
        handle = await client.start_workflow(Patient.run, id=deployment, task_queue=deployment)
        with pytest.raises(WorkflowUpdateRPCTimeoutOrCancelledError):
            await handle.execute_update(Patient.go_on, rpc_timeout=timedelta(seconds=1))
        await make_current(client, "1.0", deployment)
        assert await handle.execute_update(Patient.go_on) == "here"


async def test_tasks_are_not_given_to_a_build_of_which_no_worker_polls(client: Client) -> None:
    """A slip of the pen would stop every request; the refusal names who polls."""
    deployment = f"test-{uuid.uuid4()}"
    async with worker(client, deployment, "1.0"):
        polling = await eventually(lambda: builds_polling(client, deployment), "a poll")
    require_polled("1.0", polling)
    with pytest.raises(NobodyPolls, match=r"no workers of 1\.O poll.*now: workers of 1\.0\."):
        require_polled("1.O", polling)


async def test_preparing_leaves_a_rollout_to_its_operator(client: Client) -> None:
    """The first version becomes current, a second only when it is told to take over."""
    assert wanted_build(settings()) == UNVERSIONED
    first = settings(worker_versioning="true", worker_build="1.0")
    second = settings(worker_versioning="true", worker_build="1.1")
    try:
        assert await prepare_routing(client, first, take_over=False) == "1.0"
        assert await prepare_routing(client, second, take_over=False) == "1.0"
        assert await prepare_routing(client, second, take_over=True) == "1.1"
    finally:
        assert await prepare_routing(client, settings(), take_over=False) == UNVERSIONED
