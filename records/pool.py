"""Pools of connections to our own Postgres."""

import asyncpg


async def create_pool(
    dsn: str, *, application: str = "privacy", min_size: int = 1, max_size: int = 10
) -> asyncpg.Pool:
    """Open a pool whose sessions speak UTC; TLS is decided by ``sslmode`` in ``dsn``."""
    return await asyncpg.create_pool(
        dsn,
        min_size=min_size,
        max_size=max_size,
        server_settings={"application_name": application, "timezone": "UTC"},
    )
