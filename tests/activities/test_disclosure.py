"""The steps of a disclosure on real databases: gathered once, built again, released, purged."""

import zipfile
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import BytesIO

import asyncpg
import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.disclosure import Disclosure
from activities.dossier import Dossier
from activities.returned import place_of
from datamap import PersonKeys, load
from datamap.connectors import Connector, PostgresConnector
from domain import events as e
from domain import policies
from domain.notices import AccessReportFacts
from domain.package import ReviewDecision
from domain.policy import Policy, PolicyPin
from domain.vocabulary import RequestType
from records import packages
from records.holds import Hold
from records.holds import add as place_hold
from records.pool import create_pool
from tests.datamap.disclosure import planted
from tests.stored import VAULT, file, write
from workflows import exchange as x
from workflows import exchange_disclosure as xd

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
REQUEST = "PR-4106-105S"


@dataclass
class Desk:
    """The steps with everything that they work on."""

    steps: Disclosure
    pool: asyncpg.Pool
    connectors: dict[str, Connector]
    pin: PolicyPin

    @property
    def asked(self) -> dict[str, object]:
        """What every step is asked with."""
        return {"request_id": REQUEST, "now": NOW, "policy": self.pin}

    async def compile(self, *, pieces: bool = True) -> x.CompiledReport:
        """Compile the report."""
        asked = x.CompileReport.model_validate(self.asked | {"specific_pieces": pieces})
        return await ActivityEnvironment().run(self.steps.compile_report, asked)

    async def review(self, *decisions: Mapping[str, object]) -> x.CompiledReport:
        """Decide on items."""
        parsed = [ReviewDecision.model_validate(one) for one in decisions]
        asked = xd.ReviewPackage.model_validate(self.asked | {"decisions": parsed})
        return await ActivityEnvironment().run(self.steps.review_package, asked)

    async def release(self, package_hash: str) -> None:
        """Let a package go out."""
        asked = xd.ReleasePackage.model_validate(self.asked | {"package_hash": package_hash})
        await ActivityEnvironment().run(self.steps.release_package, asked)

    async def purge(self) -> None:
        """Drop it all."""
        asked = x.OfRequest.model_validate(self.asked)
        await ActivityEnvironment().run(self.steps.purge_package, asked)

    async def content(self) -> bytes:
        """Return the bytes of the package that goes out."""
        async with self.pool.acquire() as conn:
            package = await packages.released(conn, REQUEST)
            assert package is not None
            key = await VAULT.data_key(conn, REQUEST)
            return b"".join([chunk async for chunk in packages.read(conn, key, package)])


@pytest.fixture
async def desk(
    database: str, empty_database: str, as_role: Callable[[str, str], str], policy: Policy
) -> AsyncIterator[Desk]:
    """File Ada's request, find her rows, and open the desk with the worker's own rights."""
    await planted.plant(empty_database)
    pool = await create_pool(as_role(database, "privacy_worker"))
    dossier = Dossier(VAULT)
    wish = {
        "request_types": ["know_specific"],
        "consumer": {"name": "Ada Abbott", "email": "ada@example.org"},
        "period": {"from": "2020-01-01", "to": "2026-11-20"},
    }
    async with pool.acquire() as conn:
        await file(conn, REQUEST, NOW, wish)
        await dossier.keep_person(conn, REQUEST, PersonKeys(rows=(planted.ADA,)))
    connectors: dict[str, Connector] = {"planted": PostgresConnector("planted", empty_database)}
    datamap = load(planted.MAP, "planted.yaml")
    steps = Disclosure(pool, VAULT, dossier, datamap, connectors)
    yield Desk(steps, pool, connectors, policies.pin_of(policy))
    await pool.close()


async def test_the_report_of_categories_fits_the_letter(desk: Desk) -> None:
    """KNO-01, KNO-03: its codes make the facts of N-06, the period clipped to the law's."""
    compiled = await desk.compile(pieces=False)
    facts = AccessReportFacts(
        request_id=REQUEST,
        request_type=RequestType.KNOW_CATEGORIES,
        receipt_date=date(2026, 11, 23),
        written_on=date(2026, 11, 23),
        period_from=compiled.period_from,
        period_to=compiled.period_to,
        specific_pieces=False,
        **compiled.report,
    )
    assert "inferences" in facts.categories
    assert (facts.period_from, facts.asked_from) == (date(2022, 1, 1), date(2020, 1, 1))
    assert compiled.rows["planted.people"] == 1
    assert compiled.withheld == ()


async def test_a_package_is_built_once_and_goes_out_when_released(desk: Desk) -> None:
    """KNO-02: a retry gives the same package; only a released one can be fetched, and is whole."""
    compiled = await desk.compile()
    assert await desk.compile() == compiled
    async with desk.pool.acquire() as conn:
        assert await packages.released(conn, REQUEST) is None
        assert len(await packages.versions(conn, REQUEST)) == 2
    await desk.release(compiled.content_hash)
    archive = zipfile.ZipFile(BytesIO(await desk.content()))
    assert archive.testzip() is None
    assert compiled.needs_review == ("NOT_YET_READ", "OTHER_PERSON", "POLICY_HEALTH")
    assert {"kind": "ssn", "reason": "NEVER_DISCLOSE"} in compiled.withheld


async def test_a_review_collects_nothing_again(desk: Desk) -> None:
    """KNO-07, KNO-08: the next version is made of what was gathered, with the systems away."""
    first = await desk.compile()
    desk.connectors.clear()
    decision = {"item": "planted.notes/4", "action": "release"}
    second = await desk.review(decision)
    assert second.content_hash != first.content_hash
    assert second.rows["planted.notes"] == first.rows["planted.notes"] + 1
    assert await desk.review(decision) == second
    await desk.release(second.content_hash)
    assert b"R-4" in zipfile.ZipFile(BytesIO(await desk.content())).read("data.json")


async def test_what_a_provider_returned_is_in_the_package(desk: Desk) -> None:
    """KNO-02, RED-01: its copy stands beside our rows, cleaned as they are, by the company's name.

    One that comes later makes another package; nothing changes as long as none does.
    """
    first = await desk.compile()
    copy = b'{"plan": "gold", "note": "SSN 078-05-1120"}'
    async with desk.pool.acquire() as conn:
        await VAULT.put(conn, REQUEST, place_of("acme-analytics"), copy, 7)
        directed = e.ProvidersDirected(
            providers={"acme-analytics": "Acme Analytics"}, wait_until=NOW
        )
        await write(conn, REQUEST, NOW, directed)
    second = await desk.compile()
    assert second.content_hash != first.content_hash
    assert second.rows["returned.acme-analytics"] == 1
    assert (await desk.compile()).content_hash == second.content_hash
    await desk.release(second.content_hash)
    archive = zipfile.ZipFile(BytesIO(await desk.content()))
    read = {name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}
    assert any('"plan": "gold"' in text for text in read.values())
    assert "copy that Acme Analytics returned" in read["index.html"]
    assert not [name for name, text in read.items() if "078-05-1120" in text]


async def test_what_cannot_be_done_says_so(desk: Desk) -> None:
    """A review of nothing, of a wrong item, and a release of nothing park with a clear type."""
    for work, kind in (
        (desk.review(), "NothingGathered"),
        (desk.release("0" * 64), "NoSuchPackage"),
    ):
        with pytest.raises(ApplicationError) as refused:
            await work
        assert (refused.value.type, refused.value.non_retryable) == (kind, True)
    await desk.compile()
    with pytest.raises(ApplicationError) as refused:
        await desk.review({"item": "planted.notes/99", "action": "release"})
    assert refused.value.type == "ReviewRefused"


async def test_a_purge_leaves_no_content(desk: Desk) -> None:
    """KNO-07, REC-05: afterwards only hash and counts are left, and a new one is collected anew."""
    compiled = await desk.compile()
    await desk.release(compiled.content_hash)
    await desk.purge()
    await desk.purge()
    async with desk.pool.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM privacy.package_chunk") == 0
        kept = await packages.versions(conn, REQUEST)
    assert [one.content_hash for one in kept if one.kind is packages.Kind.PACKAGE] == [
        compiled.content_hash
    ]
    assert await desk.compile() == compiled


async def test_a_hold_stops_the_purge(desk: Desk, database: str) -> None:
    """REC-06: a package of a request under hold stays, and staff are told which hold."""
    await desk.compile()
    hold = Hold(hold_id="H-1", matter="M", request_id=REQUEST, placed_by="s.lee", placed_at=NOW)
    async with desk.pool.acquire() as conn:
        await place_hold(conn, hold)
    with pytest.raises(ApplicationError, match="H-1") as refused:
        await desk.purge()
    assert refused.value.type == "UnderHold"


async def test_nothing_readable_is_stored_or_logged(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    """Invariant 4: the tables hold no readable byte of the person, and no log names a value."""
    caplog.set_level("DEBUG")
    compiled = await desk.compile()
    async with desk.pool.acquire() as conn:
        chunks = await conn.fetch("SELECT ciphertext FROM privacy.package_chunk")
        facts = await conn.fetch("SELECT facts::text, made_of FROM privacy.package")
    said = f"{facts} {compiled} {caplog.text}"
    stored = b"".join(row["ciphertext"] for row in chunks) + said.encode()
    for value in ("Abbott", "PK\x03\x04", *planted.NEVER.values(), *planted.OTHERS):
        assert value.encode() not in stored
