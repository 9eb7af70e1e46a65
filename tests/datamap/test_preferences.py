"""Opt-outs in the business's own systems."""

import asyncpg

from datamap import DataMap, OptOut, PersonKeys, RowRef, opt_out
from datamap.connectors import Connector
from samples.business.people import ANA_RUIZ, CLARA_WEISS

Connectors = dict[str, Connector]


async def test_an_address_on_file_is_enough_to_opt_out(
    connectors: Connectors,
    datamap: DataMap,
    shop_connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """Preferences and marketing lists say so for whoever holds the address; twice is once."""
    for _ in range(2):
        done = await opt_out(connectors, datamap, OptOut.SALE_SHARING, email=ANA_RUIZ.email.upper())
        assert done.chosen == {"shop.marketing_contacts": 1, "shop.preferences": 1}
    stored = await shop_connection.fetchrow(
        "SELECT sale_sharing_opt_out, share_with_partners FROM preferences, marketing_contacts"
        " WHERE customer_id = 1 AND email = $1",
        ANA_RUIZ.email,
    )
    assert stored is not None
    assert tuple(stored) == (True, False)


async def test_a_customer_without_preferences_gets_a_row_under_their_own_key(
    connectors: Connectors,
    datamap: DataMap,
    shop_connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """A matched person who never chose gets the choice stored."""
    clara = PersonKeys(rows=(RowRef(system="shop", collection="customers", key="3"),))
    count = "SELECT count(*) FROM preferences WHERE customer_id = 3 AND sale_sharing_opt_out"
    assert await shop_connection.fetchval(count) == 0
    for _ in range(2):
        done = await opt_out(connectors, datamap, OptOut.SALE_SHARING, person=clara)
        assert done.chosen["shop.preferences"] == 1
    assert await shop_connection.fetchval(count) == 1


async def test_an_unknown_address_is_written_nowhere(
    connectors: Connectors,
    datamap: DataMap,
    shop_connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """A value first seen in a request never stands in a business table (PRN-08)."""
    done = await opt_out(connectors, datamap, OptOut.SALE_SHARING, email="new@example.net")
    assert (done.chosen, done.removed) == ({}, {})
    found = "SELECT count(*) FROM marketing_contacts WHERE email LIKE '%example.net'"
    assert await shop_connection.fetchval(found) == 0


async def test_an_opt_out_of_marketing_removes_the_row_from_the_list(
    connectors: Connectors,
    datamap: DataMap,
    shop_connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """Marketing lists lose the row, other choices are stored (REQ-10)."""
    done = await opt_out(connectors, datamap, OptOut.MARKETING, email=CLARA_WEISS.email)
    assert done.removed == {"shop.marketing_contacts": 1}
    assert done.chosen == {"shop.preferences": 1}
    found = "SELECT count(*) FROM marketing_contacts WHERE email = $1"
    assert await shop_connection.fetchval(found, CLARA_WEISS.email) == 0
