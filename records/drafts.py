"""Requests that somebody began and means to go on with: readable by their link alone.

Here stand the hash of the link's token and what the token opens; a copy of the table opens nothing.
"""

import secrets
from datetime import datetime
from hashlib import sha256

from records.connection import Connection
from records.keyring import Tampered, decrypt, encrypt

TOKEN_BYTES = 32
_KEY = b"request draft\n"


def draw_token() -> str:
    """Return the token of a new draft, for its link."""
    return secrets.token_urlsafe(TOKEN_BYTES)


async def keep(conn: Connection, token: str, body: bytes, expires_at: datetime) -> None:
    """Keep what was typed, instead of what was kept under that token before."""
    name = _hash(token)
    await conn.execute(
        "INSERT INTO privacy.request_draft (hash, ciphertext, expires_at) VALUES ($1, $2, $3)"
        " ON CONFLICT (hash) DO UPDATE SET ciphertext = $2, expires_at = $3",
        name,
        encrypt(_key(token), body, name.encode()),
        expires_at,
    )


async def find(conn: Connection, token: str, now: datetime) -> bytes | None:
    """Return what was kept under a token, unless its time is over."""
    row = await conn.fetchrow(
        "SELECT ciphertext FROM privacy.request_draft WHERE hash = $1 AND expires_at > $2",
        _hash(token),
        now,
    )
    try:
        return decrypt(_key(token), row["ciphertext"], _hash(token).encode()) if row else None
    except Tampered:
        return None


async def drop(conn: Connection, token: str) -> None:
    """Forget a draft."""
    await conn.execute("DELETE FROM privacy.request_draft WHERE hash = $1", _hash(token))


async def drop_ended(conn: Connection, now: datetime) -> None:
    """Forget every draft whose time is over."""
    await conn.execute("DELETE FROM privacy.request_draft WHERE expires_at <= $1", now)


def _hash(token: str) -> str:
    return sha256(token.encode(errors="surrogatepass")).hexdigest()


def _key(token: str) -> bytes:
    # The token has 256 random bits, so that a plain hash of it is a key.
    return sha256(_KEY + token.encode(errors="surrogatepass")).digest()
