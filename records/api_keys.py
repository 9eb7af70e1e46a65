"""API keys of intake clients: scoped, revocable, kept as hashes."""

import hmac
import re
import secrets
from collections.abc import Collection
from datetime import datetime
from hashlib import sha256

from pydantic import AwareDatetime

from records.connection import Connection, Row
from records.model import Record

PREFIX = "pk"
ID_BYTES = 6
SECRET_BYTES = 32
_FORM = re.compile(rf"{PREFIX}_([0-9a-f]{{{2 * ID_BYTES}}})_([A-Za-z0-9_-]{{1,100}})")
_NO_HASH = sha256(b"").hexdigest()


class ApiKey(Record):
    """A key without its secret."""

    key_id: str
    client: str
    scopes: frozenset[str]
    added_at: AwareDatetime
    revoked_at: AwareDatetime | None

    def may(self, scope: str) -> bool:
        """Tell whether the key was given that scope."""
        return scope in self.scopes


_KEY = f"SELECT {', '.join(ApiKey.model_fields)}, secret_hash FROM privacy.api_key "


async def add(conn: Connection, client: str, scopes: Collection[str], now: datetime) -> str:
    """Create a key for a client and return it in clear, for the only time: ``pk_<id>_<secret>``."""
    key_id = secrets.token_hex(ID_BYTES)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    await conn.execute(
        "INSERT INTO privacy.api_key (key_id, client, secret_hash, scopes, added_at)"
        " VALUES ($1, $2, $3, $4, $5)",
        key_id,
        client,
        _hash(secret),
        sorted(scopes),
        now,
    )
    return f"{PREFIX}_{key_id}_{secret}"


async def check(conn: Connection, presented: str) -> ApiKey | None:
    """Return the key that was presented, or ``None`` when it is unknown, wrong or revoked.

    The secret is compared in constant time, for an unknown id as well.
    """
    form = _FORM.fullmatch(presented)
    key_id, secret = form.groups() if form else ("", "")
    row = await conn.fetchrow(_KEY + "WHERE key_id = $1", key_id)
    expected = row["secret_hash"] if row else _NO_HASH
    right = hmac.compare_digest(_hash(secret), expected)
    if row is None or not right or row["revoked_at"] is not None:
        return None
    return _key(row)


async def revoke(conn: Connection, key_id: str, now: datetime) -> bool:
    """Revoke a key and tell whether it was good."""
    revoked = await conn.fetchval(
        "UPDATE privacy.api_key SET revoked_at = $2"
        " WHERE key_id = $1 AND revoked_at IS NULL RETURNING 1",
        key_id,
        now,
    )
    return bool(revoked)


async def every(conn: Connection) -> list[ApiKey]:
    """Return all keys, revoked ones included, by client."""
    rows = await conn.fetch(_KEY + "ORDER BY client, added_at, key_id")
    return [_key(row) for row in rows]


def _key(row: Row) -> ApiKey:
    return ApiKey.model_validate({name: row[name] for name in ApiKey.model_fields})


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
