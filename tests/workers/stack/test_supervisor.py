"""The embedded stack: starts in order, names what fails, survives kills, leaves nothing behind."""

import asyncio
import socket
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest
import pytest_asyncio
from temporalio import workflow
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.worker import Worker

from tests.folders import reachable_folder
from workers.keys import api_key_hash
from workers.settings import load_settings
from workers.stack.business import BusinessPlaces
from workers.stack.errors import StackError
from workers.stack.pids import PidBook
from workers.stack.process import ChildProcess
from workers.stack.runner import Step
from workers.stack.services import SERVICES, Service, mailbox_ready, polls
from workers.stack.supervisor import EmbeddedStack
from workers.stack.temporal import EmbeddedTemporal

SAMPLES = tuple(service for service in SERVICES if service.sample)


def fill(places: BusinessPlaces) -> None:
    """Make a business of one customer."""
    with psycopg.connect(places.shop) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS customer AS SELECT 'Ana' AS name")


def stack(folder: Path, services: tuple[Service, ...] = (), *heard: list[Step]) -> EmbeddedStack:
    """Describe a stack on free ports that does not wait for the disk."""
    return EmbeddedStack(
        folder,
        ports={},
        services=services,
        fill=fill,
        durable=False,
        announce=heard[0].append if heard else lambda step: None,
    )


def customers(running: EmbeddedStack) -> int:
    """Count the business's customers."""
    with psycopg.connect(running.settings().secret("business_dsn")) as connection:
        row = connection.execute("SELECT count(*) FROM customer").fetchone()
    assert row
    return int(row[0])


async def answers(url: str) -> bool:
    """Tell whether a page comes."""
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(url)).is_success


async def test_every_part_runs_and_none_stays(stack_folder: Path) -> None:
    """The pages answer while the stack is up; afterwards every process is gone."""
    async with stack(stack_folder, SAMPLES) as running:
        parts = running.running()
        pids = [running.pid(part) for part in parts]
        assert parts == ["postgres", "mail_sink", "temporal", "sample_webhook", "sample_mailbox"]
        assert await answers(running.addresses.web_ui)
        assert await answers(running.addresses.inbox)
        assert customers(running) == 1
    assert not [pid for pid in pids if psutil.pid_exists(pid)]


async def test_the_next_start_has_the_same_ports_data_and_keys(stack_folder: Path) -> None:
    """A second start continues where the first one stopped."""
    async with stack(stack_folder) as first:
        with psycopg.connect(first.settings().secret("business_dsn")) as connection:
            connection.execute("INSERT INTO customer VALUES ('Bo')")
        before = first.settings()
    async with stack(stack_folder) as second:
        assert second.settings() == before
        assert customers(second) == 2


async def test_killed_parts_come_back_with_their_data(stack_folder: Path) -> None:
    """PostgreSQL killed under an open connection, and Temporal, start again by themselves."""
    heard: list[Step] = []
    async with stack(stack_folder, (), heard) as running:
        held = psycopg.connect(running.settings().secret("business_dsn"))
        heard.clear()
        watching = asyncio.create_task(running.watch())
        for part in ("postgres", "temporal"):
            psutil.Process(running.pid(part)).kill()
        async with asyncio.timeout(20):
            while {step.part for step in heard if step.what == "ready"} != {"postgres", "temporal"}:
                await asyncio.sleep(0.1)
        watching.cancel()
        held.close()
        assert customers(running) == 1


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running() -> AsyncIterator[EmbeddedStack]:
    """Run one stack for the tests that do not change it for good."""
    with reachable_folder() as folder, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ports = {"inbox": taken.getsockname()[1]}
        described = EmbeddedStack(folder, ports=ports, services=(), fill=fill, durable=False)
        async with described as stack:
            yield stack


@pytest.mark.asyncio(loop_scope="module")
async def test_one_part_is_killed_and_started_by_name(running: EmbeddedStack) -> None:
    """`kill` ends a part at once, `start` brings it back as another process."""
    before = running.pid("mail_sink")
    await running.kill("mail_sink")
    assert "mail_sink" not in running.running()
    await running.start("mail_sink")
    assert running.pid("mail_sink") != before
    assert running.mail.messages() == []


async def test_a_failing_part_is_named_with_its_log_and_the_rest_is_stopped(
    stack_folder: Path,
) -> None:
    """The error says which program ended, shows its last words, and nothing is left running."""
    failing = stack(stack_folder, (Service("broken", "workers.no_such_module", mailbox_ready),))
    with pytest.raises(StackError, match=r"(?s)broken.*No module named.*What to do"):
        async with failing:
            pass
    assert failing.running() == []


@pytest.mark.asyncio(loop_scope="module")
async def test_temporal_can_be_lost(running: EmbeddedStack) -> None:
    """Afterwards the server runs, ready for us, and knows no workflow of before."""
    before = await Client.connect(running.temporal.address)
    await before.start_workflow("Idle", id="before", task_queue="nobody")
    await running.lose_temporal()
    after = await Client.connect(running.temporal.address)
    with pytest.raises(RPCError, match="not found"):
        await after.get_workflow_handle("before").describe()
    await after.start_workflow("Idle", id="after", task_queue="nobody")


@pytest.mark.asyncio(loop_scope="module")
async def test_two_stacks_never_share_a_folder(running: EmbeddedStack) -> None:
    """The second supervisor is refused and what the first remembers stays as it is."""
    remembered = PidBook(running.folder.pids).read()
    with pytest.raises(StackError, match="already runs"):
        async with stack(running.folder.root):
            pass
    assert PidBook(running.folder.pids).read() == remembered
    assert set(remembered) == {"supervisor", "postgres", "mail_sink", "temporal"}


@pytest.mark.asyncio(loop_scope="module")
async def test_commands_find_the_running_stack(
    running: EmbeddedStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variables left in `stack.env` give the same settings, and only we may read them."""
    file = running.folder.variables
    monkeypatch.setenv("PRIVACY_ENV_FILE", str(file))
    assert load_settings() == running.settings()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert running.configuration.variables["SAMPLE_MAILBOX_PUBLIC_URL"] == running.addresses.gateway
    clients = running.settings().intake_clients
    assert clients.keys() == {"web-form", "canary"}
    assert clients["web-form"] == api_key_hash(running.intake_api_key)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_taken_port_is_replaced(running: EmbeddedStack) -> None:
    """The inbox wanted a port that another program listens on, and took a free one."""
    assert await answers(running.addresses.inbox)


@workflow.defn(sandboxed=False)
class Idle:
    """Does nothing."""

    @workflow.run
    async def run(self) -> None:
        """Return at once."""


async def test_a_worker_is_ready_when_it_polls_itself(
    temporal_server: EmbeddedTemporal, tmp_path: Path
) -> None:
    """Another process's poller on the same queue does not count."""
    settings = load_settings(temporal_address=temporal_server.address, task_queue="probed")
    stranger = ChildProcess("stranger", ["/bin/sleep", "20"], log=tmp_path / "log")
    stranger.start()
    client = await Client.connect(temporal_server.address, identity=f"{stranger.pid}@here")
    other = ChildProcess("other", ["/bin/sleep", "20"], log=tmp_path / "log")
    other.start()
    try:
        async with Worker(client, task_queue="probed", workflows=[Idle]):
            async with asyncio.timeout(10):
                while not await asyncio.to_thread(polls, stranger, settings, {}):
                    await asyncio.sleep(0.05)
            assert not await asyncio.to_thread(polls, other, settings, {})
    finally:
        stranger.kill()
        other.kill()
