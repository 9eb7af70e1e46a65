"""Telling the engine, best effort: what is stored is found by the sweep if the engine is away."""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any

import structlog

from domain.ids import request_of
from gateway.links import connection_of
from gateway.parts import GatewayParts
from records import inbox

log = structlog.get_logger("gateway.engine")


async def start(parts: GatewayParts, request_id: str) -> None:
    """Start the workflow of a request that was just registered. Never raises."""
    await _try(parts, "start", parts.engine.start(request_id), request_id)


async def deliver(parts: GatewayParts, stream: str, row_id: int) -> None:
    """Tell the workflow of ``stream`` about a fresh inbox row. Never raises."""
    await _try(parts, "deliver", parts.engine.deliver(stream, row_id), stream)


async def leave(
    parts: GatewayParts,
    stream: str,
    kind: str,
    facts: Mapping[str, Any],
    evidence: bytes | None,
    *,
    once_key: str,
) -> bool:
    """Store a message once and tell the workflow of its stream; return whether it is news.

    Raises:
        VaultError: the request's data was destroyed at the end of its retention.
    """
    async with connection_of(parts) as connection:
        receipt = await inbox.receive(
            connection,
            parts.vault,
            once_key=once_key,
            request_id=request_of(stream),
            stream=stream,
            kind=kind,
            facts=facts,
            evidence=evidence,
            now=parts.now(),
        )
    if receipt.fresh:
        await deliver(parts, stream, receipt.row_id)
    return receipt.fresh


async def _try(parts: GatewayParts, what: str, call: Awaitable[None], whom: str) -> None:
    try:
        async with asyncio.timeout(parts.settings.engine_seconds):
            await call
    except Exception as fault:
        log.warning("left_to_the_sweep", call=what, stream=whom, fault=type(fault).__name__)
