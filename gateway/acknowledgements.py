"""Storing a provider's word, once, for the workflow of its direction."""

import asyncio

from domain.decisions.direction import ACKNOWLEDGED
from domain.ids import is_request_id, request_of
from gateway import engine_calls
from gateway.links import connection_of
from gateway.parts import GatewayParts
from providers.acknowledging import facts_of
from providers.kept import keep
from providers.protocol import Acknowledgement
from records import ledger

PAUSE_SECONDS = 0.1


async def is_directed(parts: GatewayParts, direction_id: str) -> bool:
    """Tell from Postgres alone whether a direction exists; waits a moment for a very new one.

    A provider may answer before the record of its direction is written.
    """
    if not is_request_id(request_of(direction_id)):
        return False
    for _ in range(parts.settings.direction_looks - 1):
        if await _stands(parts, direction_id):
            return True
        await asyncio.sleep(PAUSE_SECONDS)
    return await _stands(parts, direction_id)


async def store(parts: GatewayParts, word: Acknowledgement, raw_body: bytes) -> bool:
    """Store a verified word with its exact bytes and what verified them; tell its workflow.

    Returns whether it is news.

    Raises:
        VaultError: the request's data was destroyed at the end of its retention.
    """
    return await engine_calls.leave(
        parts,
        word.direction_id,
        ACKNOWLEDGED,
        facts_of(word),
        keep(raw_body, word.evidence),
        once_key=word.once_key,
    )


async def _stands(parts: GatewayParts, stream: str) -> bool:
    async with connection_of(parts) as connection:
        return (await ledger.head(connection, stream)).n > 0
