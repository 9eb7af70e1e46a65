"""The sample business, made once and copied for each test."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from datamap import DataMap, load
from datamap.connectors import Connector, PostgresConnector
from samples import business
from workers.stack.postgres import OWNER, EmbeddedPostgres

CONSUMERS = 60
TEMPLATE = "sample_business"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def shop_template(postgres: EmbeddedPostgres) -> str:
    """Make the sample business once."""
    postgres.create_database(TEMPLATE, OWNER)
    asyncio.run(business.create(postgres.dsn(TEMPLATE, OWNER), CONSUMERS))
    return TEMPLATE


@pytest.fixture
def shop(postgres: EmbeddedPostgres, shop_template: str) -> Iterator[str]:
    """Give the address of a fresh copy of the sample business."""
    name = f"shop_{next(_numbers)}"
    postgres.create_database(name, OWNER, shop_template)
    yield postgres.dsn(name, OWNER)
    postgres.drop_database(name)


@pytest.fixture
def connectors(shop: str) -> dict[str, Connector]:
    """Give the way into the sample business."""
    return {"shop": PostgresConnector("shop", shop)}


@pytest.fixture
def datamap() -> DataMap:
    """Give the sample business's map."""
    return load(business.DATAMAP.read_text(), business.DATAMAP.name)


@pytest.fixture
async def shop_connection(shop: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """Give a connection of the test's own, to look and to tamper."""
    connection = await asyncpg.connect(shop)
    yield connection
    await connection.close()
