"""What the seals on the ledger's rows cost: the same appends with and without their trigger."""

import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from domain import events as e
from domain.chain import GENESIS, canonical
from records import ledger
from records.migrate import upgrade
from workers.stack.ports import free_port
from workers.stack.postgres import OWNER, EmbeddedPostgres
from workers.stack.secret_files import SecretFiles

DATABASE = "seals"
EVENTS = 3
"""Events of one record; most records of a deletion carry one to four."""

COMMITTED = 100
"""Records of a round that commit one by one."""

TOGETHER = 1000
"""Events of a round that one transaction takes, so that no flush to disk hides their cost."""

ROUNDS = 9

Append = Callable[[asyncpg.Connection, str], Awaitable[None]]


async def measured(folder: Path) -> list[str]:
    """Append by turns with seals and without, on a server of its own that flushes to disk."""
    server = EmbeddedPostgres(
        folder,
        free_port(),
        secrets=SecretFiles(folder / "secrets"),
        log=folder / "postgres.log",
        durable=True,
    )
    try:
        server.start()
        server.prepare_roles()
        server.create_database(DATABASE, OWNER)
        upgrade(server.dsn(DATABASE, OWNER))
        return await _measured(server.dsn(DATABASE, OWNER))
    finally:
        server.stop()


async def _measured(dsn: str) -> list[str]:
    conn = await asyncpg.connect(dsn)
    try:
        await conn.execute("ALTER TABLE privacy.ledger ALTER COLUMN seal DROP NOT NULL")
        return [
            await _compared(conn, f"a record of {EVENTS} events, committed", _commit, COMMITTED),
            await _compared(conn, "an event, within one transaction", _together, TOGETHER),
        ]
    finally:
        await conn.close()


async def _compared(conn: asyncpg.Connection, what: str, append: Append, times: int) -> str:
    """Tell what one of the ``times`` that ``append`` does costs with seals, and without.

    The ratio is the median of the rounds' own, since a busy machine slows both halves of a round.
    """
    taken: dict[str, list[float]] = {"ENABLE ALWAYS": [], "DISABLE": []}
    for n in range(ROUNDS):
        for state, seconds in taken.items():
            await conn.execute(f"ALTER TABLE privacy.ledger {state} TRIGGER ledger_is_sealed")
            began = time.perf_counter()
            await append(conn, f"PR-{append.__name__}-{n}-{state}".replace(" ", ""))
            seconds.append((time.perf_counter() - began) / times)
    ratio = statistics.median(a / b for a, b in zip(*taken.values(), strict=True))
    sealed, bare = (statistics.median(each) * 1e6 for each in taken.values())
    return f"{what}: sealed / not {ratio:.2f} ({sealed:.0f} and {bare:.0f} µs)"


async def _commit(conn: asyncpg.Connection, stream: str) -> None:
    head = GENESIS
    for first in range(1, COMMITTED * EVENTS, EVENTS):
        entries = list(_entries(stream, first, EVENTS))
        head = await ledger.append(conn, stream, head, entries)


async def _together(conn: asyncpg.Connection, stream: str) -> None:
    await ledger.append(conn, stream, GENESIS, list(_entries(stream, 1, TOGETHER)))


def _entries(stream: str, first: int, count: int) -> Iterator[ledger.Entry]:
    at = datetime.now(UTC)
    for n in range(first, first + count):
        event = e.StaffActed(inbox=n, action="approve", actor=e.Actor(id="s.lee"))
        yield ledger.Entry(n, canonical(e.Recorded(n=n, at=at, event=event).document(stream)))
