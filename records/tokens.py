"""Tokens of links in letters: single-use, expiring, stored as hashes only."""

import secrets
from datetime import datetime
from hashlib import sha256

from pydantic import AwareDatetime

from domain.ids import ALPHABET
from records.connection import Connection, rows_changed
from records.model import Record

TOKEN_BYTES = 32

CODE_LENGTH = 12
"""Characters of a token that is printed and typed: 60 bits, of an alphabet without look-alikes."""

_TYPED_AS = str.maketrans("OIL", "011")


class Token(Record):
    """What a link is for. Whether it has expired is judged by business time, by the reader."""

    hash: str
    request_id: str
    stream: str
    letter_n: int
    purpose: str
    expires_at: AwareDatetime
    revoked_at: AwareDatetime | None
    used: bool

    @property
    def once_key(self) -> str:
        """The once-only key of the inbox row that uses this token up."""
        return once_key(self.hash)


def once_key(token_hash: str) -> str:
    """Return the inbox's once-only key for the token with that hash."""
    return f"token:{token_hash}"


async def issue(
    conn: Connection,
    request_id: str,
    stream: str,
    purpose: str,
    expires_at: datetime,
    letter_n: int,
    *,
    printed: bool = False,
) -> str:
    """Create a token for a letter's link and return it in clear, for the only time.

    A ``printed`` one is short enough to be typed from paper.

    Issue it in the transaction that vaults the letter's body, which then is its only copy.
    """
    plaintext = _code() if printed else secrets.token_urlsafe(TOKEN_BYTES)
    await conn.execute(
        "INSERT INTO privacy.token (hash, request_id, stream, letter_n, purpose, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        _hash(plaintext),
        request_id,
        stream,
        letter_n,
        purpose,
        expires_at,
    )
    return plaintext


async def look_up(conn: Connection, plaintext: str) -> Token | None:
    """Return what a link's token stands for, used, revoked and expired ones included."""
    return await find(conn, _hash(plaintext))


async def find(conn: Connection, token_hash: str) -> Token | None:
    """Return a token by its hash."""
    row = await conn.fetchrow(
        "SELECT hash, request_id, stream, letter_n, purpose, expires_at, revoked_at,"
        " EXISTS (SELECT FROM privacy.inbox WHERE once_key = $2) AS used"
        " FROM privacy.token WHERE hash = $1",
        token_hash,
        once_key(token_hash),
    )
    return Token.model_validate(dict(row)) if row else None


async def channel_of(conn: Connection, key: str) -> str:
    """Return how the letter went out whose token has a once-only key: ``email`` or ``post``."""
    channel: str | None = await conn.fetchval(
        "SELECT o.channel FROM privacy.token t JOIN privacy.outbox o"
        " ON o.stream = t.stream AND o.n = t.letter_n WHERE t.hash = $1",
        key.removeprefix(once_key("")),
    )
    return channel or "email"


async def stands(conn: Connection, key: str) -> bool:
    """Tell whether the token that a once-only key begins with was never revoked."""
    token = await find(conn, key.removeprefix(once_key("")).partition(":")[0])
    return token is None or token.revoked_at is None


async def newest(conn: Connection, request_id: str, purpose: str) -> Token | None:
    """Return the token of the last letter that brought a link for ``purpose``."""
    token_hash = await conn.fetchval(
        "SELECT hash FROM privacy.token WHERE request_id = $1 AND purpose = $2"
        " ORDER BY letter_n DESC LIMIT 1",
        request_id,
        purpose,
    )
    return await find(conn, token_hash) if token_hash else None


async def of_letter(
    conn: Connection, stream: str, letter_n: int
) -> tuple[tuple[str, ...], datetime | None]:
    """Return what a letter's links were for, and when the last of them ends."""
    rows = await conn.fetch(
        "SELECT purpose, expires_at FROM privacy.token WHERE stream = $1 AND letter_n = $2"
        " ORDER BY purpose",
        stream,
        letter_n,
    )
    ends = [row["expires_at"] for row in rows]
    return tuple(dict.fromkeys(str(row["purpose"]) for row in rows)), max(ends, default=None)


async def revoke(
    conn: Connection, request_id: str, now: datetime, purpose: str | None = None
) -> int:
    """Revoke every link of a request, or those for one purpose; return how many were still good."""
    tag = await conn.execute(
        "UPDATE privacy.token SET revoked_at = $2 WHERE request_id = $1 AND revoked_at IS NULL"
        " AND ($3::text IS NULL OR purpose = $3)",
        request_id,
        now,
        purpose,
    )
    return rows_changed(tag)


async def revoke_handed_over(conn: Connection, request_id: str, now: datetime) -> int:
    """Revoke the links that may be in anybody's hands: those of all letters but unsent ones.

    Return how many were still good.
    """
    tag = await conn.execute(
        "UPDATE privacy.token t SET revoked_at = $2 WHERE request_id = $1 AND revoked_at IS NULL"
        " AND NOT EXISTS (SELECT FROM privacy.outbox o WHERE o.stream = t.stream"
        " AND o.n = t.letter_n AND o.status IN ('waiting', 'deferred', 'queued'))",
        request_id,
        now,
    )
    return rows_changed(tag)


def in_groups(code: str) -> str:
    """Return a printed token as people read it: ``7K3M-9QXZ-1ABC``."""
    return "-".join(code[place : place + 4] for place in range(0, len(code), 4))


def typed(text: str) -> str:
    """Return the token that somebody typed, whatever they made of its dashes and look-alikes."""
    return "".join(one for one in text.upper().translate(_TYPED_AS) if one in ALPHABET)


def _code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def _hash(plaintext: str) -> str:
    return sha256(plaintext.encode(errors="surrogatepass")).hexdigest()
