"""The pools of connections to our own Postgres."""

from records.pool import LETS_GO_OF_THE_DEAD, create_pool


async def test_the_server_lets_go_of_clients_that_are_gone(database: str) -> None:
    """Whose client is out of reach ends in a minute, with the letters that it claimed."""
    async with await create_pool(database) as pool:
        for _ in range(2):
            async with pool.acquire() as conn:
                for setting, value in LETS_GO_OF_THE_DEAD.items():
                    assert await conn.fetchval(f"SHOW {setting}") == value
