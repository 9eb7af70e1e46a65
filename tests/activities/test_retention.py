"""What is past its date is destroyed for good, what a hold covers stays, figures do not change."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import ActivityEnvironment

from activities.retention import Retention
from datamap.comparing import KEPT_AS
from domain import events as e
from domain import policies
from domain.decisions.inbox import MAIL_RECEIVED, POINTS_ADDED
from domain.documents import DOCUMENT_SENT
from domain.metrics import Outcome, yearly_figures
from domain.vocabulary import Decision, ProviderStanding
from records import holds, inbox, messages, packages, requests
from records.holds import Hold
from records.identities import Identity, email, phone
from records.pool import create_pool
from records.vault import NotInVault, Shredded
from tests.stored import KEYRING, VAULT, file, write
from workers.engine import TemporalEngine
from workers.ledger_check import check
from workers.stack import temporal
from workers.stack.ports import free_ports
from workers.stack.temporal import EmbeddedTemporal
from workflows import exchange as x
from workflows import names
from workflows.upkeep import Purged, Today

pytestmark = pytest.mark.usefixtures("revisions")
RECEIVED = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
CLOSED = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
LAST_DAY = datetime(2028, 11, 23, 7, 0, tzinfo=UTC)
"""Still November 22 where the company is, though not in UTC."""
PAST = datetime(2028, 11, 23, 9, 0, tzinfo=UTC)
ANA, BEN = "PR-4106-105S", "PR-0000-0000"
QUEUES = ("transfer", "visibility", "timer")


class NoHistories:
    """Temporal, which has long forgotten everything."""

    async def forget(self, request_id: str) -> bool:
        """Find nothing, and nothing that runs."""
        return True


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    """Hold two closed requests of two people."""
    pool = await create_pool(database)
    async with pool.acquire() as conn:
        for request_id, name in ((ANA, "ana"), (BEN, "ben")):
            await _close(conn, request_id, name)
    yield pool
    await pool.close()


async def _close(conn: asyncpg.Connection, request_id: str, name: str) -> None:
    wish = {
        "request_types": ["delete"],
        "consumer": {"name": f"{name} canary", "email": f"{name}.canary@example.com"},
        "points": {"phone": "+1 415 555 0142" if name == "ana" else "+1 415 555 0199"},
    }
    await file(conn, request_id, RECEIVED, wish)
    closed = e.RequestClosed(outcome=Decision.GRANT, retain_until=CLOSED.date().replace(year=2028))
    await write(conn, request_id, CLOSED, closed)
    answered = requests.Projection(answered_at=CLOSED, outcome="GRANT", closed_at=CLOSED)
    await requests.project(conn, request_id, answered)


async def purge(pool: asyncpg.Pool, now: datetime, histories: object = None) -> Purged:
    """Run the step as its workflow does."""
    found = histories or NoHistories()
    steps = Retention(pool, VAULT, found, KEYRING, KEYRING)  # type: ignore[arg-type]
    done: Purged = await ActivityEnvironment().run(steps.purge, Today(now=now))
    return done


async def figures(pool: asyncpg.Pool) -> object:
    """Count the year's requests as the law asks (MET-02)."""
    rows = [await requests.find(pool, request_id) for request_id in (ANA, BEN)]
    outcomes = [
        Outcome(
            received_at=row.received_at,
            responded_at=row.answered_at,
            request_type=row.request_types[0],
            decision=row.outcome,
        )
        for row in rows
        if row
    ]
    return yearly_figures(policies.in_force_at(RECEIVED), 2026, outcomes)


async def test_a_record_stands_until_its_last_day_and_goes_on_the_next(pool: asyncpg.Pool) -> None:
    """By the company's date, not by UTC's; then it cannot be read by anybody (REC-01)."""
    assert await purge(pool, LAST_DAY) == Purged()
    assert await VAULT.get(pool, ANA, requests.SUBMISSION)
    assert await purge(pool, PAST) == Purged(purged=2)
    for request_id in (ANA, BEN):
        with pytest.raises(Shredded):
            await VAULT.get(pool, request_id, requests.SUBMISSION)
    assert await pool.fetchval("SELECT count(*) FROM privacy.vault") == 0
    assert await purge(pool, PAST) == Purged()


class Forgetful(TemporalEngine):
    """An engine whose namespace has let every history go."""

    def __init__(self) -> None:
        """Need no Temporal."""

    async def status(self, workflow_id: str) -> x.Status:
        """Know no such workflow."""
        raise RPCError(workflow_id, RPCStatusCode.NOT_FOUND, b"")


async def test_a_key_that_a_former_release_stored_as_it_came_is_hashed(
    pool: asyncpg.Pool, database: str, as_role: Callable[[str, str], str]
) -> None:
    """Long before the record goes, by the rights of the worker; what was hashed stays."""
    hashed = await _keys(pool)
    await pool.execute(
        "UPDATE privacy.request SET idempotency_key = request_id WHERE request_id = $1", BEN
    )
    worker = await create_pool(as_role(database, "privacy_worker"))
    try:
        await purge(worker, CLOSED)
    finally:
        await worker.close()
    assert await _keys(pool) == hashed


async def _keys(pool: asyncpg.Pool) -> list[str]:
    rows = await pool.fetch("SELECT idempotency_key FROM privacy.request ORDER BY request_id")
    return [row["idempotency_key"] for row in rows]


async def test_the_tombstone_keeps_figures_and_chain(pool: asyncpg.Pool) -> None:
    """Figures are those of the day before, and the ledger verifies without any history."""
    before = await figures(pool)
    await purge(pool, PAST)
    assert await figures(pool) == before
    row = await requests.find(pool, ANA)
    assert row is not None
    assert row.purged_at == PAST
    async with pool.acquire() as conn:
        report = await check(conn, Forgetful(), ANA)
    assert report.sound
    said = " ".join(report.summary(offline=False))
    assert "1: history gone, ledger verified" in said
    assert "The personal data was destroyed at 2028-11-23 09:00 UTC" in said


@pytest.mark.parametrize(
    "covers",
    [ANA, email("Ana.Canary@example.com "), phone("(415) 555-0142")],
)
async def test_a_hold_on_the_record_or_on_the_person_keeps_it(
    pool: asyncpg.Pool, covers: str | Identity
) -> None:
    """The other request goes; the held one is counted, and goes once its hold ends (REC-06)."""
    hold = Hold(
        hold_id="LH-1",
        matter="M-14",
        request_id=covers if isinstance(covers, str) else None,
        identity_hash=None if isinstance(covers, str) else holds.person(KEYRING, covers),
        placed_by="counsel-1",
        placed_at=CLOSED,
    )
    await holds.add(pool, hold)
    assert await purge(pool, PAST) == Purged(purged=1, held=1)
    assert await VAULT.get(pool, ANA, requests.SUBMISSION)
    await holds.release(pool, "LH-1", released_by="counsel-1", now=PAST)
    assert (await purge(pool, PAST)).purged == 1


async def test_a_later_confirmation_keeps_the_record_longer(pool: asyncpg.Pool) -> None:
    """The months run from a provider's word that came after the close (REC-01)."""
    said = e.AcknowledgementRecorded(inbox=1, standing=ProviderStanding.DONE, at=CLOSED)
    async with pool.acquire() as conn:
        await write(conn, f"{ANA}.acme", CLOSED + timedelta(days=60), said)
    assert await purge(pool, PAST) == Purged(purged=1, later=1)
    row = await requests.find(pool, ANA)
    assert row is not None
    assert str(row.retain_until) == "2029-01-21"
    assert await purge(pool, PAST + timedelta(days=60)) == Purged(purged=1)


async def test_what_was_given_for_verification_alone_goes_soon(pool: asyncpg.Pool) -> None:
    """Thirty days after the close added points and comparison are gone, the rest stays (VER-02)."""
    async with pool.acquire() as conn:
        receipt = await inbox.receive(
            conn,
            VAULT,
            once_key="token:1",
            request_id=ANA,
            stream=ANA,
            kind=POINTS_ADDED,
            facts={"kinds": ["birth_date"]},
            evidence=b'{"birth_date": "1984-05-06"}',
            now=RECEIVED,
        )
        await VAULT.put(conn, ANA, KEPT_AS, b"offered beside held")
    assert (await purge(pool, CLOSED + timedelta(days=29))).identity_evidence == 0
    assert (await purge(pool, CLOSED + timedelta(days=31))).identity_evidence == 2
    for kind, n in ((inbox.EVIDENCE, receipt.row_id), (KEPT_AS, 0)):
        with pytest.raises(NotInVault):
            await VAULT.get(pool, ANA, kind, n)
    assert await VAULT.get(pool, ANA, requests.SUBMISSION)


async def test_of_documents_the_record_keeps_what_it_needs(pool: asyncpg.Pool) -> None:
    """A permission stays for its months, another document goes with the proofs (REC-02, VER-02)."""
    rows = {}
    async with pool.acquire() as conn:
        for purpose in ("permission", "other"):
            receipt = await inbox.receive(
                conn,
                VAULT,
                once_key=purpose,
                request_id=ANA,
                stream=ANA,
                kind=DOCUMENT_SENT,
                facts={"purpose": purpose},
                evidence=b"%PDF-",
                now=RECEIVED,
            )
            rows[purpose] = receipt.row_id
    assert (await purge(pool, CLOSED + timedelta(days=31))).identity_evidence == 1
    assert await VAULT.get(pool, ANA, inbox.EVIDENCE, rows["permission"])
    with pytest.raises(NotInVault):
        await VAULT.get(pool, ANA, inbox.EVIDENCE, rows["other"])


async def test_papers_that_came_by_mail_go_with_the_proofs(pool: asyncpg.Pool) -> None:
    """The mail's words stay; of who asked for another it may be the permission (VER-02, REC-02)."""
    file = messages.StoredFile(name="id.pdf", media_type="application/pdf", size=5)
    said = messages.StoredMessage(sender="ana.canary@example.com", subject="", text="My passport.")
    rows = {}
    async with pool.acquire() as conn:
        await conn.execute(
            "UPDATE privacy.request SET requester = 'parent' WHERE request_id = $1", BEN
        )
        for request_id in (ANA, BEN):
            receipt = await inbox.receive(
                conn,
                VAULT,
                once_key=request_id,
                request_id=request_id,
                stream=request_id,
                kind=MAIL_RECEIVED,
                facts={"reading": "reply", "files": 1, "files_refused": 0},
                evidence=b"From: the mail as it came",
                now=RECEIVED,
            )
            rows[request_id] = receipt.row_id
            attached = [messages.Attachment(file, b"%PDF-")]
            await messages.put(conn, VAULT, request_id, receipt.row_id, said, attached)
    assert (await purge(pool, CLOSED + timedelta(days=29))).identity_evidence == 0
    assert (await purge(pool, CLOSED + timedelta(days=31))).identity_evidence == 1
    assert (await messages.get(pool, VAULT, ANA, rows[ANA])).text == said.text
    for kind, n in (
        (inbox.EVIDENCE, rows[ANA]),
        (messages.FILE, messages.file_number(rows[ANA], 0)),
    ):
        with pytest.raises(NotInVault):
            await VAULT.get(pool, ANA, kind, n)
    kept = messages.file_number(rows[BEN], 0)
    assert await VAULT.get(pool, BEN, messages.FILE, kept) == b"%PDF-"


async def test_a_package_that_was_left_goes_after_its_days(pool: asyncpg.Pool) -> None:
    """Thirty days after it went out its content is gone, hash and counts stay (KNO-07)."""
    async with pool.acquire() as conn:
        writing = await packages.begin(conn, VAULT, ANA, packages.Kind.PACKAGE, "ab" * 32, CLOSED)
        await writing.put(b"canary")
        await writing.finish(content_hash="ab" * 32, size=6, facts={}, now=CLOSED)
    assert (await purge(pool, CLOSED + timedelta(days=29))).packages == 0
    assert (await purge(pool, CLOSED + timedelta(days=31))).packages == 1
    assert await pool.fetchval("SELECT count(*) FROM privacy.package_chunk") == 0
    assert await pool.fetchval("SELECT content_hash FROM privacy.package") == "ab" * 32


async def test_a_hold_on_the_person_keeps_their_proofs_too(pool: asyncpg.Pool) -> None:
    """What was added for verification stays while the person is under a hold (REC-06)."""
    async with pool.acquire() as conn:
        await inbox.receive(
            conn,
            VAULT,
            once_key="token:2",
            request_id=ANA,
            stream=ANA,
            kind=POINTS_ADDED,
            facts={"kinds": ["birth_date"]},
            evidence=b"{}",
            now=RECEIVED,
        )
        covered = holds.person(KEYRING, email("ana.canary@example.com"))
        placed = {"placed_by": "counsel-1", "placed_at": CLOSED, "matter": "M-14"}
        await holds.add(conn, Hold(hold_id="LH-2", identity_hash=covered, **placed))
    assert (await purge(pool, CLOSED + timedelta(days=31))).identity_evidence == 0


async def test_one_that_fails_stops_no_other(pool: asyncpg.Pool) -> None:
    """A request whose ciphertext was damaged is left, counted and tried again tomorrow."""
    await pool.execute("UPDATE privacy.vault SET ciphertext = '\\x00' WHERE request_id = $1", ANA)
    assert await purge(pool, PAST) == Purged(purged=1, failed=1)


@pytest.fixture
async def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Client]:
    """Connect to a server that deletes at once; ordinarily it takes half a minute."""
    quick = tuple(f'history.{queue}ProcessorUpdateAckInterval="1s"' for queue in QUEUES)
    monkeypatch.setattr(temporal, "DYNAMIC_CONFIG", (*temporal.DYNAMIC_CONFIG, *quick))
    server = EmbeddedTemporal(tmp_path, *free_ports(2), log=tmp_path / "temporal.log")
    try:
        server.start()
        await server.ready_namespace()
        yield await Client.connect(server.address)
    finally:
        server.stop()


async def test_histories_that_are_left_go_and_a_running_one_stops_the_purge(
    pool: asyncpg.Pool, client: Client
) -> None:
    """Nothing is destroyed while a workflow runs; then all its runs and directions are deleted."""
    engine = TemporalEngine(client, "nobody-polls")
    found = TypedSearchAttributes([SearchAttributePair(names.REQUEST_ID, ANA)])
    handles = [
        await client.start_workflow(
            "ConsumerRequest", id=workflow_id, task_queue="nobody-polls", search_attributes=found
        )
        for workflow_id in (ANA, f"{ANA}.acme", f"late-{uuid.uuid4()}")
    ]
    await _seen(client, 3)
    assert await purge(pool, PAST, engine) == Purged(purged=1, running=1)
    assert await VAULT.get(pool, ANA, requests.SUBMISSION)
    for handle in handles:
        await handle.terminate()
    await _seen(client, 3, WorkflowExecutionStatus.TERMINATED)
    assert await purge(pool, PAST, engine) == Purged(purged=1)
    await _seen(client, 0)


async def _seen(client: Client, count: int, status: WorkflowExecutionStatus | None = None) -> None:
    """Wait until the list of workflows, which lags behind, shows so many of the request."""
    async with asyncio.timeout(20):
        while True:
            listed = [each async for each in client.list_workflows(f"RequestId = '{ANA}'")]
            if len(listed) == count and all(status in (None, each.status) for each in listed):
                return
            await asyncio.sleep(0.1)
