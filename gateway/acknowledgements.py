"""Storing a provider's word, once, for the workflow of its direction (design, 4b)."""

import asyncio

from domain.decisions.direction import ACKNOWLEDGED
from domain.ids import is_request_id, request_of
from gateway import engine_calls
from gateway.links import connection_of
from gateway.parts import GatewayParts
from providers.acknowledging import facts_of
from providers.kept import keep
from providers.protocol import Acknowledgement
from records import inbox, ledger

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
    async with connection_of(parts) as connection:
        receipt = await inbox.receive(
            connection,
            parts.vault,
            once_key=word.once_key,
            request_id=request_of(word.direction_id),
            stream=word.direction_id,
            kind=ACKNOWLEDGED,
            facts=facts_of(word),
            evidence=keep(raw_body, word.evidence),
            now=parts.now(),
        )
    if receipt.fresh:
        await engine_calls.deliver(parts, word.direction_id, receipt.row_id)
    return receipt.fresh


async def _stands(parts: GatewayParts, stream: str) -> bool:
    async with connection_of(parts) as connection:
        return (await ledger.head(connection, stream)).n > 0
