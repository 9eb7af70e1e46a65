"""Copies that providers returned, as they stand in the vault until a package is built of them."""

from itertools import groupby
from operator import attrgetter

from activities.direction_streams import read_request
from datamap.disclosure import Returned
from records.connection import Connection
from records.vault import StoredKind, Vault

_PREFIX = "copy."


def place_of(provider: str) -> str:
    """Name the vault's kind of a provider's copies.

    Its number is the inbox row of the acknowledgement that pointed to it.
    """
    return _PREFIX + provider


async def kept_copies(conn: Connection, vault: Vault, request_id: str) -> list[StoredKind]:
    """Say which copies were fetched for a request, by provider and in the order they came."""
    kinds = await vault.kinds(conn, request_id)
    return [one for one in kinds if one.kind.startswith(_PREFIX)]


async def returned_copies(conn: Connection, vault: Vault, request_id: str) -> list[Returned]:
    """Return what each provider has returned of the person's data."""
    kept = await kept_copies(conn, vault, request_id)
    if not kept:
        return []
    known = (await read_request(conn, request_id)).providers or {}
    returned = []
    for kind, of_one in groupby(kept, key=attrgetter("kind")):
        provider = kind.removeprefix(_PREFIX)
        bodies = [await vault.get(conn, request_id, kind, one.n) for one in of_one]
        returned.append(Returned(provider, known[provider].name, tuple(bodies)))
    return returned
