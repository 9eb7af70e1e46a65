"""Makes the sample business in a database server; to repeat it changes nothing."""

import asyncpg

from samples.business import shop

SMALLEST = 20


async def create(dsn: str, consumers: int = 3000) -> bool:
    """Fill the database that ``dsn`` names, and say whether anything had to be done.

    It is all or nothing: a database that holds the shop's tables is left alone. Raises
    ``ValueError`` for fewer consumers than the ones known by name need.
    """
    if consumers < SMALLEST:
        raise ValueError(f"The sample business needs {SMALLEST} consumers or more; ask for more.")
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            if await connection.fetchval("SELECT to_regclass('public.customers') IS NOT NULL"):
                return False
            await shop.fill(connection, consumers)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()
    return True
