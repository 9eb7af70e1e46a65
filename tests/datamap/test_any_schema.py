"""Whatever the schema: what belongs to the person goes, and nothing else."""

import asyncio
import itertools
from collections.abc import Iterator

import asyncpg
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from datamap import PersonKeys, PlanBlocked, RowRef, erase, find, load, plan_erasure, prove_absence
from datamap.connectors import Connector, PostgresConnector
from tests.datamap.generated import PERSON, ROWS, World, worlds
from tests.datamap.test_undoing import Journal, undone
from workers.stack.postgres import OWNER, EmbeddedPostgres

_schemas = itertools.count(1)


@pytest.fixture(scope="module")
def any_database(postgres: EmbeddedPostgres) -> Iterator[str]:
    """Give a database for made-up schemas."""
    postgres.create_database("any_schema", OWNER)
    yield postgres.dsn("any_schema", OWNER)
    postgres.drop_database("any_schema")


@given(world=worlds(), who=st.integers(0, ROWS - 1))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_erase_then_find_is_empty_but_for_declared_exceptions(
    world: World, who: int, any_database: str
) -> None:
    """Exactly the person's rows go, and come back; or the plan refuses and nothing changes."""
    asyncio.run(_erase_and_compare(world, who, any_database))


async def _erase_and_compare(world: World, who: int, dsn: str) -> None:
    schema = f"s{next(_schemas)}"
    connection = await asyncpg.connect(dsn)
    try:
        for statement in world.ddl(schema):
            await connection.execute(statement)
        await _compare(world, who, schema, dsn, connection)
    finally:
        await connection.execute(f"DROP SCHEMA {schema} CASCADE")
        await connection.close()


async def _compare(
    world: World,
    who: int,
    schema: str,
    dsn: str,
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    connectors: dict[str, Connector] = {"w": PostgresConnector("w", dsn, schema)}
    datamap = load(world.yaml(schema), "world.yaml")
    key = f'["{who}", "x"]' if PERSON in world.composite else str(who)
    person = PersonKeys(rows=(RowRef(system="w", collection=PERSON, key=key),))
    owned, everything = world.owned(who), await _rows(world, schema, connection)
    found = await find(connectors, datamap, person)
    assert found.count == len(owned)
    try:
        plan = await plan_erasure(connectors, datamap, found)
    except PlanBlocked:
        event("refused")
        assert await _rows(world, schema, connection) == everything
        return
    event(
        "carried out, in a ring"
        if any(s.do == "delete" and s.together for s in plan.steps)
        else "carried out"
    )
    journal = Journal()
    await erase(plan, connectors["w"], undoing=(datamap, journal.keep))
    proof = await prove_absence(connectors, datamap, plan)
    assert proof.holds, proof
    stay = everything - {row for row in owned if row[0] not in world.kept}
    assert await _rows(world, schema, connection) == stay
    assert await undone(connectors, journal) == {}
    assert await _rows(world, schema, connection) == everything


async def _rows(
    world: World, schema: str, connection: "asyncpg.Connection[asyncpg.Record]"
) -> set[tuple[str, int]]:
    return {
        (table, row["id"])
        for table in world.tables
        for row in await connection.fetch(f"SELECT id FROM {schema}.{table}")
    }
