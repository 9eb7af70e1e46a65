"""The daily workflows run on a real server by their schedules."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import Client, WorkflowFailureError

from activities.checkpointing import Checkpointing
from records import checkpoints, ledger
from records.pool import create_pool
from records.signing import Signer
from tests.records.chains import entries
from tests.workers.temporal.conftest import RunWorker
from workers.schedules import DAILY, ensure_daily_schedules
from workflows.checkpoints import LedgerCheckpoint
from workflows.upkeep import CheckpointTaken

SIGNER = Signer(bytes(range(32)))


async def test_every_daily_workflow_has_a_schedule(client: Client) -> None:
    """Each is started once a day, however often a worker starts."""
    for _ in range(2):
        await ensure_daily_schedules(client, "daily")
    for schedule_id, workflow in DAILY.items():
        handle = client.get_schedule_handle(schedule_id)
        schedule = (await handle.describe()).schedule
        await handle.delete()
        assert schedule.spec.intervals[0].every == timedelta(days=1)
        assert getattr(schedule.action, "workflow", "") == workflow


async def test_the_checkpoint_workflow_signs_and_refuses_damage(
    client: Client, run_worker: RunWorker, database: str
) -> None:
    """It names the checkpoint it took; over a damaged ledger it fails at once and takes none."""
    pool = await create_pool(database)
    async with (
        pool.acquire() as conn,
        run_worker([LedgerCheckpoint], [Checkpointing(pool, SIGNER).take_checkpoint]) as task_queue,
    ):
        await ledger.append(conn, "PR-4106-105S", "0" * 64, entries("PR-4106-105S", [1, 2]))
        taken = await client.execute_workflow(
            LedgerCheckpoint.run, id="checkpoint-sound", task_queue=task_queue
        )
        stored = await checkpoints.newest(conn)
        assert stored is not None
        assert taken == CheckpointTaken(n=1, hash=stored.hash, moved=1)
        assert abs(stored.taken_at - datetime.now(UTC)) < timedelta(minutes=1)
        await conn.execute("ALTER TABLE privacy.stream_head DISABLE TRIGGER ALL")
        await conn.execute("UPDATE privacy.stream_head SET n = 7")
        async with asyncio.timeout(20):
            with pytest.raises(WorkflowFailureError):
                await client.execute_workflow(
                    LedgerCheckpoint.run, id="checkpoint-damaged", task_queue=task_queue
                )
        assert await checkpoints.newest(conn) == stored
    await pool.close()
