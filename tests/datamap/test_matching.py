"""Who asks: reliable points of one person, never of several."""

from datetime import UTC, datetime

import pytest

from datamap import DataMap, Match, match
from datamap.connectors import Connector
from domain.vocabulary import PointOfIdentity
from samples.business.people import (
    ANA_RUIZ,
    DANIEL_PARK,
    GRACE_LIU,
    MAYA_JOHNSON,
    ROBERT_HALE_JUNIOR,
    ROBERT_HALE_SENIOR,
    SamplePerson,
)

RELIABLE = frozenset(
    {
        PointOfIdentity.PHONE,
        PointOfIdentity.POSTAL_ADDRESS,
        PointOfIdentity.BIRTH_DATE,
        PointOfIdentity.CUSTOMER_NUMBER,
        PointOfIdentity.ORDER_NUMBER,
    }
)
RECEIVED = datetime(2026, 2, 20, 18, tzinfo=UTC)
Points = dict[PointOfIdentity, str]
Asking = tuple[dict[str, Connector], DataMap]


@pytest.fixture
def asking(connectors: dict[str, Connector], datamap: DataMap) -> Asking:
    """Give what every matching needs."""
    return connectors, datamap


async def ask(asking: Asking, points: Points, proved: str | None = None) -> Match:
    """Match points at the tier of a deletion."""
    return await match(
        *asking,
        points,
        proved,
        reliable=RELIABLE,
        needed=3,
        received_at=RECEIVED,
        settled_days=60,
    )


def some(person: SamplePerson, *kinds: PointOfIdentity) -> Points:
    """Return some of a person's true points."""
    return {kind: person.points[kind] for kind in kinds}


async def test_true_points_and_a_proved_address_count_once_each(asking: Asking) -> None:
    """Two reliable points and the proved address of one person are three points (VER-19)."""
    points = some(ANA_RUIZ, PointOfIdentity.PHONE, PointOfIdentity.CUSTOMER_NUMBER)
    found = await ask(asking, points, ANA_RUIZ.email)
    assert (found.points_counted, found.mismatches, found.rivals) == (3, 0, 0)
    assert (found.address_on_file, found.address_settled) == (True, True)
    assert [str(row.node) for row in found.person.rows] == ["shop.customers"]


async def test_other_writings_of_a_fact_are_the_same_fact(asking: Asking) -> None:
    """Case, spaces, punctuation, abbreviations and date forms do not matter."""
    points: Points = {
        PointOfIdentity.PHONE: "(415) 555-0142",
        PointOfIdentity.POSTAL_ADDRESS: "1480 guerrero st.  San Francisco, California 94110",
        PointOfIdentity.BIRTH_DATE: "April 12, 1988",
        PointOfIdentity.CUSTOMER_NUMBER: " c-000001 ",
        PointOfIdentity.FULL_NAME: "ANA  RUIZ",
    }
    found = await ask(asking, points, "  Ana.Ruiz@Example.COM ")
    assert (found.points_counted, found.mismatches) == (5, 0)


async def test_names_and_unproved_addresses_count_nothing(asking: Asking) -> None:
    """A name is not reliable and a merely submitted e-mail address gives no point (VER-19)."""
    points: Points = {
        PointOfIdentity.FULL_NAME: ANA_RUIZ.name,
        PointOfIdentity.EMAIL: ANA_RUIZ.email,
        PointOfIdentity.PHONE: ANA_RUIZ.points[PointOfIdentity.PHONE],
    }
    found = await ask(asking, points)
    assert found.points_counted == 1
    assert not found.address_on_file


async def test_a_foreign_mailbox_is_neither_a_point_nor_on_file(asking: Asking) -> None:
    """A proved address that the business never held gives no point and no delivery (VER-17)."""
    points = some(
        ANA_RUIZ,
        PointOfIdentity.PHONE,
        PointOfIdentity.CUSTOMER_NUMBER,
        PointOfIdentity.BIRTH_DATE,
    )
    found = await ask(asking, points, "somebody@example.net")
    assert (found.points_counted, found.address_on_file, found.address_settled) == (3, False, False)
    assert found.rivals == 0


async def test_points_of_several_people_are_never_added_up(asking: Asking) -> None:
    """The son's mailbox and phone do not help with the father's customer number (VER-18)."""
    points = {
        **some(ROBERT_HALE_JUNIOR, PointOfIdentity.PHONE),
        **some(ROBERT_HALE_SENIOR, PointOfIdentity.CUSTOMER_NUMBER),
    }
    found = await ask(asking, points, ROBERT_HALE_JUNIOR.email)
    assert (found.points_counted, found.rivals) == (2, 0)


async def test_namesakes_at_one_address_are_told_apart_by_their_own_points(asking: Asking) -> None:
    """Three points that only the father has leave no doubt, shared address or not."""
    points = some(
        ROBERT_HALE_SENIOR,
        PointOfIdentity.FULL_NAME,
        PointOfIdentity.POSTAL_ADDRESS,
        PointOfIdentity.PHONE,
        PointOfIdentity.BIRTH_DATE,
    )
    found = await ask(asking, points, ROBERT_HALE_SENIOR.email)
    assert (found.points_counted, found.rivals) == (4, 0)


async def test_a_shared_address_that_decides_makes_a_rival(asking: Asking) -> None:
    """Where the shared address is the third point, the son is a rival of his father (VER-18)."""
    points = some(ROBERT_HALE_SENIOR, PointOfIdentity.POSTAL_ADDRESS, PointOfIdentity.PHONE)
    found = await ask(asking, points, ROBERT_HALE_SENIOR.email)
    assert (found.points_counted, found.rivals) == (3, 1)


async def test_a_role_mailbox_that_decides_makes_a_rival(asking: Asking) -> None:
    """Control of a mailbox that two people share proves neither of them (VER-18)."""
    points = some(GRACE_LIU, PointOfIdentity.PHONE, PointOfIdentity.CUSTOMER_NUMBER)
    assert (await ask(asking, points, GRACE_LIU.email)).rivals > 0
    points |= some(GRACE_LIU, PointOfIdentity.BIRTH_DATE)
    assert (await ask(asking, points, GRACE_LIU.email)).rivals == 0


async def test_two_people_who_both_reach_the_tier_are_rivals(asking: Asking) -> None:
    """Points that verify two people verify nobody."""
    points = {
        **some(GRACE_LIU, PointOfIdentity.PHONE, PointOfIdentity.POSTAL_ADDRESS),
        **some(DANIEL_PARK, PointOfIdentity.ORDER_NUMBER),
    }
    found = await ask(asking, points, DANIEL_PARK.email)
    assert (found.points_counted, found.rivals) == (3, 1)


async def test_facts_that_the_record_contradicts_are_counted_as_mismatches(asking: Asking) -> None:
    """Two wrong facts about the best person are two mismatches, in any row of theirs (VER-01)."""
    points: Points = {
        **some(ANA_RUIZ, PointOfIdentity.PHONE, PointOfIdentity.CUSTOMER_NUMBER),
        PointOfIdentity.BIRTH_DATE: "1970-01-01",
        PointOfIdentity.ORDER_NUMBER: "O-99999999-9",
    }
    found = await ask(asking, points)
    assert (found.points_counted, found.mismatches) == (2, 2)


async def test_what_was_offered_stands_beside_what_is_held(asking: Asking) -> None:
    """Staff see each point with the one person's own values; a number that differs says so."""
    points = {
        PointOfIdentity.PHONE: ANA_RUIZ.points[PointOfIdentity.PHONE],
        PointOfIdentity.CUSTOMER_NUMBER: "C-999999",
        PointOfIdentity.EMPLOYER: "Acme",
    }
    found = await ask(asking, points)
    shown = {one.kind: (one.verdict.value, one.counts) for one in found.compared}
    assert shown == {
        PointOfIdentity.PHONE: ("matches", True),
        PointOfIdentity.CUSTOMER_NUMBER: ("differs", False),
        PointOfIdentity.EMPLOYER: ("not_held", False),
    }
    held = {one.kind: one.held for one in found.compared}
    assert held[PointOfIdentity.CUSTOMER_NUMBER] == (ANA_RUIZ.customer_number,)


async def test_an_address_changed_lately_is_on_file_but_not_settled(asking: Asking) -> None:
    """An address changed in the 60 days before receipt gets no package (VER-17)."""
    points = some(MAYA_JOHNSON, PointOfIdentity.PHONE, PointOfIdentity.CUSTOMER_NUMBER)
    found = await ask(asking, points, MAYA_JOHNSON.email)
    assert (found.points_counted, found.address_on_file, found.address_settled) == (3, True, False)


async def test_a_stranger_matches_nobody(asking: Asking) -> None:
    """Unknown facts give a match of nobody, told the same way."""
    found = await ask(asking, {PointOfIdentity.PHONE: "+1 212 555 0000"}, "nobody@example.net")
    assert (found.points_counted, found.person.rows) == (0, ())


async def test_a_match_shows_no_value(asking: Asking) -> None:
    """Neither the printed form nor the JSON of a match tells which rows are the person's."""
    points = some(ANA_RUIZ, PointOfIdentity.CUSTOMER_NUMBER)
    found = await ask(asking, points, ANA_RUIZ.email)
    assert "key" not in repr(found)
    assert "person" not in found.model_dump()
