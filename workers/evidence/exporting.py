"""Exporting evidence is itself on record, in the request's outside stream."""

from collections.abc import Collection
from datetime import datetime

import asyncpg

from domain.chain import canonical
from domain.events import Actor, Event, Recorded
from domain.ids import outside_stream
from domain.outside import EvidenceExported
from records import ledger, requests
from records.connection import Connection
from records.signing import Signer
from records.vault import Vault
from workers.evidence.collecting import NoSuchRequest, collect
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

    Raises what ``collect`` raises.
    """
    if await requests.find(conn, request_id) is None:
        raise NoSuchRequest(f"no request {request_id} is registered; check the id")
    await note_outside(conn, request_id, EvidenceExported(actor=Actor(id=staff_id)), now)
    pack = await collect(conn, vault, request_id)
    return archive(pack, signer, trusted, now)


async def note_outside(conn: Connection, request_id: str, event: Event, now: datetime) -> None:
    """Append an event to the stream of what happens to a request outside its workflow."""
    stream = outside_stream(request_id)

    def body(n: int) -> bytes:
        return canonical(Recorded(n=n, at=now, event=event).document(stream))

    await ledger.append_next(conn, stream, body)
