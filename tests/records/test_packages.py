"""Packages: whole or not at all, unreadable in the tables, gone when they are purged."""

from datetime import timedelta

import asyncpg
import pytest

from records import holds, packages
from records.holds import Hold
from records.keyring import Tampered
from records.packages import Kind, PackageGone, StoredPackage, Superseded
from records.vault import Shredded, UnderHold, Vault
from tests.records.conftest import NOW

HASH = "ab" * 32
CHUNKS = [b"canary-one" * 9, b"canary-two", b"canary-three"]


async def stored(
    conn: asyncpg.Connection, vault: Vault, request_id: str, made_of: str = HASH
) -> StoredPackage:
    """Store a package of three chunks."""
    writing = await packages.begin(conn, vault, request_id, Kind.PACKAGE, made_of, NOW)
    for number, chunk in enumerate(CHUNKS):
        assert await writing.put(chunk) == number
    return await writing.finish(content_hash=HASH, size=99, facts={"rows": {}}, now=NOW)


async def content(
    conn: asyncpg.Connection, vault: Vault, package: StoredPackage, *run: int
) -> list[bytes]:
    """Read a package, or a run of its chunks."""
    key = await vault.data_key(conn, package.request_id)
    return [chunk async for chunk in packages.read(conn, key, package, *run)]


async def test_what_is_stored_is_read_and_stands_nowhere_in_clear(
    conn: asyncpg.Connection, vault: Vault, request_id: str
) -> None:
    """Chunks come back in order, whole or in runs; the tables hold no readable byte of them."""
    package = await stored(conn, vault, request_id)
    assert await content(conn, vault, package) == CHUNKS
    assert await content(conn, vault, package, 1, 1) == CHUNKS[1:2]
    assert await packages.find_made(conn, request_id, Kind.PACKAGE, HASH) == package
    rows = await conn.fetch("SELECT ciphertext FROM privacy.package_chunk")
    assert not [row for row in rows if b"canary" in row["ciphertext"]]


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE privacy.package_chunk SET ciphertext = ciphertext || '\\x00' WHERE n = 1",
        "UPDATE privacy.package_chunk a SET ciphertext = b.ciphertext"
        " FROM privacy.package_chunk b WHERE a.n + b.n = 1",
        "DELETE FROM privacy.package_chunk WHERE n = 1",
        "DELETE FROM privacy.package_chunk WHERE n = 2;"
        " ALTER TABLE privacy.package DISABLE TRIGGER USER; UPDATE privacy.package SET chunks = 2",
    ],
    ids=["changed", "swapped", "missing", "cut off"],
)
async def test_a_changed_package_does_not_open(
    conn: asyncpg.Connection, vault: Vault, request_id: str, tamper: str
) -> None:
    """A chunk that was changed, moved, lost or cut off at the end is noticed."""
    await stored(conn, vault, request_id)
    await conn.execute(tamper)
    package = await packages.latest(conn, request_id, Kind.PACKAGE)
    assert package is not None
    with pytest.raises(Tampered):
        await content(conn, vault, package)


async def test_an_unfinished_version_does_not_exist(
    conn: asyncpg.Connection, vault: Vault, request_id: str
) -> None:
    """Until it is finished nobody finds it; a second attempt takes its number, the first ends."""
    first = await packages.begin(conn, vault, request_id, Kind.PACKAGE, HASH, NOW)
    await first.put(b"one")
    await first.put(b"two")
    assert await packages.latest(conn, request_id, Kind.PACKAGE) is None
    again = await stored(conn, vault, request_id)
    assert again.version == 1
    with pytest.raises(Superseded):
        await first.put(b"three")
    with pytest.raises(Superseded):
        await first.finish(content_hash=HASH, size=9, facts={}, now=NOW)
    assert await content(conn, vault, again) == CHUNKS


async def test_only_a_released_version_goes_out(
    conn: asyncpg.Connection, vault: Vault, request_id: str
) -> None:
    """Of several versions the newest released one is handed out, not a newer one under review."""
    assert not await packages.release(conn, request_id, 1, NOW)
    for number in ("1", "2", "3"):
        await stored(conn, vault, request_id, number * 64)
    assert await packages.released(conn, request_id) is None
    assert await packages.release(conn, request_id, 2, NOW)
    found = await packages.released(conn, request_id)
    assert found is not None
    assert (found.version, found.released_at) == (2, NOW)


async def test_a_purge_leaves_hash_and_counts_only(
    conn: asyncpg.Connection, vault: Vault, request_id: str
) -> None:
    """KNO-07, REC-05: the content is gone, its hash stays, the next version has a new number."""
    package = await stored(conn, vault, request_id)
    await packages.release(conn, request_id, 1, NOW)
    assert await packages.purge(conn, request_id, NOW + timedelta(days=30)) == 1
    assert await packages.purge(conn, request_id, NOW + timedelta(days=31)) == 0
    assert await packages.released(conn, request_id) is None
    assert not await packages.release(conn, request_id, 1, NOW)
    assert await conn.fetchval("SELECT count(*) FROM privacy.package_chunk") == 0
    [kept] = await packages.versions(conn, request_id)
    assert (kept.content_hash, kept.purged_at) == (HASH, NOW + timedelta(days=30))
    with pytest.raises(PackageGone):
        await content(conn, vault, package)
    assert (await stored(conn, vault, request_id)).version == 2


async def test_what_nobody_purged_is_found(
    conn: asyncpg.Connection, vault: Vault, request_id: str
) -> None:
    """KNO-07: content older than it may be is named until it is purged, or held."""
    await stored(conn, vault, request_id)
    assert await packages.overdue(conn, NOW) == []
    assert await packages.overdue(conn, NOW + timedelta(days=44)) == [request_id]
    await packages.purge(conn, request_id, NOW)
    assert await packages.overdue(conn, NOW + timedelta(days=44)) == []


async def test_a_legal_hold_stops_the_purge(
    conn: asyncpg.Connection, vault: Vault, request_id: str
) -> None:
    """REC-06: nothing of a request under hold is dropped."""
    await stored(conn, vault, request_id)
    hold = Hold(
        hold_id="H-1", matter="M-1", request_id=request_id, placed_by="s.lee", placed_at=NOW
    )
    await holds.add(conn, hold)
    with pytest.raises(UnderHold):
        await packages.purge(conn, request_id, NOW)


async def test_shredding_the_key_drops_the_package(
    conn: asyncpg.Connection, vault: Vault, request_id: str
) -> None:
    """At retention's end packages go with the request's key."""
    package = await stored(conn, vault, request_id)
    await vault.shred(conn, request_id)
    assert await conn.fetchval("SELECT count(*) FROM privacy.package_chunk") == 0
    with pytest.raises(Shredded):
        await content(conn, vault, package)


async def test_a_finished_package_stays_as_it_is(
    conn: asyncpg.Connection, vault: Vault, request_id: str
) -> None:
    """Even the owner cannot change what a finished version says of itself, or take it away."""
    await stored(conn, vault, request_id)
    for statement in (
        "UPDATE privacy.package SET content_hash = repeat('0', 64)",
        "DELETE FROM privacy.package",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute(statement)
