"""A client, a worker and keys as every process of ours has them, on the session's server."""

import base64
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import Client

from workers.keys import KeySet
from workers.stack.temporal import EmbeddedTemporal
from workers.temporal.converter import data_converter
from workers.temporal.worker import build_worker

RunWorker = Callable[..., AbstractAsyncContextManager[str]]


def key_set(*ids: str) -> KeySet:
    """Make keys that depend on their ids only."""
    return KeySet.parse(
        ",".join(
            f"{name}:{base64.b64encode(name.encode().ljust(32, b'.')).decode()}" for name in ids
        )
    )


@pytest.fixture
def keys() -> KeySet:
    """Give one codec key."""
    return key_set("first")


@pytest.fixture
async def client(temporal_server: EmbeddedTemporal, keys: KeySet) -> Client:
    """Connect as our processes do."""
    return await Client.connect(temporal_server.address, data_converter=data_converter(keys))


@pytest.fixture
def run_worker(client: Client) -> RunWorker:
    """Give a context manager that runs a worker and tells its task queue."""

    @asynccontextmanager
    async def running(
        workflows: list[type], activities: list[Any] | None = None
    ) -> AsyncIterator[str]:
        task_queue = f"test-{uuid.uuid4()}"
        async with build_worker(
            client,
            task_queue,
            workflows,
            activities or [],
            grace=timedelta(seconds=0.2),
        ):
            yield task_queue

    return running
