"""A first map from a live catalogue."""

import asyncpg

from datamap import load
from datamap.checking import check, is_red
from datamap.connectors import PostgresConnector
from datamap.drafting import draft
from datamap.graph import Graph, Node
from datamap.remarks import Severity
from datamap.schema import Role
from domain.vocabulary import PointOfIdentity
from samples.business.people import ANA_RUIZ


async def test_a_draft_of_the_sample_business_finds_people_and_what_is_theirs(shop: str) -> None:
    """Customers are the people, their rows follow foreign keys, products are left aside."""
    text = await draft(shop, "shop")
    datamap = load(text, "draft.yaml")
    assert next(datamap.with_role(Role.PERSON))[1].name == "customers"
    graph = Graph(datamap)
    owned = {node.collection for node in graph.owned_by_person()}
    assert {"orders", "order_items", "invoices", "support_messages", "preferences"} <= owned
    assert Node("shop", "products") not in graph.nodes
    customers = graph.nodes[Node("shop", "customers")]
    assert {field.point for field in customers.fields} >= {
        PointOfIdentity.EMAIL,
        PointOfIdentity.PHONE,
        PointOfIdentity.FULL_NAME,
        PointOfIdentity.POSTAL_ADDRESS,
        PointOfIdentity.BIRTH_DATE,
    }
    assert "name: amount_cents  # unclassified" in text
    assert ANA_RUIZ.email not in text


async def test_a_draft_passes_the_check(shop: str) -> None:
    """Every table and column stands there, and every foreign key has an action."""
    datamap = load(await draft(shop, "shop"), "draft.yaml")
    remarks = await check({"shop": PostgresConnector("shop", shop)}, datamap)
    red = [one for one in remarks if one.severity is Severity.ERROR]
    assert not is_red(remarks), [str(one) for one in red]


async def test_values_tell_what_a_name_does_not(
    shop: str, shop_connection: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    """A column with a meaningless name is proposed by its sampled values."""
    await shop_connection.execute(
        "CREATE TABLE legacy (id int PRIMARY KEY, f17 text, f18 text);"
        "INSERT INTO legacy VALUES (1, 'a@example.org', '4111 1111 1111 1111'),"
        " (2, 'b@example.org', '5500-0000-0000-0004')"
    )
    text = await draft(shop, "shop")
    legacy = load(text, "draft.yaml").system("shop").collection("legacy")
    assert legacy is not None
    fields = {one.name: one for one in legacy.fields}
    assert fields["f17"].meta.identity == "email"
    assert fields["f18"].privacy.never_disclose == "financial_account_number"
    assert "4111" not in text
