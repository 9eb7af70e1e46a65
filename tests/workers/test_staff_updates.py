"""What becomes of a staff action that a command line sent, where no workflow answers."""

from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio.client import Client

from workers.stack.temporal import EmbeddedTemporal
from workers.staff_updates import NoSuchWorkflow, NotCarriedOut, send_update

MESSAGE = {"decided_by": "r.moss"}


async def test_without_a_worker_nobody_waits_for_ever(temporal_server: EmbeddedTemporal) -> None:
    """They are told that it may yet be carried out, and what to look at first."""
    client = await Client.connect(temporal_server.address)
    unserved = await client.start_workflow(
        "ConsumerRequest", id=f"unserved-{uuid4()}", task_queue=f"unserved-{uuid4()}"
    )
    with pytest.raises(NotCarriedOut, match=r"No worker took it within 1 sec.*may still be"):
        await send_update(client, unserved.id, "approve", MESSAGE, timedelta(seconds=1))
    await unserved.terminate()


async def test_what_does_not_run_is_told_from_what_does_not_answer(
    temporal_server: EmbeddedTemporal,
) -> None:
    """A number mistyped is named as such."""
    client = await Client.connect(temporal_server.address)
    with pytest.raises(NoSuchWorkflow, match="No open request"):
        await send_update(client, f"PR-{uuid4()}", "approve", MESSAGE)
