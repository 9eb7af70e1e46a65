"""A checkpoint vouches for what the ledger was; whatever is rewritten later disagrees with it."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from psycopg.conninfo import conninfo_to_dict

from domain.chain import GENESIS, link
from records import checkpoints, ledger
from records.checkpoint_check import compare, verify
from records.checkpoints import LedgerUnsound
from records.signing import Signer
from tests.records.chains import entries, entry
from workers.stack.postgres import SUPERUSER, EmbeddedPostgres

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ANA, BEN = "PR-4106-105S", "PR-0000-0001"
SIGNER, OTHER = Signer(bytes(range(32))), Signer(bytes(32))


@pytest.fixture
async def rogue(
    postgres: EmbeddedPostgres, conn: asyncpg.Connection, database: str
) -> AsyncIterator[asyncpg.Connection]:
    """Connect as a superuser who has switched the triggers off."""
    name = str(conninfo_to_dict(database)["dbname"])
    connection = await asyncpg.connect(postgres.dsn(name, SUPERUSER))
    for table in ("ledger", "stream_head", "checkpoint", "checkpoint_head"):
        await connection.execute(f"ALTER TABLE privacy.{table} DISABLE TRIGGER ALL")
    await connection.execute("ALTER TABLE privacy.ledger ENABLE ALWAYS TRIGGER ledger_is_sealed")
    yield connection
    await connection.close()


async def grow(conn: asyncpg.Connection, stream: str, through: int) -> None:
    """Append events up to a number."""
    stands = await ledger.head(conn, stream)
    await ledger.append(
        conn, stream, stands.hash, entries(stream, range(stands.n + 1, through + 1))
    )


async def faults(conn: asyncpg.Connection, *trusted: bytes) -> list[str]:
    """Say what disagrees with the checkpoints."""
    return [str(fault) async for fault in verify(conn, trusted)]


async def rewrite_tail(rogue: asyncpg.Connection, stream: str, first: int) -> None:
    """Replace the events from ``first`` on, with right hashes and with the head row."""
    stands = await ledger.head(rogue, stream)
    before = await rogue.fetchval(
        "SELECT hash FROM privacy.ledger WHERE stream = $1 AND n = $2", stream, first - 1
    )
    await rogue.execute("DELETE FROM privacy.ledger WHERE stream = $1 AND n >= $2", stream, first)
    previous = before or GENESIS
    for n in range(first, stands.n + 1):
        body = entry(stream, n, "Forged").body
        await rogue.execute(
            "INSERT INTO privacy.ledger (stream, n, body, previous_hash, hash)"
            " VALUES ($1, $2, $3, $4, $5)",
            stream,
            n,
            body,
            previous,
            previous := link(previous, body),
        )
    await rogue.execute(
        "UPDATE privacy.stream_head SET hash = $2 WHERE stream = $1", stream, previous
    )


async def test_each_checkpoint_signs_what_moved_and_follows_the_one_before(
    conn: asyncpg.Connection,
) -> None:
    """The first covers every stream, the next the moved one alone, the one after that none."""
    await grow(conn, ANA, 3)
    await grow(conn, BEN, 1)
    first = await checkpoints.take(conn, SIGNER, NOW)
    await grow(conn, ANA, 5)
    second = await checkpoints.take(conn, SIGNER, NOW + DAY)
    third = await checkpoints.take(conn, SIGNER, NOW + 2 * DAY)
    assert [each.content["moved"] for each in (first, second, third)] == [2, 1, 0]
    assert (second.previous_hash, third.previous_hash) == (first.hash, second.hash)
    assert await checkpoints.newest(conn) == third
    assert await checkpoints.since(conn, 2) == [second, third]
    assert not await faults(conn, SIGNER.public_key)


async def test_a_tail_rewritten_with_its_head_row_is_named(
    conn: asyncpg.Connection, rogue: asyncpg.Connection
) -> None:
    """The chain alone looks whole; the checkpoint names the stream and the events."""
    await grow(conn, ANA, 2)
    await checkpoints.take(conn, SIGNER, NOW)
    await grow(conn, ANA, 5)
    await checkpoints.take(conn, SIGNER, NOW + DAY)
    await rewrite_tail(rogue, ANA, 4)
    assert not await ledger.verify_stream(conn, ANA)
    assert await faults(conn) == [
        f"checkpoint 2: {ANA}: an event from 3 to 5 was rewritten after it was signed "
        "at 2026-03-03 17:00 UTC"
    ]


async def test_a_stream_removed_with_its_head_row_is_named(
    conn: asyncpg.Connection, rogue: asyncpg.Connection
) -> None:
    """No row of it is left in the ledger, yet it is missed."""
    await grow(conn, ANA, 2)
    await grow(conn, BEN, 1)
    await checkpoints.take(conn, SIGNER, NOW)
    await rogue.execute("DELETE FROM privacy.ledger WHERE stream = $1", BEN)
    await rogue.execute("DELETE FROM privacy.stream_head WHERE stream = $1", BEN)
    [fault] = await faults(conn)
    assert f"{BEN}: event 1 was removed" in fault
    with pytest.raises(LedgerUnsound, match=BEN):
        await checkpoints.take(conn, SIGNER, NOW + DAY)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE privacy.ledger SET body = '{}' WHERE n = 4",
        "DELETE FROM privacy.ledger WHERE n = 4",
        "UPDATE privacy.stream_head SET hash = repeat('a', 64)",
        "UPDATE privacy.stream_head SET n = 2",
    ],
)
async def test_no_checkpoint_vouches_for_a_damaged_ledger(
    conn: asyncpg.Connection, rogue: asyncpg.Connection, damage: str
) -> None:
    """What was damaged since the last checkpoint is named instead of signed."""
    await grow(conn, ANA, 3)
    await checkpoints.take(conn, SIGNER, NOW)
    await grow(conn, ANA, 5)
    await rogue.execute(damage)
    with pytest.raises(LedgerUnsound, match=ANA):
        await checkpoints.take(conn, SIGNER, NOW + DAY)
    assert len(await checkpoints.since(conn, 1)) == 1


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        ("UPDATE privacy.checkpoint SET body = '{}' WHERE n = 2", "checkpoint 2: its content"),
        ("UPDATE privacy.checkpoint SET signature = sha512(body) WHERE n = 2", "2: its signature"),
        ("UPDATE privacy.checkpoint_head SET n = 1 WHERE checkpoint = 1", "1: its list of streams"),
        ("DELETE FROM privacy.checkpoint_head WHERE checkpoint = 2", "2: its list of streams"),
        ("DELETE FROM privacy.checkpoint WHERE n = 2", "checkpoint 2: it, or more"),
        ("DELETE FROM privacy.checkpoint WHERE n = 1", "checkpoint 1: it, or more"),
        (
            "UPDATE privacy.checkpoint c SET (body, previous_hash, hash, signature) ="
            " (SELECT body, previous_hash, hash, signature FROM privacy.checkpoint WHERE n = 1)"
            " WHERE n = 2",
            "checkpoint 2: it stands in the place of another",
        ),
    ],
)
async def test_a_damaged_checkpoint_is_named(
    conn: asyncpg.Connection, rogue: asyncpg.Connection, damage: str, named: str
) -> None:
    """Changed, moved and missing checkpoints are each told by their number."""
    for through in (2, 4, 6):
        await grow(conn, ANA, through)
        await checkpoints.take(conn, SIGNER, NOW)
    await rogue.execute(damage)
    assert any(named in fault for fault in await faults(conn))


async def test_only_trusted_keys_sign(conn: asyncpg.Connection) -> None:
    """A checkpoint of an unknown key is named, with the key's fingerprint; a former one counts."""
    await grow(conn, ANA, 1)
    await checkpoints.take(conn, OTHER, NOW)
    await checkpoints.take(conn, SIGNER, NOW + DAY)
    assert not await faults(conn, SIGNER.public_key, OTHER.public_key)
    [fault] = await faults(conn, SIGNER.public_key)
    assert fault.startswith("checkpoint 1: it is signed by a key that is not trusted")


async def test_a_kept_copy_tells_what_somebody_with_the_key_signed_anew(
    conn: asyncpg.Connection, rogue: asyncpg.Connection
) -> None:
    """A tail rewritten and signed anew is sound by itself; the copy kept elsewhere differs."""
    await grow(conn, ANA, 3)
    await checkpoints.take(conn, SIGNER, NOW)
    [kept] = await checkpoints.since(conn, 1)
    assert await compare(conn, kept) == []
    await rewrite_tail(rogue, ANA, 2)
    await rogue.execute("DELETE FROM privacy.checkpoint_head")
    await rogue.execute("DELETE FROM privacy.checkpoint")
    await checkpoints.take(conn, SIGNER, NOW)
    assert not await faults(conn, SIGNER.public_key)
    [fault] = await compare(conn, kept)
    assert str(fault) == "checkpoint 1: the database has another one than the copy that you kept"


async def test_inclusion_is_proved_against_the_signed_root(conn: asyncpg.Connection) -> None:
    """For every stream of a checkpoint the path from its leaf leads to the root it signed."""
    names = [f"PR-0000-000{number}" for number in range(7)]
    for name in names:
        await grow(conn, name, 1)
    taken = await checkpoints.take(conn, SIGNER, NOW)
    for proved in await checkpoints.inclusions(conn, [*names, "PR-9999-9999"]):
        assert path_leads_to(proved) == taken.content["root"]


def path_leads_to(proved: checkpoints.Inclusion) -> str:
    """Follow a path as RFC 6962 says, written out anew."""
    from hashlib import sha256

    leaf = checkpoints.Covered(proved.stream, proved.n, proved.hash, proved.seal).leaf
    here = sha256(b"\x00" + leaf).digest()
    for side, beside in proved.path:
        pair = bytes.fromhex(beside) + here if side == "left" else here + bytes.fromhex(beside)
        here = sha256(b"\x01" + pair).digest()
    return here.hex()


async def test_the_worker_takes_checkpoints_and_nobody_changes_them(
    database: str, as_role: Callable[[str, str], str]
) -> None:
    """The worker inserts, the auditor reads, and neither alters a row."""
    worker = await asyncpg.connect(as_role(database, "privacy_worker"))
    auditor = await asyncpg.connect(as_role(database, "privacy_auditor"))
    try:
        await checkpoints.take(worker, SIGNER, NOW)
        assert not await faults(auditor)
        for statement in ("UPDATE {} SET n = 9", "DELETE FROM {}", "TRUNCATE {}"):
            for table in ("privacy.checkpoint", "privacy.checkpoint_head"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await worker.execute(statement.format(table))
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await checkpoints.take(auditor, SIGNER, NOW)
    finally:
        await worker.close()
        await auditor.close()
