"""Pools of connections to our own Postgres."""

import asyncpg

LETS_GO_OF_THE_DEAD = {
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
"""Seconds and probes after which the server ends a session whose client is out of reach.

Without them a letter that was claimed by a host that lost its network stays claimed for hours.
"""


class _Session(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """A session that keeps nothing but locks (``records.session_lock``), which end by themselves.

    asyncpg clears a session of all that it could keep whenever it comes back: a round trip for
    each use. A transaction that is still open is rolled back as ever.
    """

    def get_reset_query(self) -> str:
        """Return none."""
        return ""


async def create_pool(
    dsn: str, *, application: str = "privacy", min_size: int = 0, max_size: int = 10
) -> asyncpg.Pool:
    """Open a pool whose sessions speak UTC; TLS is decided by ``sslmode`` in ``dsn``.

    It reaches for the server when it is first used: a door opens while its database is away.
    """
    return await asyncpg.create_pool(
        dsn,
        min_size=min_size,
        max_size=max_size,
        connection_class=_Session,
        server_settings={"application_name": application, "timezone": "UTC"} | LETS_GO_OF_THE_DEAD,
    )
