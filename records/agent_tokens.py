"""Pairing with agents' software: one live token for each agent; messages used once."""

import secrets
from datetime import datetime
from hashlib import sha256

from pydantic import AwareDatetime

from records.connection import Connection
from records.model import Record

TOKEN_BYTES = 32


class Pairing(Record):
    """An agent's live token without its secret, and the key that it was paired under."""

    agent_id: str
    key_fingerprint: str
    issued_at: AwareDatetime


_PAIRING = f"SELECT {', '.join(Pairing.model_fields)} FROM privacy.agent_token "


async def pair(conn: Connection, agent_id: str, key_fingerprint: str, now: datetime) -> str:
    """Return a new token in clear, for the only time; the agent's earlier one ends."""
    plaintext = secrets.token_urlsafe(TOKEN_BYTES)
    await conn.execute(
        "INSERT INTO privacy.agent_token (agent_id, token_hash, key_fingerprint, issued_at)"
        " VALUES ($1, $2, $3, $4) ON CONFLICT (agent_id) DO UPDATE SET"
        " token_hash = excluded.token_hash, key_fingerprint = excluded.key_fingerprint,"
        " issued_at = excluded.issued_at",
        agent_id,
        _hash(plaintext),
        key_fingerprint,
        now,
    )
    return plaintext


async def holder(conn: Connection, presented: str) -> Pairing | None:
    """Return whose live token was presented."""
    row = await conn.fetchrow(_PAIRING + "WHERE token_hash = $1", _hash(presented))
    return Pairing.model_validate(dict(row)) if row else None


async def pairings(conn: Connection) -> list[Pairing]:
    """Return every live pairing, by agent."""
    rows = await conn.fetch(_PAIRING + "ORDER BY agent_id")
    return [Pairing.model_validate(dict(row)) for row in rows]


async def unpair(conn: Connection, agent_id: str) -> bool:
    """End an agent's token; tell whether it had one. Only the owner of the tables may."""
    ended = await conn.fetchval(
        "DELETE FROM privacy.agent_token WHERE agent_id = $1 RETURNING 1", agent_id
    )
    return bool(ended)


async def use_once(conn: Connection, digest: str, expires_at: datetime, now: datetime) -> bool:
    """Use a signed message up, and tell whether it was new.

    What has expired is forgotten: its own date refuses it from then on.
    """
    await conn.execute("DELETE FROM privacy.agent_message WHERE expires_at < $1", now)
    fresh = await conn.fetchval(
        "INSERT INTO privacy.agent_message (digest, expires_at) VALUES ($1, $2)"
        " ON CONFLICT DO NOTHING RETURNING 1",
        digest,
        expires_at,
    )
    return bool(fresh)


def _hash(plaintext: str) -> str:
    return sha256(plaintext.encode(errors="surrogatepass")).hexdigest()
