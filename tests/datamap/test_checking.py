"""The map against the live catalogue."""

import asyncpg
import pytest

from datamap import DataMap, load
from datamap.checking import Labels, check, is_red
from datamap.connectors import Connector, PostgresConnector
from datamap.remarks import Code, Severity
from samples import business

Connectors = dict[str, Connector]


async def test_the_sample_map_fits_the_sample_business(
    connectors: Connectors, datamap: DataMap
) -> None:
    """Nothing is red; every lookup of a request has an index."""
    remarks = await check(connectors, datamap)
    assert not is_red(remarks), [str(one) for one in remarks]
    assert [str(one) for one in remarks if one.code is Code.NO_INDEX] == []


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        (
            "ALTER TABLE orders ADD COLUMN gift_email text",
            Code.UNMAPPED_COLUMN,
            "orders.gift_email",
        ),
        ("ALTER TABLE products ADD COLUMN email text", Code.UNMAPPED_COLUMN, "products.email"),
        ("CREATE TABLE leads (id int)", Code.UNMAPPED_TABLE, "leads"),
        ("ALTER TABLE orders RENAME ship_to TO sent_to", Code.MISSING_COLUMN, "orders.ship_to"),
        ("DROP TABLE web_visits", Code.MISSING_TABLE, "web_visits"),
        ("ALTER TABLE web_visits ALTER id TYPE text", Code.TYPE_DIFFERS, "web_visits.id"),
        (
            "ALTER TABLE preferences DROP CONSTRAINT preferences_pkey,"
            " ADD PRIMARY KEY (customer_id, newsletter)",
            Code.KEY_DIFFERS,
            "preferences",
        ),
        (
            "ALTER TABLE products ADD FOREIGN KEY (title) REFERENCES customers (customer_number)"
            " NOT VALID",
            Code.FOREIGN_KEY,
            "products.title",
        ),
        ("ALTER TABLE invoices ALTER order_id SET NOT NULL", Code.FOREIGN_KEY, "invoices.order_id"),
    ],
)
async def test_a_difference_turns_the_check_red(
    change: str,
    code: Code,
    place: str,
    connectors: Connectors,
    datamap: DataMap,
    shop_connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """What one side does not know, or nothing says what to do about, is an error by its place."""
    await shop_connection.execute(change)
    remarks = await check(connectors, datamap)
    errors = {(one.code, one.place) for one in remarks if one.severity is Severity.ERROR}
    assert (code, f"shop.{place}") in errors


async def test_a_lookup_without_an_index_comes_with_the_statement_to_run(
    connectors: Connectors,
    datamap: DataMap,
    shop_connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """The statement that a warning gives silences it."""
    await shop_connection.execute(
        "DROP INDEX customers_lower_idx, web_visits_customer_id_idx, customers_lower_idx1"
    )
    warned = [one for one in await check(connectors, datamap) if one.code is Code.NO_INDEX]
    assert {one.place for one in warned} == {"shop.customers", "shop.web_visits"}
    for one in warned:
        await shop_connection.execute(one.fix.removeprefix("Run "))
    assert Code.NO_INDEX not in {one.code for one in await check(connectors, datamap)}


async def test_labels_that_the_policy_does_not_know_are_errors(
    connectors: Connectors, datamap: DataMap
) -> None:
    """A label outside the policy's own tables fails the check (KNO-12)."""
    labels = Labels(
        categories=frozenset({"identifiers"}),
        sources=frozenset({"consumer"}),
        purposes=frozenset({"support"}),
        recipients=frozenset({"service_providers"}),
        never_disclosed=frozenset(),
    )
    remarks = await check(connectors, datamap, labels)
    unknown = {one.place for one in remarks if one.code is Code.UNKNOWN_LABEL}
    assert {"shop.customers.phone", "shop.web_visits", "shop"} <= unknown


async def test_a_system_that_does_not_answer_is_named(datamap: DataMap) -> None:
    """A dead system is a red remark, and no password is printed."""
    dead = PostgresConnector("shop", "postgresql://u:secret@127.0.0.1:1/none")
    (remark,) = await check({"shop": dead}, datamap)
    assert (remark.code, remark.place) == (Code.UNREACHABLE_SYSTEM, "shop")
    assert "secret" not in str(remark)


async def test_a_map_that_calls_itself_a_ring_is_warned_about(connectors: Connectors) -> None:
    """A reference of a collection to itself would take other people's rows."""
    text = business.DATAMAP.read_text().replace(
        "              privacy: {when_parent_erased: detach, other_person: true}\n"
        "          - name: created_at",
        "              references: [{dataset: shop, field: customers.id, direction: from}]\n"
        "          - name: created_at",
    )
    assert text != business.DATAMAP.read_text()
    remarks = await check(connectors, load(text, "map.yaml"))
    assert (Code.RING, "shop.customers") in {(one.code, one.place) for one in remarks}
