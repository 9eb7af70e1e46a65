"""The figures of Temporal's SDK that alerts and dashboard read are really there."""

import re
import uuid
from datetime import timedelta

import httpx
import pytest
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

from workers.settings import PROJECT
from workers.stack.ports import free_port
from workers.stack.temporal import EmbeddedTemporal
from workers.temporal.client import core_runtime
from workers.temporal.worker import build_worker

KINDS = (".json", ".yaml")
READ = re.compile(r"\btemporal_(?:activity|sticky|worker|workflow)_[a-z_]+")


@activity.defn
async def stumble() -> None:
    """Fail for good."""
    raise ApplicationError("on purpose", non_retryable=True)


@workflow.defn(sandboxed=False)
class Troubled:
    """Fails a task once, then an activity, then ends."""

    failures = 0

    @workflow.run
    async def run(self) -> None:
        """Have each kind of trouble."""
        if type(self).failures == 0:
            type(self).failures += 1
            raise RuntimeError("a bug")
        with pytest.raises(ActivityError):
            await workflow.execute_activity(
                stumble,
                start_to_close_timeout=timedelta(seconds=10),
                retry_policy=RetryPolicy(maximum_attempts=1),
            )


async def test_every_figure_of_the_sdk_that_is_read_is_exported(
    temporal_server: EmbeddedTemporal,
) -> None:
    """A name that the SDK does not use would be an alert that never fires."""
    metrics, queue = f"127.0.0.1:{free_port()}", f"test-{uuid.uuid4()}"
    client = await Client.connect(temporal_server.address, runtime=core_runtime(metrics))
    async with build_worker(client, queue, [Troubled], [stumble], grace=timedelta(seconds=0.2)):
        await client.execute_workflow(Troubled.run, id=queue, task_queue=queue)
        async with httpx.AsyncClient() as http:
            exported = (await http.get(f"http://{metrics}/metrics")).text
    deployed = [file for file in (PROJECT / "deploy").rglob("*") if file.suffix in KINDS]
    read = [file.read_text() for file in (*deployed, PROJECT / "docs" / "operations.md")]
    names = {name for text in read for name in READ.findall(text)}
    assert len(names) >= 5
    assert {name for name in names if f"\n{name}{{" not in exported} == set()
