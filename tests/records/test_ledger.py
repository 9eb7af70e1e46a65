"""The ledger appends once, in order, for one writer, and never changes."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from domain.chain import GENESIS, link
from records import ledger
from records.ledger import LedgerConflict
from tests.records.chains import entries, entry

STREAM = "PR-4106-105S"


async def test_rows_chain_over_their_exact_bytes(conn: asyncpg.Connection) -> None:
    """What is read back are the bytes given, each hash over the one before, and a jsonb copy."""
    given = [entry(STREAM, 1, "RequestReceived", residency="CA"), entry(STREAM, 2)]
    head = await ledger.append(conn, STREAM, GENESIS, given)
    first, second = await ledger.read(conn, STREAM)
    assert [first.body, second.body] == [given[0].body, given[1].body]
    assert first.hash == link(GENESIS, given[0].body) == second.previous_hash
    assert await ledger.head(conn, STREAM) == (2, head) == (2, second.hash)
    assert abs(first.recorded_at - datetime.now(UTC)) < timedelta(minutes=1)
    copied = "SELECT document->'data'->>'residency' FROM privacy.ledger WHERE n = 1"
    assert await conn.fetchval(copied) == "CA"


async def test_a_retry_is_skipped_and_may_carry_more(conn: asyncpg.Connection) -> None:
    """The same bytes again change nothing; a list that grew since appends only its new end."""
    head = await ledger.append(conn, STREAM, GENESIS, entries(STREAM, [1, 2]))
    assert await ledger.append(conn, STREAM, GENESIS, entries(STREAM, [1, 2])) == head
    grown = await ledger.append(conn, STREAM, GENESIS, entries(STREAM, [1, 2, 3]))
    assert await ledger.append(conn, STREAM, GENESIS, entries(STREAM, [1])) != grown
    assert await ledger.append(conn, STREAM, grown, []) == grown
    assert await ledger.head(conn, STREAM) == (3, grown)
    assert not await ledger.verify_stream(conn, STREAM)


@pytest.mark.parametrize(
    ("expected_head", "given", "differs"),
    [
        ("right", [entry(STREAM, 3, "Other")], "another hash"),
        (GENESIS, [entry(STREAM, 1, "Other")], "other bytes"),
        (GENESIS, [entry(STREAM, 1), entry(STREAM, 2, "Other")], "other bytes"),
        ("f" * 64, [entry(STREAM, 1)], "another hash"),
        (GENESIS, [entry(STREAM, 4)], "not recorded"),
        (GENESIS, [entry(STREAM, 1), entry(STREAM, 3)], "does not follow"),
        (GENESIS, [entry("PR-0000-0000", 1)], "another stream"),
        (GENESIS, [entry(STREAM, 0)], "not recorded"),
        (GENESIS, [ledger.Entry(1, b"not json")], "another stream"),
        (GENESIS, [], "another hash"),
    ],
)
async def test_anything_else_is_a_conflict_and_writes_nothing(
    conn: asyncpg.Connection, expected_head: str, given: list[ledger.Entry], differs: str
) -> None:
    """A wrong head, other bytes, a gap or a foreign body is refused whole, and said which."""
    await ledger.append(conn, STREAM, GENESIS, entries(STREAM, [1, 2]))
    before = await ledger.read(conn, STREAM)
    with pytest.raises(LedgerConflict, match=differs) as conflict:
        await ledger.append(conn, STREAM, expected_head, given)
    assert conflict.value.stream == STREAM
    assert await ledger.read(conn, STREAM) == before


async def test_append_belongs_to_the_callers_transaction(conn: asyncpg.Connection) -> None:
    """When the caller rolls back, nothing was appended and the next append starts anew."""
    transaction = conn.transaction()
    await transaction.start()
    await ledger.append(conn, STREAM, GENESIS, entries(STREAM, [1, 2]))
    await transaction.rollback()
    assert await ledger.head(conn, STREAM) == (0, GENESIS)
    await ledger.append(conn, STREAM, GENESIS, entries(STREAM, [1]))
    assert await ledger.streams(conn) == [STREAM]


async def test_two_writers_cannot_interleave(
    conn: asyncpg.Connection, second: asyncpg.Connection
) -> None:
    """The second writer waits for the first one's end, then meets its rows as a conflict."""
    async with conn.transaction():
        await ledger.append(conn, STREAM, GENESIS, entries(STREAM, [1, 2]))
        other = asyncio.create_task(
            ledger.append(second, STREAM, GENESIS, [entry(STREAM, 1, "Other")])
        )
        await asyncio.sleep(0.1)
        assert not other.done()
    with pytest.raises(LedgerConflict):
        await other
    assert not await ledger.verify_stream(conn, STREAM)


async def test_the_same_list_appended_many_times_at_once_is_there_once(database: str) -> None:
    """Zombie attempts of one activity all succeed with one head, and the rows stand once."""
    async with asyncpg.create_pool(database, min_size=8, max_size=8) as pool:

        async def attempt() -> str:
            async with pool.acquire() as connection:
                return await ledger.append(connection, STREAM, GENESIS, entries(STREAM, [1, 2, 3]))

        heads = set(await asyncio.gather(*(attempt() for _ in range(24))))
        rows = await ledger.read(pool, STREAM)
    assert heads == {rows[-1].hash}
    assert [row.n for row in rows] == [1, 2, 3]


async def test_of_many_writers_at_a_head_one_appends(database: str) -> None:
    """Behind the same event one writer's event stands; the others meet it as a conflict."""
    async with asyncpg.create_pool(database, min_size=6, max_size=6) as pool:
        async with pool.acquire() as first:
            head = await ledger.append(first, STREAM, GENESIS, entries(STREAM, [1, 2]))

        async def attempt(kind: str) -> str:
            async with pool.acquire() as connection, connection.transaction():
                return await ledger.append(connection, STREAM, head, [entry(STREAM, 3, kind)])

        ends = await asyncio.gather(
            *(attempt(f"Kind{n}") for n in range(12)), return_exceptions=True
        )
        won = [end for end in ends if isinstance(end, str)]
        assert [await ledger.head(pool, STREAM)] == [(3, end) for end in won]
        assert sum(isinstance(end, LedgerConflict) for end in ends) == 11
        async with pool.acquire() as connection:
            assert not await ledger.verify_stream(connection, STREAM)


async def test_several_processes_append_to_an_outside_stream(database: str) -> None:
    """Each event gets the next number, none is lost, and the chain is whole."""
    outside = f"{STREAM}.outside"
    async with asyncpg.create_pool(database, min_size=6, max_size=6) as pool:

        async def view() -> ledger.Head:
            async with pool.acquire() as connection:
                return await ledger.append_next(
                    connection, outside, lambda n: entry(outside, n, "CaseViewed").body
                )

        heads = await asyncio.gather(*(view() for _ in range(12)))
        assert {head.n for head in heads} == set(range(1, 13))
        assert await ledger.head(pool, outside) == max(heads)
        async with pool.acquire() as connection:
            assert not await ledger.verify_stream(connection, outside)


@pytest.mark.parametrize("table", ["ledger", "stream_head"])
@pytest.mark.parametrize(
    "statement", ["UPDATE privacy.{} SET n = 0", "DELETE FROM privacy.{}", "TRUNCATE privacy.{}"]
)
async def test_the_owner_cannot_change_a_row(
    conn: asyncpg.Connection, table: str, statement: str
) -> None:
    """UPDATE, DELETE and TRUNCATE are refused even to the owner of the tables."""
    await ledger.append(conn, STREAM, GENESIS, entries(STREAM, [1, 2]))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await conn.execute(statement.format(table))
    assert len(await ledger.read(conn, STREAM)) == 2


async def test_streams_of_a_request_are_found(conn: asyncpg.Connection) -> None:
    """A request's own stream, its providers' and its outside stream belong to it, no others."""
    for stream in (STREAM, f"{STREAM}.acme", f"{STREAM}.outside", "PR-0000-0000"):
        await ledger.append(conn, stream, GENESIS, entries(stream, [1]))
    assert await ledger.streams(conn, STREAM) == [STREAM, f"{STREAM}.acme", f"{STREAM}.outside"]
    assert len(await ledger.streams(conn)) == 4
