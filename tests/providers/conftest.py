"""Real HTTP on loopback for every test of this folder."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from providers.credentials import Credentials
from providers.outgoing import LOOPBACK, Outgoing
from tests.providers.support import OTHER_SECRET, SECRET, AsgiApp, Serve, serving


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Give a function that serves an ASGI application until the test ends."""
    async with AsyncExitStack() as stack:

        async def start(app: AsgiApp, **options: Any) -> str:
            return await stack.enter_async_context(serving(app, **options))

        yield start


@pytest.fixture
async def outgoing() -> AsyncIterator[Outgoing]:
    """Give a guarded client that may reach loopback."""
    client = Outgoing(LOOPBACK)
    yield client
    await client.aclose()


@pytest.fixture
def credentials() -> Credentials:
    """Give the secrets that the registries below refer to."""
    return Credentials({"SECRET": SECRET, "OTHER_SECRET": OTHER_SECRET})
