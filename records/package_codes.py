"""One-time codes for fetching a package: drawn for a link, mailed to the verified address (KNO-07).

Only a keyed hash is stored here; the code in clear stands in the vault until its letter is out.
"""

import hmac
import secrets
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from records.connection import Connection
from records.keyring import Keyring

DIGITS = 8

_PURPOSE = "package code"


class Drawn(NamedTuple):
    """A fresh code, in clear for the only time, and how many were drawn for its link by now."""

    code: str
    n: int


class Verdict(StrEnum):
    """What a typed code is worth."""

    RIGHT = "right"
    WRONG = "wrong"
    EXPIRED = "expired"
    SPENT = "spent"
    NONE = "none"


class Standing(NamedTuple):
    """The newest code of a link, and whether a code can be typed for it."""

    n: int
    usable: bool


async def draw(
    conn: Connection,
    keyring: Keyring,
    token_hash: str,
    *,
    most: int,
    now: datetime,
    expires_at: datetime,
) -> Drawn | None:
    """Draw a code for a link; earlier ones are void. None: ``most`` were drawn for it before.

    None too when somebody else draws one at this moment.
    """
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    n = await conn.fetchval(
        "INSERT INTO privacy.package_code (token_hash, n, digest, issued_at, expires_at)"
        " SELECT $1, count(*) + 1, $2, $3, $4 FROM privacy.package_code WHERE token_hash = $1"
        " HAVING count(*) < $5 ON CONFLICT DO NOTHING RETURNING n",
        token_hash,
        keyring.digest(_PURPOSE, _bound(token_hash, code)),
        now,
        expires_at,
        most,
    )
    return None if n is None else Drawn(code, n)


async def standing(
    conn: Connection, token_hash: str, *, most_attempts: int, now: datetime
) -> Standing:
    """Return how a link's newest code stands; number 0 if none was drawn."""
    row = await conn.fetchrow(
        "SELECT n, used_at IS NULL AND attempts < $2 AND expires_at > $3 AS usable"
        " FROM privacy.package_code WHERE token_hash = $1 ORDER BY n DESC LIMIT 1",
        token_hash,
        most_attempts,
        now,
    )
    return Standing(row["n"], row["usable"]) if row else Standing(0, usable=False)


async def redeem(
    conn: Connection,
    keyring: Keyring,
    token_hash: str,
    given: str,
    *,
    most_attempts: int,
    now: datetime,
) -> Verdict:
    """Judge a typed code, and use it up if it is right: of two at once only one is.

    Every call counts as an attempt. The comparison takes the same time for every wrong code.
    """
    digits = "".join(sign for sign in given if sign.isascii() and sign.isdigit())
    async with conn.transaction():
        row = await conn.fetchrow(
            "UPDATE privacy.package_code SET attempts = attempts + 1 WHERE token_hash = $1"
            " AND n = (SELECT max(n) FROM privacy.package_code WHERE token_hash = $1)"
            " AND used_at IS NULL AND attempts < $2 AND expires_at > $3 RETURNING n, digest",
            token_hash,
            most_attempts,
            now,
        )
        if row is None:
            return await _why_not(conn, token_hash, now)
        digests = keyring.digests(_PURPOSE, _bound(token_hash, digits))
        equal = [hmac.compare_digest(row["digest"], digest) for digest in digests]
        if not any(equal):
            return Verdict.WRONG
        await conn.execute(
            "UPDATE privacy.package_code SET used_at = $3 WHERE token_hash = $1 AND n = $2",
            token_hash,
            row["n"],
            now,
        )
    return Verdict.RIGHT


async def _why_not(conn: Connection, token_hash: str, now: datetime) -> Verdict:
    row = await conn.fetchrow(
        "SELECT expires_at <= $2 AND used_at IS NULL AS expired FROM privacy.package_code"
        " WHERE token_hash = $1 ORDER BY n DESC LIMIT 1",
        token_hash,
        now,
    )
    if row is None:
        return Verdict.NONE
    return Verdict.EXPIRED if row["expired"] else Verdict.SPENT


def _bound(token_hash: str, code: str) -> bytes:
    return f"{token_hash}\n{code}".encode()
