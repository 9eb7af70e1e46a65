"""The suppression list: who must stay deleted, unsold, unmailed (DEL-13, OPT-01, REQ-10).

It holds keyed hashes only. An old key must be kept for as long as hashes under it stand (REC-06),
for nobody can hash again what is not kept.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from records.connection import Connection, rows_changed
from records.identities import Identity, digest, digests
from records.keyring import Keyring

_PURPOSE = "suppression"


class Scope(StrEnum):
    """What a suppressed person is kept from."""

    DELETION = "deletion"
    SALE_SHARING = "sale_sharing"
    SENSITIVE_DATA = "sensitive_data"
    MARKETING = "marketing"


async def suppress(
    conn: Connection,
    keyring: Keyring,
    scope: Scope,
    identities: Iterable[Identity],
    *,
    request_id: str | None,
    now: datetime,
) -> int:
    """Put identities on the list and return how many were not there; the first date stays."""
    before = [each for each in identities if not await is_suppressed(conn, keyring, scope, each)]
    hashes = sorted({digest(keyring, _PURPOSE, identity) for identity in before})
    tag = await conn.execute(
        "INSERT INTO privacy.suppression (scope, identity_hash, request_id, since)"
        " SELECT $1, hash, $3, $4 FROM unnest($2::text[]) AS hash ON CONFLICT DO NOTHING",
        scope,
        hashes,
        request_id,
        now,
    )
    return rows_changed(tag)


async def is_suppressed(
    conn: Connection, keyring: Keyring, scope: Scope, identity: Identity
) -> bool:
    """Tell whether an identity is on the list, under whatever key it was put there."""
    found: bool = await conn.fetchval(
        "SELECT EXISTS (SELECT FROM privacy.suppression"
        " WHERE scope = $1 AND identity_hash = ANY($2::text[]))",
        scope,
        digests(keyring, _PURPOSE, identity),
    )
    return found


async def listed(
    conn: Connection, keyring: Keyring, identities: Sequence[Identity]
) -> list[frozenset[Scope]]:
    """Say for each identity what it is suppressed for, in one look; for import jobs (DEL-13).

    A row to import is to be left out when its address or its number is listed for the purpose of
    the import, and always for ``Scope.DELETION``. Give some thousand at a time.
    """
    hashes = [digests(keyring, _PURPOSE, identity) for identity in identities]
    rows = await conn.fetch(
        "SELECT scope, identity_hash FROM privacy.suppression"
        " WHERE identity_hash = ANY($1::text[])",
        [each for several in hashes for each in several],
    )
    scopes: dict[str, set[Scope]] = {}
    for row in rows:
        scopes.setdefault(row["identity_hash"], set()).add(Scope(row["scope"]))
    return [
        frozenset(scope for each in several for scope in scopes.get(each, ())) for several in hashes
    ]


async def suppressed_since(
    conn: Connection, keyring: Keyring, identity: Identity
) -> dict[Scope, datetime]:
    """Return on which lists an identity is, and since when (OPT-04)."""
    rows = await conn.fetch(
        "SELECT scope, min(since) AS since FROM privacy.suppression"
        " WHERE identity_hash = ANY($1::text[]) GROUP BY scope",
        digests(keyring, _PURPOSE, identity),
    )
    return {Scope(row["scope"]): row["since"] for row in rows}


async def withdraw(conn: Connection, scope: Scope, request_id: str) -> int:
    """Take off the list what one request put there, and return how many entries went (DEL-17)."""
    tag = await conn.execute(
        "DELETE FROM privacy.suppression WHERE scope = $1 AND request_id = $2", scope, request_id
    )
    return rows_changed(tag)


async def remove(
    conn: Connection, keyring: Keyring, scope: Scope, identities: Iterable[Identity]
) -> int:
    """Take identities off the list and return how many entries went."""
    hashes = [each for one in identities for each in digests(keyring, _PURPOSE, one)]
    tag = await conn.execute(
        "DELETE FROM privacy.suppression WHERE scope = $1 AND identity_hash = ANY($2::text[])",
        scope,
        hashes,
    )
    return rows_changed(tag)
