"""Telling the engine, best effort: what is stored is found by the sweep if the engine is away."""

import asyncio
from collections.abc import Awaitable

import structlog

from gateway.parts import GatewayParts

log = structlog.get_logger("gateway.engine")


async def start(parts: GatewayParts, request_id: str) -> None:
    """Start the workflow of a request that was just registered. Never raises."""
    await _try(parts, "start", parts.engine.start(request_id), request_id)


async def deliver(parts: GatewayParts, stream: str, row_id: int) -> None:
    """Tell the workflow of ``stream`` about a fresh inbox row. Never raises."""
    await _try(parts, "deliver", parts.engine.deliver(stream, row_id), stream)


async def _try(parts: GatewayParts, what: str, call: Awaitable[None], whom: str) -> None:
    try:
        async with asyncio.timeout(parts.settings.engine_seconds):
            await call
    except Exception as fault:
        log.warning("left_to_the_sweep", call=what, stream=whom, fault=type(fault).__name__)
