"""What stands on the Temporal server's disk: nothing that a person or a library wrote."""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import (
    Client,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowUpdateFailedError,
)

from tests.workers.temporal.conftest import RunWorker
from tests.workers.temporal.probe import Failing, Probe, fail_with_content
from workers.stack.temporal import EmbeddedTemporal

CANARY = "canary-Ärmel-4f21"
IN_CLEAR = "control-canary-77a0"


def found(server: EmbeddedTemporal, canary: str) -> list[str]:
    """Name the files of the server that hold the canary."""
    folder = server.database.parent
    return [file.name for file in folder.iterdir() if canary.encode() in _bytes(file)]


def _bytes(file: Path) -> bytes:
    return file.read_bytes() if file.is_file() else b""


async def use_every_way_in(handle: WorkflowHandle[Any, Any], canary: str) -> None:
    """Send the canary by each kind of message, good and bad."""
    with contextlib.suppress(WorkflowUpdateFailedError):
        await handle.execute_update("approve", {"reason": "R-1", "note": canary})
    with contextlib.suppress(WorkflowUpdateFailedError):
        await handle.execute_update("aprove", canary)
    await handle.execute_update("approve", {"reason": canary})
    await handle.signal("approve", args=[canary, canary])
    await handle.signal("aprove", canary)
    await handle.signal("stop", canary)
    await handle.result()


async def test_no_message_is_stored_readable(
    temporal_server: EmbeddedTemporal, client: Client, run_worker: RunWorker
) -> None:
    """Inputs of start, updates and signals, memo and summary are on disk encrypted only."""
    async with run_worker([Probe]) as task_queue:
        handle = await client.start_workflow(
            Probe.run,
            {"reason": CANARY},
            id=f"secret-{task_queue}",
            task_queue=task_queue,
            memo={"note": CANARY},
            static_summary=CANARY,
        )
        await use_every_way_in(handle, CANARY)
    assert found(temporal_server, CANARY) == []


async def test_the_search_would_find_it(temporal_server: EmbeddedTemporal) -> None:
    """The same search finds a canary that was sent without the codec (control)."""
    plain = await Client.connect(temporal_server.address)
    await plain.start_workflow("Nobody", IN_CLEAR, id="in-clear", task_queue="nobody")
    assert found(temporal_server, IN_CLEAR)


async def test_a_failing_library_stores_no_content(
    temporal_server: EmbeddedTemporal, client: Client, run_worker: RunWorker
) -> None:
    """An exception that quotes a value leaves neither the value nor a path on disk."""
    async with run_worker([Failing], [fail_with_content]) as task_queue:
        with pytest.raises(WorkflowFailureError):
            await client.execute_workflow(
                Failing.run, id=f"failing-{task_queue}", task_queue=task_queue
            )
    await asyncio.sleep(0)
    assert found(temporal_server, "canary.failure") == []
    assert found(temporal_server, "probe.py") == []
