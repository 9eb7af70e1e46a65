"""The pools of connections to our own Postgres."""

import ast
import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from records import session_lock
from records.pool import LETS_GO_OF_THE_DEAD, create_pool

PROJECT = Path(__file__).parents[2]
ROOMS = ("activities", "agents", "gateway", "mail_intake", "providers", "records", "workers")
"""Whatever is given a connection from a pool."""

KEEPS_STATE = re.compile(
    r"^\s*(SET|LISTEN|PREPARE|DECLARE|LOAD|CREATE\s+(LOCAL\s+|GLOBAL\s+)?TEMP)\s"
    r"|set_config\(|pg_(try_)?advisory_(?!xact)|pg_try_advisory_(?!xact)|WITH\s+HOLD"
)
"""Statements whose effect outlives their transaction, in capitals as we write them all."""

WITHOUT_A_POOL = ("records/migrations/", "records/migrate.py")
"""What the owner does to the database, on connections of its own."""

HELD = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    """Share one connection, so that whoever comes next gets what was left."""
    async with await create_pool(database, max_size=1) as pool:
        yield pool


async def test_the_server_lets_go_of_clients_that_are_gone(pool: asyncpg.Pool) -> None:
    """Whose client is out of reach ends in a minute, with the letters that it claimed."""
    for _ in range(2):
        async with pool.acquire() as conn:
            for setting, value in LETS_GO_OF_THE_DEAD.items():
                assert await conn.fetchval(f"SHOW {setting}") == value


def test_no_statement_leaves_state_in_a_session() -> None:
    """Sessions come back as they are, so nobody but the locks' module may change one."""
    found = [f"{name}: {text}" for name, text in _statements() if name != "records/session_lock.py"]
    assert found == []


async def test_a_lock_ends_with_its_use(pool: asyncpg.Pool) -> None:
    """Whoever gets the connection next holds nothing, after an error too."""
    with suppress(ZeroDivisionError):
        async with pool.acquire() as conn, session_lock.held(conn, "mine") as ours:
            assert (ours, await conn.fetchval(HELD)) == (True, 1)
            raise ZeroDivisionError
    async with pool.acquire() as conn:
        assert await conn.fetchval(HELD) == 0


@pytest.mark.parametrize("answer", ["pg_try_advisory_lock", "pg_advisory_unlock"])
async def test_who_is_stopped_at_a_lock_gives_no_connection_back(
    pool: asyncpg.Pool, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection of which nobody knows what it holds is closed, and its lock ends with it."""
    async with pool.acquire() as conn:
        first = await conn.fetchval("SELECT pg_backend_pid()")
    slow = "(hashtextextended($1, $2)) FROM pg_sleep(2)"
    with monkeypatch.context() as patch, suppress(TimeoutError):
        async with asyncio.timeout(0.5), pool.acquire() as conn:
            if answer == "pg_try_advisory_lock":
                patch.setattr(session_lock, "_KEY", slow)
            async with session_lock.held(conn, "mine"):
                patch.setattr(session_lock, "_KEY", slow)
    async with pool.acquire() as conn, asyncio.timeout(40):
        assert await conn.fetchval("SELECT pg_backend_pid()") != first
        while not await conn.fetchval("SELECT pg_try_advisory_lock(hashtextextended('mine', 0))"):
            await asyncio.sleep(0.05)


async def test_an_open_transaction_is_rolled_back(pool: asyncpg.Pool) -> None:
    """Whoever forgets a transaction leaves nothing of it to the next."""
    async with pool.acquire() as conn:
        await conn.transaction().start()
        await conn.execute("CREATE TABLE forgotten (n int)")
    async with pool.acquire() as conn:
        assert not conn.is_in_transaction()
        assert await conn.fetchval("SELECT to_regclass('forgotten')") is None


def _statements() -> Iterator[tuple[str, str]]:
    """Find the strings in our source that change a session."""
    for room in ROOMS:
        for file in sorted((PROJECT / room).rglob("*.py")):
            name = file.relative_to(PROJECT).as_posix()
            if not name.startswith(WITHOUT_A_POOL):
                yield from ((name, text) for text in _strings(file) if KEEPS_STATE.search(text))


def _strings(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
