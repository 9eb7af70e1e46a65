"""A connection to our database for one command, as the role that the command needs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

import asyncpg

from workers.settings import Settings, SettingsError, variable

Dsn = Literal["dsn", "worker_dsn", "gateway_dsn", "auditor_dsn"]


@asynccontextmanager
async def connected(settings: Settings, field: Dsn) -> AsyncIterator[asyncpg.Connection]:
    """Connect with one of the addresses of the settings.

    Raises:
        SettingsError: the address is not set, or nothing answers there.
    """
    try:
        conn = await asyncpg.connect(settings.secret(field), timeout=10)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
        raise SettingsError(
            f"The database does not let us in by {variable(field)} ({type(fault).__name__}). "
            "Check that it runs, and the address; privacy doctor looks at every part."
        ) from None
    try:
        yield conn
    finally:
        await conn.close()
