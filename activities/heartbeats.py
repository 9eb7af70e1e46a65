"""Signs of life from a long step, while it waits and while it works."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio import activity

SECONDS = 15.0


@asynccontextmanager
async def alive() -> AsyncIterator[None]:
    """Report to the server regularly until the work inside ends; it is cancelled when asked to."""

    async def beat() -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(SECONDS)

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
