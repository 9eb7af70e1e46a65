"""The team's morning digest, on a real Temporal server, database and mail server."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import asyncpg
import pytest
from temporalio import activity
from temporalio.client import Client, ScheduleActionExecutionStartWorkflow

from activities.digests import Digests, message_id
from activities.letters import Post
from domain import events as e
from domain import policies
from letters.digest import Places
from records import outbox, requests
from records.pool import create_pool
from tests.stored import file, order_letter, write
from tests.workers.temporal.conftest import RunWorker
from workers.schedules import MORNING_SCHEDULE, ensure_morning_schedule
from workers.stack.mail_sink import EmbeddedMailSink
from workflows import upkeep
from workflows.digests import DigestOfDay, Morning

pytestmark = pytest.mark.usefixtures("revisions")
MONDAY = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
LATE, SOON, PARKED, WROTE, QUIET = (f"PR-0000-000{n}" for n in range(1, 6))


class OnMonday(Digests):
    """The steps on a day of the test's."""

    @activity.defn(name=upkeep.DIGEST_DUE.name)
    async def digest_due(self, asked: upkeep.Today) -> upkeep.DigestDue:
        """Look on that day."""
        return await super().digest_due(upkeep.Today(now=MONDAY))

    @activity.defn(name=upkeep.SEND_DIGEST.name)
    async def send_digest(self, asked: upkeep.Today) -> upkeep.DigestSent:
        """Send on that day."""
        return await super().send_digest(upkeep.Today(now=MONDAY))


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    """Give our database."""
    pool = await create_pool(database)
    yield pool
    await pool.close()


@pytest.fixture
def digests(pool: asyncpg.Pool, mail_sink: EmbeddedMailSink) -> Digests:
    """Give the steps of an installation whose mail arrives in the sink."""
    server = SimpleNamespace(
        smtp_host="127.0.0.1", smtp_port=mail_sink.smtp_port, smtp_security="none", smtp_user=None
    )
    post = Post(
        server=server,
        password=None,
        sender="privacy@shop.example",
        staff="team@shop.example",
        public_url="https://privacy.shop.example",
        workflow_url="",
    )
    places = Places(
        case="https://privacy.shop.example/staff/requests/{request_id}",
        workflow="https://ui.shop.example/workflows/{workflow_id}",
        lists=[("Overdue, in the Web UI", "https://ui.shop.example/workflows?query=overdue")],
    )
    return OnMonday(pool, post, places, "shop.example")


async def filed(conn: asyncpg.Connection, request_id: str, **projection: object) -> None:
    """File a request of Ana's, and say where it stands."""
    consumer = {"name": "Ana Ruiz", "email": f"{request_id.lower()}@example.com"}
    wish = {"request_types": ["delete"], "consumer": consumer}
    await file(conn, request_id, MONDAY - timedelta(days=30), wish)
    standing = {"stage": "deciding", "needs_action": "", **projection}
    await requests.project(conn, request_id, requests.Projection.model_validate(standing))


async def busy(conn: asyncpg.Connection) -> None:
    """File what waits for the team in every way, and one request that waits for nobody."""
    due = {"respond_by": MONDAY + timedelta(days=20)}
    await filed(conn, LATE, needs_action="decide", respond_by=MONDAY - timedelta(days=2))
    await filed(conn, SOON, needs_action="letter_posted", respond_by=MONDAY + timedelta(days=3))
    await filed(conn, PARKED, needs_action="retry_step", **due)
    await filed(conn, WROTE, needs_action="messages_read", **due)
    await filed(conn, QUIET, stage="verifying", **due)
    await write(conn, WROTE, MONDAY, e.MessageReceived(inbox=7, reading="reply"))
    await write(conn, f"{WROTE}.mailer", MONDAY, e.ProviderEscalated())
    await order_letter(conn, SOON, 3, MONDAY, channel="post")
    await outbox.mark_queued(conn, SOON, 3)


async def fired(client: Client, times: int) -> None:
    """Fire the schedule, and wait for what it starts."""
    schedule = client.get_schedule_handle(MORNING_SCHEDULE)
    for n in range(1, times + 1):
        await schedule.trigger()
        async with asyncio.timeout(40):
            while len(done := (await schedule.describe()).info.recent_actions) < n:
                await asyncio.sleep(0.1)
            started = done[-1].action
            assert isinstance(started, ScheduleActionExecutionStartWorkflow)
            await client.get_workflow_handle(started.workflow_id).result()


async def test_the_team_hears_each_working_morning_what_waits(
    client: Client,
    run_worker: RunWorker,
    pool: asyncpg.Pool,
    digests: Digests,
    mail_sink: EmbeddedMailSink,
) -> None:
    """One mail for a day on which the schedule fires twice, with ids and links, and no name."""
    steps = [digests.digest_due, digests.send_digest]
    async with pool.acquire() as conn, run_worker([Morning, DigestOfDay], steps) as task_queue:
        await busy(conn)
        await ensure_morning_schedule(client, task_queue, policies.in_force_at(MONDAY))
        try:
            await fired(client, 2)
        finally:
            await client.get_schedule_handle(MORNING_SCHEDULE).delete()
    (mail,) = mail_sink.letters()
    assert mail["message_id"] == message_id(MONDAY.date(), "shop.example")
    assert mail["subject"] == "2026-11-23: 4 requests wait this morning"
    text = mail["text"]
    for heading in ("Overdue: 1", "Due within 7 days: 1", "Stopped: 1", "Messages to read: 1"):
        assert heading in text
    for heading in ("Waiting for a decision: 1", "Letters to post: 1", "Silent providers: 1"):
        assert heading in text
    assert f"https://privacy.shop.example/staff/requests/{LATE}" in text
    assert "https://ui.shop.example/workflows?query=overdue" in text
    assert QUIET not in text
    assert "Ana" not in text + mail["html"]


async def test_no_mail_goes_out_when_nothing_waits_or_nobody_works(
    pool: asyncpg.Pool, digests: Digests, mail_sink: EmbeddedMailSink
) -> None:
    """Neither on a day without work, nor on Thanksgiving; Monday is a working day (HOL-01)."""
    sent = await Digests.send_digest(digests, upkeep.Today(now=MONDAY))
    assert (sent.requests, mail_sink.letters()) == (0, [])
    days = [MONDAY, MONDAY + timedelta(days=3), MONDAY + timedelta(days=5)]
    due = [(await Digests.digest_due(digests, upkeep.Today(now=day))).day for day in days]
    assert due == [MONDAY.date(), None, None]
