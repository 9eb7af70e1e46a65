"""Waiting at the start for what a process needs: it says for what, and stops when it is told to."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar

import asyncpg
import structlog
from psycopg import conninfo

Result = TypeVar("Result")

PATIENCE = timedelta(minutes=2)
"""How long a starting process waits for our database before it gives up and says so."""

_BETWEEN_TRIES = timedelta(seconds=1)
_BETWEEN_WORDS = timedelta(seconds=10)
_NOT_THERE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
)

_NOT_LET_IN = (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError)

log = structlog.get_logger(__name__)


class Stopped(Exception):
    """The process was told to stop before it had what it waits for."""


class DatabaseUnreachable(Exception):
    """Our database did not answer, or let us in; says where it was looked for and what to do."""


async def unless_stopped(stop: asyncio.Event, awaited: Awaitable[Result]) -> Result:
    """Return what is awaited. Raises ``Stopped`` where the process is told to stop first."""
    waiting, stopping = asyncio.ensure_future(awaited), asyncio.ensure_future(stop.wait())
    await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if waiting.done():
        return waiting.result()
    waiting.cancel()
    raise Stopped


async def until_reached(pool: asyncpg.Pool, dsn: str, patience: timedelta = PATIENCE) -> None:
    """Wait until our database answers, up to ``patience``.

    Raises:
        DatabaseUnreachable: it did not, or it is there and refuses us, which waiting cannot mend.
    """
    address, waited = _address(dsn), timedelta()
    while True:
        try:
            await pool.fetchval("SELECT 1")
        except _NOT_LET_IN as fault:
            raise DatabaseUnreachable(_refused(address, fault)) from None
        except _NOT_THERE as fault:
            if waited >= patience:
                raise DatabaseUnreachable(_advice(address, waited, fault)) from None
            tell_of_waiting("PostgreSQL", address, waited, fault)
        else:
            return
        await asyncio.sleep(_BETWEEN_TRIES.total_seconds())
        waited += _BETWEEN_TRIES


def tell_of_waiting(dependency: str, address: str, waited: timedelta, fault: Exception) -> None:
    """Log at once what a process waits for, and every ten seconds from then on."""
    if waited % _BETWEEN_WORDS:
        return
    log.info(
        "waiting for a dependency",
        dependency=dependency,
        address=address,
        waited_s=int(waited.total_seconds()),
        fault=type(fault).__name__,
    )


def _address(dsn: str) -> str:
    known = conninfo.conninfo_to_dict(dsn)
    return f"{known.get('host', 'localhost')}:{known.get('port', 5432)}"


def _advice(address: str, waited: timedelta, fault: Exception) -> str:
    return (
        f"PostgreSQL does not answer at {address} ({type(fault).__name__}, waited "
        f"{waited.seconds} s). Check that it runs there and that this host may reach it; then "
        "start this process again."
    )


def _refused(address: str, fault: Exception) -> str:
    return (
        f"PostgreSQL at {address} does not let us in ({type(fault).__name__}). Check user, "
        "password and database in this process's DSN; privacy doctor looks at each of them."
    )
