"""A schema that the sample business is nothing like, mapped with the guide only.

Quoted and reserved names, composite and uuid keys, a self reference, soft deletion, a partitioned
table without a key, history without foreign keys, a view, generated columns, and addresses inside
arrays and documents.
"""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeAlias

import asyncpg
import pytest

from datamap import (
    DataMap,
    MapInvalid,
    PersonKeys,
    RowRef,
    erase,
    find,
    load,
    match,
    plan_erasure,
    prove_absence,
)
from datamap.checking import check, is_red
from datamap.connectors import Connector, PostgresConnector
from datamap.disclosure import Scope
from datamap.drafting import draft
from datamap.remarks import Code
from domain.policy import parse_policy
from domain.vocabulary import PointOfIdentity
from tests.datamap.disclosure.gatherings import gathered
from tests.datamap.test_undoing import Journal, undone
from workers.settings import PROJECT

HERE = Path(__file__).parent
MAP = (HERE / "unseen.yaml").read_text()
ADA = RowRef(system="club", collection="Member", key="00000000-0000-4000-8000-00000000000a")
PLANTED = ("abbott", "00000000000a", "ada@", "1980-03-04", "0100")
Club = dict[str, Connector]
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@pytest.fixture
async def connection(empty_database: str) -> AsyncIterator[Connection]:
    """Make the club's database and give a connection of the test's own."""
    connection = await asyncpg.connect(empty_database)
    await connection.execute((HERE / "unseen.sql").read_text())
    yield connection
    await connection.close()


@pytest.fixture
def club(empty_database: str, connection: Connection) -> Club:
    """Give the way into it."""
    return {"club": PostgresConnector("club", empty_database)}


@pytest.fixture
def datamap() -> DataMap:
    """Give its map."""
    return load(MAP, "unseen.yaml")


async def everything(connection: Connection) -> dict[str, list[str]]:
    """Return every row of every table as text, by a way that the engine has no part in."""
    names = await connection.fetch(
        "SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'p')"
        " AND NOT relispartition AND relnamespace = 'public'::regnamespace"
    )
    return {
        name: sorted(row[0] for row in await connection.fetch(f"SELECT t::text FROM {name} t"))
        for (name,) in names
    }


def left_of_ada(contents: dict[str, list[str]]) -> dict[str, int]:
    """Count rows in which a value of hers still stands."""
    hers = {
        name: sum(any(value in row.lower() for value in PLANTED) for row in rows)
        for name, rows in contents.items()
    }
    return {name: n for name, n in hers.items() if n}


async def test_a_draft_sees_into_arrays_and_documents(
    empty_database: str, connection: Connection
) -> None:
    """Addresses are proposed where they stand; a uuid is no insurance number by its name."""
    text = await draft(empty_database, "club")
    with pytest.raises(MapInvalid, match="activity has no key"):
        load(text, "draft.yaml")
    drafted = load(
        text.replace(
            "- name: actor  # unclassified", "- {name: actor, fides_meta: {primary_key: true}}"
        ),
        "draft.yaml",
    )
    identities = {
        f"{collection.name}.{leaf.name}"
        for _, collection in drafted.collections()
        for leaf in collection.leaves
        if leaf.meta.identity
    }
    assert identities >= {
        "Member.mailAddress",
        "Member.otherMails",
        "Member.profile.contact.email",
        "mailing.recipients",
        "webhook_dump.body.payer.email",
        "member_history.snapshot.mail",
        "activity.detail.as",
    }
    assert "health" not in text


async def test_the_check_is_green_and_its_remedies_run(
    club: Club, datamap: DataMap, connection: Connection
) -> None:
    """Every index that the check asks for can be made as it stands; then it asks no more."""
    remarks = await check(club, datamap)
    assert not is_red(remarks), [str(one) for one in remarks]
    for remark in remarks:
        assert remark.code is Code.NO_INDEX
        await connection.execute(remark.fix.removeprefix("Run "))
    assert await check(club, datamap) == []


async def test_a_key_that_two_people_may_share_is_refused(club: Club) -> None:
    """Without it a row of somebody else that happened at the same instant would go."""
    shared = MAP.replace(
        "{name: actor, fides_meta: {primary_key: true, ", "{name: actor, fides_meta: {"
    )
    remarks = await check(club, load(shared, "unseen.yaml"))
    assert [one.place for one in remarks if one.code is Code.KEY_NOT_UNIQUE] == ["club.activity"]
    assert is_red(remarks)


async def test_a_person_is_matched_by_any_address(club: Club, datamap: DataMap) -> None:
    """An old address in an array is hers as well as the first."""
    points = (PointOfIdentity.FULL_NAME, PointOfIdentity.BIRTH_DATE)
    given = {points[0]: "Ada Abbott", points[1]: "March 4, 1980"}
    for address in ("ada@abbott.example", "Ada@Old.example"):
        found = await match(
            club,
            datamap,
            given,
            address,
            reliable=frozenset(points),
            needed=3,
            received_at=datetime(2026, 2, 20, tzinfo=UTC),
            settled_days=60,
        )
        assert found.person.rows == (ADA,)
        assert (found.points_counted, found.mismatches, found.rivals) == (3, 0, 0)


async def test_what_is_left_is_what_was_declared(
    club: Club, datamap: DataMap, connection: Connection
) -> None:
    """An independent count finds the kept receipt and the list that others are on, nothing more."""
    before = await everything(connection)
    plan = await plan_erasure(club, datamap, await find(club, datamap, PersonKeys(rows=(ADA,))))
    journal = Journal()
    await erase(plan, club["club"], undoing=(datamap, journal.keep))
    assert (await prove_absence(club, datamap, plan)).holds
    assert left_of_ada(await everything(connection)) == {"mailing": 1, "receipt": 1}
    assert [rows.place for rows in plan.doubtful] == ["club.mailing"]
    assert [kept.rows.place for kept in plan.kept] == ["club.receipt"]
    assert await undone(club, journal) == {}
    assert await everything(connection) == before


async def test_what_is_given_out_is_hers(club: Club, datamap: DataMap) -> None:
    """Every collection is gathered; the card number, the coach's and the reader's ids are not."""
    path = PROJECT / "policies" / "2023-08-15.law-2026.yaml"
    policy = parse_policy(path.read_text(), str(path))
    scope = Scope(policy, date(2020, 1, 1), date(2026, 11, 22))
    found = await gathered(club, datamap, ADA, scope)
    places = {section.place for section in found.outline.sections}
    assert places == {
        f"club.{name}"
        for name in (
            "Member",
            "activity",
            "crew_member",
            "mailing",
            "member_history",
            "message",
            "order",
            "receipt",
            "select",
            "webhook_dump",
        )
    }
    said = repr([dict(row.values) for place in sorted(places) for row in found.rows(place)])
    assert "ada.abbott@work.example" in said
    assert "4111" not in said
    assert "berg" not in said
