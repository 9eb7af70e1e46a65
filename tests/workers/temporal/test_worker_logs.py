"""What a worker logs: the request on each line, no line twice, nothing of what failed."""

import asyncio
import json
from typing import Any

from temporalio.client import Client, WorkflowHandle

from domain.ids import request_id
from tests.workers.loglines import Lines
from tests.workers.temporal.clockwork import Talkative, log_and_fail
from workers.stack.temporal import EmbeddedTemporal
from workers.temporal.client import core_runtime
from workers.temporal.worker import build_worker

REQUEST = request_id(b"logs!")


async def test_a_request_can_be_followed_and_its_failures_stay_silent(
    temporal_server: EmbeddedTemporal, client: Client, lines: Lines
) -> None:
    """Lines of workflow, activity, SDK and Core bear the request, once, without content."""
    logging_client = await Client.connect(
        temporal_server.address, data_converter=client.data_converter, runtime=core_runtime()
    )
    handle = await logging_client.start_workflow(Talkative.run, id=REQUEST, task_queue="logs")
    await serve_until(logging_client, handle, lines, "said by structlog")
    await handle.signal(Talkative.stop)
    await serve_until(logging_client, handle, lines, "Failing workflow task")
    await handle.terminate()
    told = lines()
    events = [line["event"] for line in told]
    assert events.count("said by structlog") == events.count("said by the SDK's logger") == 1
    assert "canary" not in json.dumps(told)
    [working] = [line for line in told if line["event"] == "working"]
    assert (working["request_id"], working["activity"]) == (REQUEST, "log_and_fail")
    said = [line for line in told if line["event"].startswith("said by")]
    assert {line["request_id"] for line in said} == {REQUEST}


async def serve_until(
    client: Client, handle: WorkflowHandle[Any, Any], lines: Lines, event: str
) -> None:
    """Run a fresh worker, which replays what was before, until something is logged."""
    async with build_worker(client, "logs", [Talkative], [log_and_fail]):
        async with asyncio.timeout(20):
            while not any(line["event"].startswith(event) for line in lines()):
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)
