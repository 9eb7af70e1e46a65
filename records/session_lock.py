"""Locks that a session holds from one transaction to the next; the only state that one keeps.

Pools rely on it: they take a session back as it is (``records.pool``).
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from records.connection import Connection

_KEY = "(hashtextextended($1, $2))"


@asynccontextmanager
async def held(conn: Connection, name: str, number: int = 0) -> AsyncIterator[bool]:
    """Hold the lock of that name and number, unless another session does; yields whether it is.

    Whoever dies lets go at once. So does whoever is stopped in the middle of taking it or letting
    go: its connection is closed, because nobody can know whether it holds the lock.
    """
    with _closed_when_in_doubt(conn):
        ours = await conn.fetchval(f"SELECT pg_try_advisory_lock{_KEY}", name, number)
    if not ours:
        yield False
        return
    try:
        yield True
    finally:
        with _closed_when_in_doubt(conn):
            await conn.execute(f"SELECT pg_advisory_unlock{_KEY}", name, number)


@contextmanager
def _closed_when_in_doubt(conn: Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        conn.terminate()
        raise
