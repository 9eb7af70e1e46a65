"""Serves the yardsticks: ``python -m tests.bench.yardstick_worker HOST:PORT``."""

import asyncio
import sys

from temporalio.client import Client
from temporalio.worker import Worker

from tests.bench.yardsticks import QUEUE, Yardstick, nothing
from workers.processes import run_process


async def serve(address: str, stop: asyncio.Event) -> None:
    """Serve until told to stop."""
    client = await Client.connect(address)
    async with Worker(client, task_queue=QUEUE, workflows=[Yardstick], activities=[nothing]):
        sys.stdout.write("serving\n")
        sys.stdout.flush()
        await stop.wait()


if __name__ == "__main__":
    run_process(lambda stop: serve(sys.argv[1], stop))
