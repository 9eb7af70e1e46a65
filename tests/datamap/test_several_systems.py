"""One person in three systems: found, erased, proven; and what happens when a system fails."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from datamap import (
    DataMap,
    ErasurePlan,
    PersonKeys,
    RowRef,
    SystemFailed,
    erase,
    find,
    match,
    plan_erasure,
    prove_absence,
)
from datamap.checking import check, is_red
from datamap.connectors import Connector, Reader
from datamap.connectors.base import Row, Table, Where
from domain.vocabulary import PointOfIdentity
from samples.business.people import ANA_RUIZ

Systems = dict[str, Connector]
Places = dict[str, str]
ANA = PersonKeys(rows=(RowRef(system="shop", collection="customers", key="1"),))
ELSEWHERE = {
    "backoffice.accounts": 1,
    "backoffice.applicant_documents": 1,
    "backoffice.applicants": 1,
    "backoffice.crm_activities": 2,
    "backoffice.crm_contacts": 1,
    "backoffice.page_views": 2,
    "backoffice.testimonials": 1,
    "drop.bounces": 1,
    "drop.event_attendees": 1,
}


async def plan_for_ana(systems: Systems, datamap: DataMap) -> ErasurePlan:
    """Find Ana and plan."""
    return await plan_erasure(systems, datamap, await find(systems, datamap, ANA))


async def test_the_map_of_all_systems_is_green(all_systems: Systems, whole_map: DataMap) -> None:
    """Two databases and a folder fit one map."""
    remarks = await check(all_systems, whole_map)
    assert not is_red(remarks), [str(one) for one in remarks]
    assert [str(one) for one in remarks if one.code == "no_index"] == []


async def test_a_person_is_one_person_across_systems(
    all_systems: Systems, whole_map: DataMap
) -> None:
    """Rows of CRM, marketing and applications under one mailbox and name are no rivals."""
    kinds = (PointOfIdentity.PHONE, PointOfIdentity.CUSTOMER_NUMBER)
    found = await match(
        all_systems,
        whole_map,
        {kind: ANA_RUIZ.points[kind] for kind in kinds},
        ANA_RUIZ.email,
        reliable=frozenset(kinds),
        needed=3,
        received_at=datetime(2026, 2, 20, tzinfo=UTC),
        settled_days=60,
    )
    assert (found.points_counted, found.mismatches, found.rivals) == (3, 0, 0)


async def test_data_is_found_and_erased_in_every_system(
    all_systems: Systems, whole_map: DataMap, places: Places
) -> None:
    """References lead from system to system; nothing of Ana is left but her invoices."""
    plan = await plan_for_ana(all_systems, whole_map)
    assert {
        place: rows
        for place, rows in plan.rows_per_collection.items()
        if not place.startswith("shop.")
    } == ELSEWHERE
    assert plan.systems[-1] == "shop"
    for system in plan.systems:
        await erase(plan, all_systems[system])
    proof = await prove_absence(all_systems, whole_map, plan)
    assert proof.holds, proof
    left = await traces(places, (ANA_RUIZ.name, ANA_RUIZ.email, ANA_RUIZ.phone, "C-000001"))
    assert left == {"shop.invoices": 2}


async def traces(places: Places, values: Sequence[str]) -> dict[str, int]:
    """Count, without the map, the rows of all systems in which one of the values stands."""
    left: dict[str, int] = {}
    for system in ("shop", "backoffice"):
        connection = await asyncpg.connect(places[system])
        for (table,) in await connection.fetch("SELECT relname FROM pg_stat_user_tables"):
            query = f'SELECT count(*) FROM "{table}" AS t WHERE t::text LIKE ANY($1)'
            if count := await connection.fetchval(query, [f"%{value}%" for value in values]):
                left[f"{system}.{table}"] = count
        await connection.close()
    return left | traces_in_files(Path(places["drop"]), values)


def traces_in_files(folder: Path, values: Sequence[str]) -> dict[str, int]:
    """Count the lines of CSV files in which one of the values stands."""
    left: dict[str, int] = {}
    for path in folder.glob("*.csv"):
        if count := sum(any(v in line for v in values) for line in path.read_text().splitlines()):
            left[f"drop.{path.stem}"] = count
    return left


async def test_a_crash_between_two_systems_resumes_without_repeating(
    all_systems: Systems, whole_map: DataMap, places: Places
) -> None:
    """The plan, read back from its bytes, finishes what is left; the proof names it before."""
    plan = await plan_for_ana(all_systems, whole_map)
    first, *rest = plan.systems
    await erase(plan, all_systems[first])
    again = ErasurePlan.from_bytes(plan.canonical())
    proof = await prove_absence(all_systems, whole_map, again)
    assert {place.partition(".")[0] for place in proof.still_found} == set(rest)
    for system in again.systems:
        await erase(again, all_systems[system])
    assert (await prove_absence(all_systems, whole_map, again)).holds


async def test_a_connector_that_silently_does_nothing_is_caught(
    all_systems: Systems, whole_map: DataMap
) -> None:
    """A system that reports success and keeps its rows blocks the closing."""
    plan = await plan_for_ana(all_systems, whole_map)
    for system in plan.systems:
        if system != "drop":
            await erase(plan, all_systems[system])
    proof = await prove_absence(all_systems, whole_map, plan)
    assert not proof.holds
    assert proof.still_found == ("drop.bounces", "drop.event_attendees")


class Flaky:
    """A connector whose connections break a few times in the middle of reading."""

    def __init__(self, inner: Connector, failures: int) -> None:
        self.inner = inner
        self.failures = failures

    @property
    def system(self) -> str:
        """The name of the system behind."""
        return self.inner.system

    def writing(self) -> object:
        """Open the system behind for writing."""
        return self.inner.writing()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Reader]:
        """Open a connection that may break."""
        async with self.inner.reading() as reader:
            yield _Breaking(self, reader)


class _Breaking:
    def __init__(self, outer: Flaky, reader: Reader) -> None:
        self._outer = outer
        self._reader = reader
        self.catalogue = reader.catalogue
        self.fingerprint = reader.fingerprint

    async def rows(
        self, table: Table, where: Where, columns: Sequence[str] = ()
    ) -> AsyncIterator[Sequence[Row]]:
        async for batch in self._reader.rows(table, where, columns):
            yield batch
            if self._outer.failures:
                self._outer.failures -= 1
                raise SystemFailed(self._outer.system, "connection lost")


@pytest.mark.parametrize(("failures", "recovers"), [(2, True), (50, False)])
async def test_a_failing_system_is_tried_again_on_its_own_and_named(
    failures: int, recovers: bool, all_systems: Systems, whole_map: DataMap
) -> None:
    """A short break changes nothing in what is found; a dead system is named."""
    whole = await find(all_systems, whole_map, ANA)
    flaky: Systems = {**all_systems, "backoffice": Flaky(all_systems["backoffice"], failures)}  # type: ignore[dict-item]
    if recovers:
        assert (await find(flaky, whole_map, ANA)).rows == whole.rows
    else:
        with pytest.raises(SystemFailed, match="System backoffice"):
            await find(flaky, whole_map, ANA)
