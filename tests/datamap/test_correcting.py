"""Corrections are written once, proven, and kept."""

import asyncpg
import pytest

from datamap import DataMap, PersonKeys, RowRef
from datamap.connectors import Connector
from datamap.correcting import Correction, any_sensitive, correct, enforce, propose
from datamap.errors import NotCorrectable
from domain.vocabulary import PointOfIdentity
from samples.business.people import ANA_RUIZ

Connectors = dict[str, Connector]
ROW = RowRef(system="shop", collection="customers", key="1")
ANA = PersonKeys(rows=(ROW,))
NEW = "+1 415 555 0177"
PHONES = (
    "SELECT phone FROM customers WHERE id = 1 UNION ALL SELECT phone FROM marketing_contacts"
    " WHERE email = 'ana.ruiz@example.com'"
)


async def phones(connection: "asyncpg.Connection[asyncpg.Record]") -> list[str]:
    """Read where Ana's phone number stands."""
    return [row["phone"] for row in await connection.fetch(PHONES)]


async def test_a_point_is_corrected_wherever_it_stands(
    connectors: Connectors,
    datamap: DataMap,
    shop_connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """The approved value is written in every system, read back, and twice is once."""
    proposed = await propose(connectors, datamap, ANA, PointOfIdentity.PHONE, NEW)
    assert [one.expected for one in proposed] == [ANA_RUIZ.phone] * 2
    for _ in range(2):
        done = await correct(connectors, datamap, proposed)
        assert done.holds
        assert done.written == {"shop.customers.phone": 1, "shop.marketing_contacts.phone": 1}
    assert await phones(shop_connection) == [NEW, NEW]


async def test_a_value_that_changed_since_the_approval_is_left_alone(
    connectors: Connectors,
    datamap: DataMap,
    shop_connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """Compare and set: a third value is reported by its place and stays."""
    proposed = await propose(connectors, datamap, ANA, PointOfIdentity.PHONE, NEW)
    await shop_connection.execute("UPDATE customers SET phone = '555' WHERE id = 1")
    done = await correct(connectors, datamap, proposed)
    assert not done.holds
    assert done.changed_meanwhile == ("shop.customers.phone",)
    assert await phones(shop_connection) == ["555", NEW]


async def test_a_feed_does_not_bring_the_old_value_back(
    connectors: Connectors,
    datamap: DataMap,
    shop_connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    """A pinned field that a feed overwrote is put right again (COR-04)."""
    pins = await propose(connectors, datamap, ANA, PointOfIdentity.PHONE, NEW)
    await correct(connectors, datamap, pins)
    await shop_connection.execute("UPDATE customers SET phone = '0' WHERE id = 1")
    assert (await enforce(connectors, datamap, pins)).holds
    assert await phones(shop_connection) == [NEW, NEW]


async def test_a_row_that_is_gone_is_no_correction(
    connectors: Connectors, datamap: DataMap
) -> None:
    """What cannot be read back was not corrected."""
    gone = ROW.model_copy(update={"key": "999999"})
    done = await correct(
        connectors, datamap, [Correction(row=gone, field="phone", expected="1", value=NEW)]
    )
    assert done.not_verified == ("shop.customers.phone",)


async def test_only_fields_that_the_map_names_may_be_written(
    connectors: Connectors, datamap: DataMap
) -> None:
    """A customer number is nobody's to correct; nothing is written at all."""
    wrong = Correction(row=ROW, field="customer_number", expected="C-000001", value="X")
    with pytest.raises(NotCorrectable, match=r"shop\.customers\.customer_number"):
        await correct(connectors, datamap, [wrong])


async def test_a_step_tried_again_finds_what_it_wrote(
    connectors: Connectors, datamap: DataMap
) -> None:
    """After a crash the second try holds the same fields, so that none is called refused."""
    first = await propose(connectors, datamap, ANA, PointOfIdentity.PHONE, NEW)
    await correct(connectors, datamap, first)
    again = await propose(connectors, datamap, ANA, PointOfIdentity.PHONE, NEW)
    assert [one.place for one in again] == [one.place for one in first]
    assert (await correct(connectors, datamap, again)).holds


@pytest.mark.parametrize(
    ("names", "sensitive"),
    [((), False), (("phone",), False), (("phone", "dietary_note"), True), (("ssn",), True)],
)
def test_what_is_sensitive_stands_in_the_map(
    whole_map: DataMap, names: tuple[str, ...], sensitive: bool
) -> None:
    """One sensitive value among those disputed asks for the stricter proof."""
    assert any_sensitive(whole_map, names) is sensitive
