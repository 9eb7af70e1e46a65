"""Serving the monitor beside a worker, in its process and its event loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette

from workers.web_server import CannotListen, WebServer

_START_SECONDS = 10


class MonitorNotServed(Exception):
    """The monitor could not listen; says where, and what to change."""


@asynccontextmanager
async def served(app: Starlette, host: str, port: int | None) -> AsyncIterator[None]:
    """Serve ``app`` while the body runs; without a port nothing is served.

    Raises:
        MonitorNotServed: the port is taken.
    """
    if port is None:
        yield
        return
    server = WebServer(
        uvicorn.Config(app, host=host, port=port, log_config=None, access_log=False, lifespan="off")
    )
    serving = asyncio.create_task(_serve(server))
    try:
        await _started(server, serving, f"{host}:{port}")
        yield
    finally:
        server.should_exit = True
        await asyncio.wait({serving})


async def _serve(server: WebServer) -> None:
    try:
        await server.serve()
    except CannotListen:
        return


async def _started(server: WebServer, serving: asyncio.Task[None], place: str) -> None:
    async with asyncio.timeout(_START_SECONDS):
        while not server.started:
            if serving.done():
                raise MonitorNotServed(
                    f"The monitor cannot listen at {place}. Another process may have the port: "
                    "set PRIVACY_METRICS_PORT to a free one."
                )
            await asyncio.sleep(0.02)
