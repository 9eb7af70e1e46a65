"""The replay gate: it passes what the code still does, and it can fail."""

from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import Client, WorkflowHistory
from temporalio.workflow import NondeterminismError

from tests.workers.temporal.clockwork import Calendar, ChangedCalendar, business_time
from tests.workers.temporal.conftest import RunWorker, key_set
from workers.keys import KeySet
from workers.temporal.codec import CodecKeyMissing
from workers.temporal.replay import replayer
from workers.temporal.time import Skipper


@pytest.fixture
async def history(client: Client, run_worker: RunWorker) -> WorkflowHistory:
    """Record a workflow that has waited and worked once."""
    async with run_worker([Calendar], [business_time]) as task_queue:
        handle: Any = await client.start_workflow(
            Calendar.run, 9, id=f"recorded-{task_queue}", task_queue=task_queue
        )
        await Skipper(client).forward(handle.id, timedelta(days=15))
        await handle.terminate()
    return WorkflowHistory.from_json(handle.id, (await handle.fetch_history()).to_json())


async def test_a_recorded_history_replays(history: WorkflowHistory, keys: KeySet) -> None:
    """An encrypted history, exported and read again, replays on unchanged code."""
    await replayer([Calendar], keys).replay_workflow(history)


async def test_changed_code_fails_the_gate(history: WorkflowHistory, keys: KeySet) -> None:
    """The same history does not replay on code that asks for other steps (negative control)."""
    with pytest.raises(NondeterminismError):
        await replayer([ChangedCalendar], keys).replay_workflow(history)


async def test_a_history_under_another_key_says_so(history: WorkflowHistory) -> None:
    """Without its key a history fails as not readable, never as passed."""
    with pytest.raises(RuntimeError, match=CodecKeyMissing.__name__):
        await replayer([Calendar], key_set("other")).replay_workflow(history)
