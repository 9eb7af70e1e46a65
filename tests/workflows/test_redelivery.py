"""What the sweep delivers again, and when it leaves a workflow alone."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from temporalio.worker import Worker

from activities import sweeping
from domain.decisions.inbox import POINTS_ADDED
from records import inbox
from tests.workflows.rig import Rig
from workflows import names


@workflow.defn(name=names.CONSUMER_REQUEST, sandboxed=False)
class TakesNothing:
    """A request's workflow that never looks at its inbox, as one whose code fails."""

    @workflow.run
    async def run(self) -> None:
        """Wait for ever."""
        await asyncio.Future()


async def test_what_cannot_be_taken_is_not_signalled_every_minute(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Days without a worker would else fill the histories of all that wait."""
    monkeypatch.setattr(sweeping, "STUCK", timedelta(0))
    request_id, queue = await rig.registered(), f"redelivery-{uuid.uuid4()}"
    handle = await rig.client.start_workflow(TakesNothing.run, id=request_id, task_queue=queue)
    async with rig.pool.acquire() as conn:
        await inbox.receive(
            conn,
            rig.vault,
            once_key=f"press-{request_id}",
            request_id=request_id,
            stream=request_id,
            kind=POINTS_ADDED,
            facts={},
            evidence=None,
            now=datetime.now(UTC) - timedelta(hours=1),
        )
    assert (await rig.sweep()).redelivered == 0
    async with Worker(rig.client, task_queue=queue, workflows=[TakesNothing]):
        while await rig.engine.is_stuck(request_id, timedelta(0)):
            await asyncio.sleep(0.05)
    assert [(await rig.sweep()).redelivered for _ in range(3)] == [1, 0, 0]
    history = await handle.fetch_history()
    signals = [
        each
        for each in history.events
        if each.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
    ]
    assert len(signals) == 1
    await handle.terminate()
