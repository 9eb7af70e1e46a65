"""The sample business, made once and copied for each test."""

import asyncio
import itertools
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from datamap import DataMap, load, load_path
from datamap.connectors import Connector, PostgresConnector, connect
from samples import business
from workers.stack.postgres import OWNER, EmbeddedPostgres

CONSUMERS = 60
SHOP, BACKOFFICE = "sample_shop", "sample_backoffice"
_numbers = itertools.count(1)

Copy = Callable[[str], str]


@pytest.fixture(scope="session")
def sample_business(
    postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """Make every system of the sample business once: two databases and a folder."""
    drop = tmp_path_factory.mktemp("drop")
    for name in (SHOP, BACKOFFICE):
        postgres.create_database(name, OWNER)
    shop, backoffice = postgres.dsn(SHOP, OWNER), postgres.dsn(BACKOFFICE, OWNER)
    asyncio.run(_make(shop, backoffice, drop))
    return {"shop": SHOP, "backoffice": BACKOFFICE, "drop": str(drop)}


async def _make(shop: str, backoffice: str, drop: Path) -> None:
    await business.create(shop, CONSUMERS)
    await business.create_backoffice(shop, backoffice)
    await business.create_drop(shop, drop)


@pytest.fixture
def copy_of(postgres: EmbeddedPostgres) -> Iterator[Copy]:
    """Give a function that copies a database and returns the address of the copy."""
    names: list[str] = []

    def copy(template: str) -> str:
        names.append(f"{template}_{next(_numbers)}")
        postgres.create_database(names[-1], OWNER, template)
        return postgres.dsn(names[-1], OWNER)

    yield copy
    for name in names:
        postgres.drop_database(name)


@pytest.fixture
def shop(copy_of: Copy, sample_business: dict[str, str]) -> str:
    """Give the address of a fresh copy of the shop."""
    return copy_of(sample_business["shop"])


@pytest.fixture
def connectors(shop: str) -> dict[str, Connector]:
    """Give the way into the shop."""
    return {"shop": PostgresConnector("shop", shop)}


@pytest.fixture
def datamap() -> DataMap:
    """Give the shop's map."""
    return load(business.DATAMAP.read_text(), business.DATAMAP.name)


@pytest.fixture
async def shop_connection(shop: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """Give a connection of the test's own, to look and to tamper."""
    connection = await asyncpg.connect(shop)
    yield connection
    await connection.close()


@pytest.fixture
def places(
    shop: str, copy_of: Copy, sample_business: dict[str, str], tmp_path: Path
) -> dict[str, str]:
    """Give the addresses of fresh copies of all systems."""
    shutil.copytree(sample_business["drop"], tmp_path / "drop")
    backoffice = copy_of(sample_business["backoffice"])
    return {"shop": shop, "backoffice": backoffice, "drop": str(tmp_path / "drop")}


@pytest.fixture
def whole_map() -> DataMap:
    """Give the map of all systems."""
    return load_path(business.ALL_SYSTEMS)


@pytest.fixture
def all_systems(places: dict[str, str], whole_map: DataMap) -> dict[str, Connector]:
    """Give the way into every system."""
    return connect(whole_map, places)
