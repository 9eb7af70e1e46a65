"""Exporting evidence is itself on record, in the request's outside stream."""

from collections.abc import Collection
from datetime import datetime

import asyncpg

from domain.events import Actor
from domain.outside import EvidenceExported
from records import requests
from records.outside import note_outside
from records.signing import Signer
from records.vault import Vault
from workers.evidence.collecting import NoSuchRequest, be_guarded, collect
from workers.evidence.writing import archive


async def export(
    conn: asyncpg.Connection,
    vault: Vault,
    signer: Signer,
    trusted: Collection[bytes],
    request_id: str,
    *,
    staff_id: str,
    now: datetime,
) -> bytes:
    """Record who exports, then return the request's evidence as a signed archive.

    Raises what ``collect`` and ``be_guarded`` raise.
    """
    if await requests.find(conn, request_id) is None:
        raise NoSuchRequest(f"no request {request_id} is registered; check the id")
    await be_guarded(conn)
    await note_outside(conn, request_id, EvidenceExported(actor=Actor(id=staff_id)), now)
    pack = await collect(conn, vault, request_id)
    return archive(pack, signer, trusted, now)
