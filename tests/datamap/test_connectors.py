"""One contract for every connector."""

import itertools
from collections.abc import AsyncIterator
from pathlib import Path

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
from datamap.connectors import (
    Connector,
    CsvFolderConnector,
    HttpJsonConnector,
    PostgresConnector,
    connect,
    kept_open,
)
from datamap.connectors.base import BATCH, Alike, Change, Equal, Table, Where
from datamap.normalise import variants
from domain.vocabulary import PointOfIdentity
from tests.datamap.small_systems import MAP, behind_http, in_files, in_postgres
from workers.stack.postgres import OWNER, EmbeddedPostgres

_numbers = itertools.count(1)
MEMBERS = Table("members", ("id",))
BOOKINGS = Table("bookings", ("member", "line"))
_OTHERS = (
    "SELECT pid FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture(params=["postgres", "postgres kept open", "csv_folder", "http_json"])
async def connector(
    request: pytest.FixtureRequest, postgres: EmbeddedPostgres, tmp_path: Path
) -> AsyncIterator[Connector]:
    """Give the same small system behind each kind of connector, named for its kind."""
    if request.param == "csv_folder":
        yield in_files("csv_folder", tmp_path)
    elif request.param == "http_json":
        async with behind_http("http_json") as served:
            yield served
    else:
        name = f"small_{next(_numbers)}"
        postgres.create_database(name, OWNER)
        small = await in_postgres("postgres", postgres.dsn(name, OWNER))
        if request.param == "postgres":
            yield small
        else:
            async with kept_open({"small": small}, at_once=2) as kept:
                yield kept["small"]
        postgres.drop_database(name)


def map_of(connector: Connector, erasure: str = "delete") -> DataMap:
    """Return the small system's map."""
    system = connector.system
    return load(MAP.format(system=system, kind=system, erasure=erasure), "map.yaml")


async def keys(connector: Connector, table: Table, where: Where) -> list[str]:
    """Read keys through a fresh reader."""
    async with connector.reading() as reader:
        return sorted([row.key async for batch in reader.rows(table, where) for row in batch])


async def test_rows_are_selected_by_values_of_one_column_and_of_several(
    connector: Connector,
) -> None:
    """Equality is by text, whatever the column's type; impossible values match nothing."""
    assert await keys(connector, MEMBERS, Equal(("id",), ["1", "3", "7", "not a number"])) == [
        "1",
        "3",
    ]
    found = await keys(connector, BOOKINGS, Equal(("member", "line"), ['["1", "0"]', '["1", "1"]']))
    assert found == ['["1", "0"]']
    assert await keys(connector, MEMBERS, Equal(("id",), [])) == []


@pytest.mark.parametrize(
    ("kind", "columns", "given"),
    [
        (PointOfIdentity.EMAIL, ("mail",), "ADA@example.org"),
        (PointOfIdentity.FULL_NAME, ("name",), "ada  nunez"),
        (PointOfIdentity.PHONE, ("phone",), "(415) 555-0142"),
        (PointOfIdentity.POSTAL_ADDRESS, ("street", "city"), "12 Oak Street, Chico"),
        (PointOfIdentity.BIRTH_DATE, ("born",), "April 12, 1988"),
        (PointOfIdentity.CUSTOMER_NUMBER, ("number",), "m-1"),
    ],
)
async def test_points_match_in_other_writings(
    kind: PointOfIdentity, columns: tuple[str, ...], given: str, connector: Connector
) -> None:
    """Folding in the system is folding in Python, for each kind of point."""
    assert await keys(connector, MEMBERS, Alike(kind, columns, variants(kind, given))) == ["1"]
    other = variants(kind, "2001-01-01" if kind is PointOfIdentity.BIRTH_DATE else "zz 999 zz")
    assert await keys(connector, MEMBERS, Alike(kind, columns, other)) == []


async def test_columns_come_as_texts_in_the_order_asked(connector: Connector) -> None:
    """Values are texts as the system writes them, and no value is None."""
    async with connector.reading() as reader:
        rows = reader.rows(MEMBERS, Equal(("id",), ["2"]), ("born", "mail"))
        ((row,),) = [batch async for batch in rows]
    assert (row.key, row.values) == ("2", (None, "ben@example.org"))


async def test_types_are_read_anew_and_together(postgres: EmbeddedPostgres) -> None:
    """Each connection reads the types of all tables known with the first; what changed is seen."""
    name = f"small_{next(_numbers)}"
    postgres.create_database(name, OWNER)
    connector = await in_postgres("postgres", postgres.dsn(name, OWNER))
    for table in (MEMBERS, BOOKINGS):
        await keys(connector, table, Equal(table.key, []))
    with postgres.connect(name) as owner:
        owner.execute("ALTER TABLE members ALTER COLUMN number TYPE varchar(40)")
        assert await keys(connector, MEMBERS, Equal(("number",), ["M-1"])) == ["1"]
        owner.execute("DROP TABLE bookings CASCADE")
    assert await keys(connector, MEMBERS, Equal(("id",), ["1"])) == ["1"]
    with pytest.raises(SystemFailed, match="UndefinedTableError"):
        await keys(connector, BOOKINGS, Equal(BOOKINGS.key, ['["1", "0"]']))
    postgres.drop_database(name)


async def test_a_kept_database_is_asked_again_over_one_connection(
    postgres: EmbeddedPostgres,
) -> None:
    """It outlasts its use, a broken one and a changed table cost at most one attempt."""
    name = f"small_{next(_numbers)}"
    postgres.create_database(name, OWNER)
    small = await in_postgres("postgres", postgres.dsn(name, OWNER))
    one = Equal(("id",), ["1"])
    with postgres.connect(name) as owner:
        async with kept_open({"small": small}, at_once=2) as kept:
            assert await keys(kept["small"], MEMBERS, one) == ["1"]
            (first,) = owner.execute(_OTHERS).fetchall()
            assert await keys(kept["small"], MEMBERS, one) == ["1"]
            assert owner.execute(_OTHERS).fetchall() == [first]
            owner.execute("SELECT pg_terminate_backend(%s, 5000)", first)
            assert await _in_two_attempts(kept["small"], one) == ["1"]
            owner.execute("ALTER TABLE members ALTER COLUMN id TYPE bigint")
            assert await _in_two_attempts(kept["small"], one) == ["1"]
        assert owner.execute(_OTHERS).fetchall() == []
    postgres.drop_database(name)


async def _in_two_attempts(connector: Connector, where: Where) -> list[str]:
    try:
        return await keys(connector, MEMBERS, where)
    except SystemFailed:
        return await keys(connector, MEMBERS, where)


async def test_many_rows_come_in_batches(connector: Connector) -> None:
    """No batch is larger than the bound on memory."""
    many = 2 * BATCH + 10
    async with connector.writing() as writer:
        for n in range(100, 100 + many if connector.system == "csv_folder" else 110):
            await writer.insert(BOOKINGS, {"member": "3", "line": str(n), "title": "x"})
    async with connector.reading() as reader:
        sizes = [len(batch) async for batch in reader.rows(BOOKINGS, Equal(("member",), ["3"]))]
    assert max(sizes) <= BATCH


async def test_deleting_and_writing_again_changes_nothing(connector: Connector) -> None:
    """Every change can be repeated."""
    for _ in range(2):
        async with connector.writing() as writer:
            await writer.delete([(BOOKINGS, ['["2", "1"]', '["2", "4"]'])])
            await writer.write(MEMBERS, ["2"], {"mail": "gone-{key}", "born": None, "name": "x"})
            await writer.insert(MEMBERS, {"id": "9", "mail": "new@example.org"})
            await writer.insert(MEMBERS, {"id": "1", "mail": "never@example.org"})
    assert await keys(connector, BOOKINGS, Equal(("member",), ["2"])) == ['["2", "7"]']
    async with connector.reading() as reader:
        where = Equal(("id",), ["1", "2", "9"])
        mails = [
            row.values[0] async for batch in reader.rows(MEMBERS, where, ("mail",)) for row in batch
        ]
    assert sorted(map(str, mails)) == ["Ada@Example.org ", "gone-2", "new@example.org"]


async def test_a_value_is_only_replaced_if_it_is_the_one_expected(connector: Connector) -> None:
    """Compare and set: a value that changed meanwhile stays, and a missing row is no success."""
    async with connector.writing() as writer:
        stale = Change("name", "Bert Cho", "Benjamin Cho")
        assert not await writer.compare_and_set(MEMBERS, "2", stale)
        assert await writer.compare_and_set(MEMBERS, "2", Change("name", "Ben Cho", "Benny Cho"))
        assert await writer.compare_and_set(MEMBERS, "2", Change("phone", None, "1"))
        assert not await writer.compare_and_set(MEMBERS, "77", Change("phone", None, "1"))
    async with connector.reading() as reader:
        rows = reader.rows(MEMBERS, Equal(("id",), ["2"]), ("name", "phone"))
        ((row,),) = [batch async for batch in rows]
    assert row.values == ("Benny Cho", "1")


async def test_rows_that_refer_to_each_other_go_together(connector: Connector) -> None:
    """One call deletes rows of several collections."""
    async with connector.writing() as writer:
        bookings = ['["1", "0"]', '["1", "3"]', '["1", "6"]']
        await writer.delete([(MEMBERS, ["1"]), (BOOKINGS, bookings)])
    assert await keys(connector, MEMBERS, Equal(("id",), ["1"])) == []
    assert await keys(connector, BOOKINGS, Equal(("member",), ["1"])) == []


async def test_a_reader_has_no_way_to_write(connector: Connector) -> None:
    """The proof's connection cannot change what it looks at."""
    async with connector.reading() as reader:
        assert not hasattr(reader, "delete")


async def test_the_catalogue_and_its_fingerprint_follow_the_live_system(
    connector: Connector,
) -> None:
    """The map fits the system, and the fingerprint stays while nothing changes."""
    remarks = await check({connector.system: connector}, map_of(connector))
    assert not is_red(remarks), [str(one) for one in remarks]
    async with connector.reading() as one, connector.reading() as other:
        assert await one.fingerprint() == await other.fingerprint()


@pytest.mark.parametrize("erasure", ["delete", "overwrite"])
async def test_an_erasure_is_carried_out_and_proven(erasure: str, connector: Connector) -> None:
    """Finding, planning, erasing and proving are the same everywhere."""
    systems, datamap = {connector.system: connector}, map_of(connector, erasure)
    member = RowRef(system=connector.system, collection="members", key="1")
    finding = await find(systems, datamap, PersonKeys(rows=(member,)))
    plan = await plan_erasure(systems, datamap, finding)
    assert plan.rows_per_collection == {
        f"{connector.system}.bookings": 3,
        f"{connector.system}.members": 1,
    }
    assert not (await prove_absence(systems, datamap, plan)).holds
    for _ in range(2):
        await erase(plan, connector)
        assert (await prove_absence(systems, datamap, plan)).holds
    left = await keys(connector, MEMBERS, Equal(("id",), ["1", "2", "3"]))
    assert left == (["2", "3"] if erasure == "delete" else ["1", "2", "3"])


@pytest.mark.parametrize(
    "dead",
    [
        PostgresConnector("dead", "postgresql://u:secret@127.0.0.1:1/none"),
        CsvFolderConnector("dead", Path("/nowhere")),
        HttpJsonConnector("dead", "http://127.0.0.1:1", "secret"),
    ],
)
async def test_a_dead_system_is_named_without_its_secrets(dead: Connector) -> None:
    """Whoever reads the error knows which system to look at."""
    with pytest.raises(SystemFailed, match="System dead") as failed:
        await keys(dead, MEMBERS, Equal(("mail",), ["ada@example.org"]))
    assert "secret" not in str(failed.value)
    assert "ada" not in str(failed.value)


async def test_a_failing_statement_names_no_value(connector: Connector) -> None:
    """A system's own error text, which may quote a row, is not passed on."""
    nowhere = Table("members", ("nothing",))
    with pytest.raises(SystemFailed) as failed:
        await keys(connector, nowhere, Equal(("nothing",), ["ada@example.org"]))
    assert "ada" not in str(failed.value)


async def test_systems_are_connected_by_their_addresses(connector: Connector) -> None:
    """The map says which kind a system is, the settings where it stands."""
    addresses = {"http_json": "https://token@example.org/api", "csv_folder": "file:///drop"}
    datamap = map_of(connector)
    made = connect(datamap, {"postgres": "postgresql://h/d", **addresses})
    assert isinstance(connector, type(made[connector.system]))
    assert "token" not in str(made)
