"""From finding to proof, on the sample business."""

import json
from datetime import date

import asyncpg
import pytest

from datamap import (
    CatalogueDrifted,
    DataMap,
    ErasurePlan,
    HeldByLaw,
    Hold,
    PersonKeys,
    PlanBlocked,
    PlanOutdated,
    RowRef,
    erase,
    find,
    load,
    plan_erasure,
    prove_absence,
    survey,
)
from datamap.connectors import Connector
from samples import business
from samples.business.people import ANA_RUIZ

Connectors = dict[str, Connector]
ANA = PersonKeys(rows=(RowRef(system="shop", collection="customers", key="1"),))
GRACE = PersonKeys(rows=(RowRef(system="shop", collection="customers", key="6"),))
ANAS_ROWS = {
    "shop.customers": 1,
    "shop.marketing_contacts": 1,
    "shop.order_items": 3,
    "shop.orders": 2,
    "shop.preferences": 1,
    "shop.support_messages": 4,
    "shop.support_tickets": 2,
    "shop.web_visits": 2,
}


async def plan_for(
    person: PersonKeys, connectors: Connectors, datamap: DataMap, **more: object
) -> ErasurePlan:
    """Find and plan."""
    finding = await find(connectors, datamap, person)
    return await plan_erasure(connectors, datamap, finding, **more)  # type: ignore[arg-type]


async def test_finding_follows_references_and_identities(
    connectors: Connectors, datamap: DataMap
) -> None:
    """From one row of a customer to everything, marketing by mailbox included."""
    found = survey(datamap, await find(connectors, datamap, ANA))
    assert found.rows_per_collection == {**ANAS_ROWS, "shop.invoices": 2}
    (kept,) = found.retained
    assert (kept.place, kept.rows, kept.code, kept.reviewer) == (
        "shop.invoices",
        2,
        "EX8",
        "counsel",
    )
    assert kept.review_on == date(2027, 1, 31)


async def test_rows_under_a_shared_mailbox_stay_in_doubt(
    connectors: Connectors, datamap: DataMap
) -> None:
    """A marketing contact of a mailbox that two customers share is nobody's to erase (VER-18)."""
    plan = await plan_for(GRACE, connectors, datamap)
    assert [rows.place for rows in plan.doubtful] == ["shop.customers", "shop.marketing_contacts"]
    assert plan.rows_per_collection["shop.customers"] == 1
    assert "shop.marketing_contacts" not in plan.rows_per_collection


async def test_an_erasure_is_proven_absent_and_keeps_what_the_law_keeps(
    connectors: Connectors,
    datamap: DataMap,
    shop_connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """Planned rows are gone, invoices stay with their use lock, nobody else's rows change."""
    before = await totals(shop_connection)
    plan = await plan_for(ANA, connectors, datamap)
    assert plan.rows_per_collection == ANAS_ROWS
    await erase(plan, connectors["shop"])
    proof = await prove_absence(connectors, datamap, plan)
    assert proof.holds
    assert (proof.planned, proof.absent, proof.still_found) == (16, 16, ())
    assert proof.retained == {"shop.invoices": 2}
    after = await totals(shop_connection)
    expected = {name: n - ANAS_ROWS.get(f"shop.{name}", 0) for name, n in before.items()}
    assert after == expected
    locks = await shop_connection.fetch(
        "SELECT customer_id, use_lock FROM invoices WHERE use_lock <> ''"
    )
    assert [tuple(row) for row in locks] == [(None, "EX8")] * 2
    assert (
        await shop_connection.fetchval("SELECT count(*) FROM customers WHERE referred_by = 1") == 0
    )


async def totals(connection: "asyncpg.Connection[asyncpg.Record]") -> dict[str, int]:
    """Count the rows of every table."""
    names = await connection.fetch("SELECT relname FROM pg_stat_user_tables")
    return {name: await connection.fetchval(f'SELECT count(*) FROM "{name}"') for (name,) in names}


async def test_before_the_erasure_the_proof_fails_everywhere(
    connectors: Connectors, datamap: DataMap
) -> None:
    """An erasure that silently does nothing is never called done."""
    plan = await plan_for(ANA, connectors, datamap)
    proof = await prove_absence(connectors, datamap, plan)
    assert not proof.holds
    assert (proof.absent, proof.still_found) == (0, tuple(sorted(ANAS_ROWS)))


async def test_a_second_erasure_changes_nothing(connectors: Connectors, datamap: DataMap) -> None:
    """A retried step ends in the same state and the same proof."""
    plan = await plan_for(ANA, connectors, datamap)
    await erase(plan, connectors["shop"])
    await erase(plan, connectors["shop"])
    assert (await prove_absence(connectors, datamap, plan)).holds


async def test_rows_that_come_back_are_found(
    connectors: Connectors,
    datamap: DataMap,
    shop_connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """A feed that writes under a known key or identity after the erasure is named."""
    plan = await plan_for(ANA, connectors, datamap)
    await erase(plan, connectors["shop"])
    await shop_connection.execute(
        "INSERT INTO web_visits VALUES (-1, 1, 'ck', '203.0.113.9', '/', now());"
        "INSERT INTO marketing_contacts (id, email, source, added_at)"
        " VALUES (-1, 'Ana.Ruiz@example.com', 'feed', now())"
    )
    proof = await prove_absence(connectors, datamap, plan)
    assert proof.still_found == ("shop.marketing_contacts", "shop.web_visits")
    assert proof.absent == proof.planned
    assert not proof.holds


async def test_a_row_that_came_after_the_plan_stops_the_whole_system(
    connectors: Connectors,
    datamap: DataMap,
    shop_connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """An order placed after planning undoes the erasure and asks for a new plan."""
    plan = await plan_for(ANA, connectors, datamap)
    await shop_connection.execute("INSERT INTO orders VALUES (-1, 'O-new', 1, now(), 'x')")
    with pytest.raises(PlanOutdated, match="Plan the erasure again"):
        await erase(plan, connectors["shop"])
    assert (
        await shop_connection.fetchval("SELECT count(*) FROM web_visits WHERE customer_id = 1") == 2
    )


async def test_a_changed_catalogue_stops_the_erasure(
    connectors: Connectors,
    datamap: DataMap,
    shop_connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """A column added since the plan was made is a reason to look again."""
    plan = await plan_for(ANA, connectors, datamap)
    await shop_connection.execute("ALTER TABLE orders ADD COLUMN gift_for text")
    with pytest.raises(CatalogueDrifted, match="privacy datamap check"):
        await erase(plan, connectors["shop"])


async def test_a_table_that_the_map_does_not_know_stops_the_plan(
    connectors: Connectors,
    datamap: DataMap,
    shop_connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """A drifted system stops the deletion instead of leaving something behind."""
    await shop_connection.execute("CREATE TABLE loyalty (id bigint PRIMARY KEY, email text)")
    with pytest.raises(CatalogueDrifted, match=r"shop\.loyalty: the map does not know this table"):
        await plan_for(ANA, connectors, datamap)


async def test_a_foreign_key_without_an_action_blocks_the_plan_by_name(
    connectors: Connectors,
    datamap: DataMap,
    shop_connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """Rows that stay and refer to rows that go are found before anything is erased."""
    await shop_connection.execute(
        "UPDATE order_items SET sku = 'SKU-1' WHERE order_id = 11;"
        "ALTER TABLE products ADD FOREIGN KEY (title) REFERENCES customers (customer_number)"
        " ON DELETE CASCADE NOT VALID;"
        "UPDATE products SET title = 'C-000001' WHERE sku = 'SKU-1'"
    )
    with pytest.raises(PlanBlocked, match=r"1 rows of shop\.products that stay refer by title"):
        await plan_for(ANA, connectors, datamap)


async def test_a_hold_stops_planning_and_execution(
    connectors: Connectors, datamap: DataMap
) -> None:
    """A hold placed between approval and execution stops the erasure."""
    hold = Hold(hold_id="H-7", system="shop", collection="orders", keys=frozenset({"11"}))
    plan = await plan_for(ANA, connectors, datamap)
    with pytest.raises(HeldByLaw, match="H-7"):
        await erase(plan, connectors["shop"], holds=[hold])
    with pytest.raises(HeldByLaw, match="H-7"):
        await plan_for(ANA, connectors, datamap, holds=[hold])


async def test_staff_see_what_a_plan_does_before_they_approve(
    connectors: Connectors, datamap: DataMap
) -> None:
    """Order, methods, rows and grounds, and no key."""
    outline = (await plan_for(ANA, connectors, datamap)).outline()
    steps = [(step.place, step.does, step.rows) for step in outline.steps]
    assert steps[:4] == [
        ("shop.customers", "detach", 1),
        ("shop.invoices", "detach", 2),
        ("shop.invoices", "detach", 2),
        ("shop.invoices", "use_lock", 2),
    ]
    assert steps[-1] == ("shop.customers", "delete", 1)
    assert outline.kept["shop.invoices"].startswith("EX8, counsel: Tax law")
    assert ANA_RUIZ.customer_number not in outline.model_dump_json()


async def test_a_plan_survives_its_bytes(connectors: Connectors, datamap: DataMap) -> None:
    """The plan read back from the vault is the plan that was approved, by hash."""
    plan = await plan_for(ANA, connectors, datamap)
    again = ErasurePlan.from_bytes(plan.canonical())
    assert again == plan
    assert again.content_hash == plan.content_hash


async def test_a_plan_and_its_proof_print_no_key_and_no_identity(
    connectors: Connectors, datamap: DataMap
) -> None:
    """Logs that print them give nobody away."""
    plan = await plan_for(ANA, connectors, datamap)
    proof = await prove_absence(connectors, datamap, plan)
    shown = repr(plan) + repr(proof) + json.dumps(plan.rows_per_collection)
    assert ANA_RUIZ.email not in shown
    assert ANA_RUIZ.customer_number not in shown


@pytest.mark.parametrize("method", ["overwrite", "null", "pseudonymise"])
async def test_rows_can_be_stripped_instead_of_deleted(
    method: str,
    connectors: Connectors,
    shop_connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """Support messages whose text is written over count as erased, and are proven so."""
    await shop_connection.execute("ALTER TABLE support_messages ALTER body DROP NOT NULL")
    text = business.DATAMAP.read_text()
    start = text.index("- name: support_messages")
    part = text[start:].replace("privacy:\n", f"privacy:\n            erasure: {method}\n", 1)
    tickets = text[:start].replace(
        "            purposes: [support]\n",
        f"            erasure: {method}\n            purposes: [support]\n",
    )
    customers = tickets.replace(
        "            role: person\n", "            role: person\n            erasure: overwrite\n"
    )
    unique = customers.replace(
        "privacy: {category: identifiers}\n          - name: full_name",
        'privacy: {category: identifiers, tombstone: "gone-{key}"}\n          - name: full_name',
    )
    await shop_connection.execute("ALTER TABLE support_tickets ALTER subject DROP NOT NULL")
    datamap = load(unique + part, "map.yaml")
    plan = await plan_for(ANA, connectors, datamap)
    await erase(plan, connectors["shop"])
    proof = await prove_absence(connectors, datamap, plan)
    assert proof.holds, proof
    left = await shop_connection.fetch(
        "SELECT m.body, c.customer_number, c.email, c.phone, c.birth_date FROM customers c"
        " JOIN support_tickets t ON t.customer_id = c.id"
        " JOIN support_messages m ON m.ticket_id = t.id"
        " WHERE c.id = 1"
    )
    assert len(left) == 4
    assert {row["customer_number"] for row in left} == {"gone-1"}
    assert {row["email"] for row in left} == {"erased"}
    body = left[0]["body"]
    assert {"overwrite": body == "erased", "null": body is None}.get(
        method, str(body).startswith("pseudonym-")
    )
