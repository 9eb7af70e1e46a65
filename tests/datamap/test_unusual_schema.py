"""What a real database has and an example does not."""

import asyncpg
import pytest

from datamap import (
    DataMap,
    PersonKeys,
    RowRef,
    SystemFailed,
    erase,
    find,
    load,
    plan_erasure,
    prove_absence,
)
from datamap.checking import check, is_red
from datamap.connectors import Connector, PostgresConnector
from datamap.drafting import draft
from datamap.remarks import Code

TABLES = """
CREATE TYPE "Mood" AS ENUM ('good', 'bad');
CREATE DOMAIN short_text AS text CHECK (length(value) < 50);
CREATE TABLE "User Accounts" (
    "ID" uuid PRIMARY KEY, "First Name" short_text, "Last Name" varchar(40), "eMail" char(30),
    "Label" text GENERATED ALWAYS AS (('Name: '::text || "Last Name")) STORED,
    mood "Mood" NOT NULL DEFAULT 'good', tags text[] NOT NULL DEFAULT '{x}',
    phone text, born timestamp, height numeric(5, 2) NOT NULL DEFAULT 1.80);
CREATE TABLE "order" (
    number char(8), shop smallint, "user" uuid NOT NULL REFERENCES "User Accounts",
    PRIMARY KEY (number, shop));
CREATE TABLE events (
    id bigint GENERATED ALWAYS AS IDENTITY, at date NOT NULL, number char(8), shop smallint,
    PRIMARY KEY (id, at), FOREIGN KEY (number, shop) REFERENCES "order") PARTITION BY RANGE (at);
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE MATERIALIZED VIEW totals AS SELECT "user", count(*) FROM "order" GROUP BY 1;
CREATE SCHEMA attic;
CREATE TABLE attic.old ("user" uuid REFERENCES public."User Accounts" ON DELETE SET NULL);
INSERT INTO "User Accounts" ("ID", "First Name", "Last Name", "eMail") VALUES
    ('00000000-0000-0000-0000-00000000000a', 'Ada', 'Abbott', 'ada@example.org'),
    ('00000000-0000-0000-0000-00000000000b', 'Ben', 'Berg', 'ben@example.org');
INSERT INTO "order" VALUES ('A-1', 1, '00000000-0000-0000-0000-00000000000a'),
    ('A-1', 2, '00000000-0000-0000-0000-00000000000b');
INSERT INTO events (at, number, shop) VALUES ('2025-05-05', 'A-1', 1), ('2026-05-05', 'A-1', 1),
    ('2026-05-05', 'A-1', 2);
INSERT INTO attic.old VALUES ('00000000-0000-0000-0000-00000000000a');
"""
ADA = PersonKeys(
    rows=(
        RowRef(
            system="odd", collection="User Accounts", key="00000000-0000-0000-0000-00000000000a"
        ),
    )
)


@pytest.fixture
async def odd(empty_database: str) -> dict[str, Connector]:
    """Make the database."""
    connection = await asyncpg.connect(empty_database)
    await connection.execute(TABLES)
    await connection.close()
    return {"odd": PostgresConnector("odd", empty_database)}


@pytest.fixture
async def drafted(odd: dict[str, Connector], empty_database: str) -> str:
    """Draft its map."""
    return await draft(empty_database, "odd")


async def test_a_draft_of_it_is_a_whole_map(odd: dict[str, Connector], drafted: str) -> None:
    """Quoted names, partitions, composite keys and other schemas are all understood."""
    remarks = await check(odd, load(drafted, "draft.yaml"))
    assert not is_red(remarks), [str(one) for one in remarks]
    assert {one.place for one in remarks if one.code in {Code.COPY, Code.OTHER_SCHEMA}} == {
        "odd.attic",
        "odd.totals",
    }


@pytest.mark.parametrize("method", ["delete", "overwrite"])
async def test_an_erasure_in_it_is_proven(
    method: str, odd: dict[str, Connector], drafted: str, empty_database: str
) -> None:
    """Rows in partitions go by composite references; texts of any type are emptied."""
    datamap: DataMap = load(
        drafted.replace("erasure: delete ", f"erasure: {method} ", 1), "draft.yaml"
    )
    plan = await plan_erasure(odd, datamap, await find(odd, datamap, ADA))
    assert plan.rows_per_collection == {"odd.User Accounts": 1, "odd.events": 2, "odd.order": 1}
    await erase(plan, odd["odd"])
    proof = await prove_absence(odd, datamap, plan)
    assert proof.holds, proof
    connection = await asyncpg.connect(empty_database)
    left = await connection.fetch('SELECT u::text AS row FROM "User Accounts" u ORDER BY "ID"')
    detached = await connection.fetchval('SELECT "user" FROM attic.old')
    await connection.close()
    assert len(left) == (1 if method == "delete" else 2)
    assert not any("Abbott" in one["row"] or "ada@" in one["row"] for one in left)
    assert (detached is None) is (method == "delete")


async def test_rows_that_a_policy_hides_are_an_error_and_not_absent(
    odd: dict[str, Connector], drafted: str, empty_database: str
) -> None:
    """A role that may not see every row cannot prove anything."""
    connection = await asyncpg.connect(empty_database)
    await connection.execute(
        'ALTER TABLE "order" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;'
        'CREATE POLICY none ON "order" USING (false)'
    )
    await connection.close()
    datamap = load(drafted, "draft.yaml")
    with pytest.raises(SystemFailed, match="System odd: InsufficientPrivilege"):
        await find(odd, datamap, ADA)
