"""A deletion put back as it stood, in databases and in files (DEL-17)."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from datamap import DataMap, PersonKeys, RowRef, erase, find, plan_erasure
from datamap.connectors import Connector, PostgresConnector
from datamap.drafting import draft
from datamap.errors import PlaceTaken
from datamap.loading import load
from datamap.undoing import Image, put_back, standing
from tests.datamap.test_unusual_schema import ADA, TABLES

ANA = PersonKeys(rows=(RowRef(system="shop", collection="customers", key="1"),))
Systems = dict[str, Connector]
RING = """
CREATE TABLE team (id int PRIMARY KEY, lead int NOT NULL);
CREATE TABLE member (id int PRIMARY KEY, team int NOT NULL REFERENCES team, boss int
    REFERENCES member, email text NOT NULL);
ALTER TABLE team ADD FOREIGN KEY (lead) REFERENCES member DEFERRABLE INITIALLY DEFERRED;
BEGIN;
INSERT INTO team VALUES (1, 1);
INSERT INTO member VALUES (1, 1, 1, 'ada@example.org');
COMMIT;
"""


class Journal:
    """Images as they were kept."""

    def __init__(self) -> None:
        self.images: list[Image] = []

    async def keep(self, image: Image) -> None:
        """Keep one as it is stored: as text."""
        self.images.append(Image.model_validate_json(image.model_dump_json()))

    async def of(self, system: str, newest_first: bool = False) -> AsyncIterator[Image]:
        """Yield the images of a system."""
        for image in reversed(self.images) if newest_first else self.images:
            if image.system == system:
                yield image


async def erased(systems: Systems, datamap: DataMap, person: PersonKeys) -> Journal:
    """Erase a person, and keep what goes."""
    journal = Journal()
    plan = await plan_erasure(systems, datamap, await find(systems, datamap, person))
    for system in plan.systems:
        await erase(plan, systems[system], undoing=(datamap, journal.keep))
        # An erasure that is tried again finds tombstones, which must not be put back.
        await erase(plan, systems[system], undoing=(datamap, journal.keep))
    return journal


async def undone(systems: Systems, journal: Journal) -> dict[str, int]:
    """Put everything back and return what does not stand again."""
    lacking: dict[str, int] = {}
    for system in dict.fromkeys(image.system for image in reversed(journal.images)):
        await put_back(systems[system], journal.of(system, newest_first=True))
        _, missing = await standing(systems[system], journal.of(system))
        lacking |= missing
    return lacking


async def contents(dsn: str) -> dict[str, list[str]]:
    """Return every row of a database as text."""
    connection = await asyncpg.connect(dsn)
    try:
        names = await connection.fetch(
            "SELECT oid::regclass::text AS name FROM pg_class WHERE relkind IN ('r', 'p')"
            " AND relnamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN"
            " ('public', 'attic'))"
        )
        return {
            name: sorted(
                row["text"]
                for row in await connection.fetch(f"SELECT t::text AS text FROM {name} t")
            )
            for (name,) in names
        }
    finally:
        await connection.close()


async def test_everything_stands_as_it_stood_in_every_system(
    all_systems: Systems, whole_map: DataMap, places: dict[str, str]
) -> None:
    """Rows deleted, detached, written over and locked are back, in two databases and in files."""
    databases = [places["shop"], places["backoffice"]]
    before = [await contents(dsn) for dsn in databases]
    files = _files(places["drop"])
    journal = await erased(all_systems, whole_map, ANA)
    assert [await contents(dsn) for dsn in databases] != before
    assert _files(places["drop"]) != files
    assert await undone(all_systems, journal) == {}
    assert [await contents(dsn) for dsn in databases] == before
    assert _files(places["drop"]) == files


def _files(folder: str) -> dict[str, list[str]]:
    return {path.name: sorted(path.read_text().splitlines()) for path in Path(folder).glob("*.csv")}


@pytest.mark.parametrize(
    ("schema", "method", "lacking"),
    [("odd", "delete", {"odd.attic.old": 1}), ("odd", "overwrite", {}), ("ring", "delete", {})],
)
async def test_no_schema_is_too_odd_to_undo(
    schema: str, method: str, lacking: dict[str, int], empty_database: str
) -> None:
    """Generated and identity columns, partitions, arrays, enums, rings of references come back.

    Only a detached row of a table without a key cannot be known again; it is counted as missing.
    """
    connection = await asyncpg.connect(empty_database)
    await connection.execute(TABLES if schema == "odd" else RING)
    await connection.close()
    systems: Systems = {"odd": PostgresConnector("odd", empty_database)}
    text = await draft(empty_database, "odd")
    datamap = load(text.replace("erasure: delete ", f"erasure: {method} ", 1), "draft.yaml")
    mate = PersonKeys(rows=(RowRef(system="odd", collection="member", key="1"),))
    before = await contents(empty_database)
    journal = await erased(systems, datamap, ADA if schema == "odd" else mate)
    assert await contents(empty_database) != before
    assert await undone(systems, journal) == lacking
    after = await contents(empty_database)
    assert {name for name in before if before[name] != after[name]} == {
        place.removeprefix("odd.") for place in lacking
    }


async def test_what_came_into_a_rows_place_stays(
    connectors: Systems, datamap: DataMap, shop_connection: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """Where others refer to a row whose place is taken, nothing is put back and it is said why."""
    journal = await erased(connectors, datamap, ANA)
    await shop_connection.execute(
        "INSERT INTO customers (id, customer_number, full_name, email, email_changed_at,"
        " created_at) SELECT 999999, 'C-000001', full_name, email, email_changed_at, created_at"
        " FROM customers LIMIT 1"
    )
    with pytest.raises(PlaceTaken, match="Free the place"):
        await put_back(connectors["shop"], journal.of("shop", newest_first=True))
    assert (await standing(connectors["shop"], journal.of("shop")))[0]["shop.orders"] == 0
