"""Real servers for the tests, one of each per session, and fresh databases on them."""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from psycopg import conninfo

from domain import policies
from domain.policy import Policy
from records.keyring import Keyring
from records.migrate import upgrade
from records.vault import Vault
from tests.folders import reachable_folder
from tests.stored import KEYRING, VAULT
from workers.installing import grant_logins
from workers.policy_files import load_policies
from workers.settings import PROJECT
from workers.stack import ports
from workers.stack.mail_sink import EmbeddedMailSink
from workers.stack.ports import free_port, free_ports
from workers.stack.postgres import OWNER, EmbeddedPostgres
from workers.stack.secret_files import SecretFiles
from workers.stack.temporal import EmbeddedTemporal

WHOLE_REQUESTS = Path(__file__).parent / "e2e"
TEMPLATE = "migrated_template"
_numbers = itertools.count(1)


def pytest_configure() -> None:
    """Give each process of tests ports of its own: what one has chosen the other may not take."""
    process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    share = len(ports.LISTENING) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    ports.LISTENING = ports.LISTENING[process * share : (process + 1) * share]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with whole requests: they wait most, so two processes share the machine best."""
    items.sort(key=lambda item: not item.path.is_relative_to(WHOLE_REQUESTS))


@pytest.fixture
def stack_folder() -> Iterator[Path]:
    """Give a folder for an embedded stack of the test's own."""
    with reachable_folder() as folder:
        yield folder / "stack"


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """Run a real PostgreSQL server for the session; it does not survive a power cut, only us."""
    with reachable_folder() as folder:
        yield from _running_postgres(folder)


def _running_postgres(folder: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(
        folder,
        free_port(),
        secrets=SecretFiles(folder / "secrets"),
        log=folder / "postgres.log",
        durable=False,
    )
    try:
        server.start()
        server.prepare_roles()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def migrated_template(postgres: EmbeddedPostgres) -> str:
    """Migrate one database that the tests' databases are copied from."""
    postgres.create_database(TEMPLATE, OWNER)
    upgrade(postgres.dsn(TEMPLATE, OWNER))
    return TEMPLATE


@pytest.fixture
def empty_database(postgres: EmbeddedPostgres) -> Iterator[str]:
    """Give the owner's address of an empty database."""
    yield from _fresh_database(postgres, None)


@pytest.fixture
def database(postgres: EmbeddedPostgres, migrated_template: str) -> Iterator[str]:
    """Give the owner's address of a freshly migrated database."""
    yield from _fresh_database(postgres, migrated_template)


def _fresh_database(postgres: EmbeddedPostgres, template: str | None) -> Iterator[str]:
    name = f"test_{next(_numbers)}"
    postgres.create_database(name, OWNER, template)
    yield postgres.dsn(name, OWNER)
    postgres.drop_database(name)


@pytest.fixture
async def conn(database: str) -> AsyncIterator[asyncpg.Connection]:
    """Connect as the owner, who may do what workers do and more."""
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


@pytest.fixture
def keyring() -> Keyring:
    """Hold one key."""
    return KEYRING


@pytest.fixture
def vault() -> Vault:
    """Wrap data keys under the one key."""
    return VAULT


@pytest.fixture(scope="session")
def revisions() -> tuple[Policy, ...]:
    """Install the published policies, and give them, oldest first."""
    loaded = load_policies(PROJECT / "policies")
    policies.install(loaded)
    return loaded


@pytest.fixture(scope="session")
def policy(revisions: tuple[Policy, ...]) -> Policy:
    """Give the newest published policy."""
    return revisions[-1]


@pytest.fixture
def as_role(postgres: EmbeddedPostgres) -> Callable[[str, str], str]:
    """Give a function (address, role) → address of the same database for another role."""

    def address(dsn: str, role: str) -> str:
        grant_logins(dsn, {role: postgres.password(role)})
        return postgres.dsn(str(conninfo.conninfo_to_dict(dsn)["dbname"]), role)

    return address


@pytest.fixture(scope="session")
def temporal_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedTemporal]:
    """Run a real Temporal server with time skipping and our search attributes for the session."""
    folder = tmp_path_factory.mktemp("temporal")
    server = EmbeddedTemporal(folder, *free_ports(2), log=folder / "temporal.log")
    try:
        server.start()
        _in_own_loop(server.ready_namespace())
        yield server
    finally:
        server.stop()


def _in_own_loop(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine in a thread, so that pytest's own event loop is left alone."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


@pytest.fixture(scope="session")
def running_mail_sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedMailSink]:
    """Run the mail sink as a process for the session."""
    folder = tmp_path_factory.mktemp("mail")
    sink = EmbeddedMailSink(folder / "mail", *free_ports(2), log=folder / "mail.log")
    try:
        sink.start()
        yield sink
    finally:
        sink.stop()


@pytest.fixture
def mail_sink(running_mail_sink: EmbeddedMailSink) -> EmbeddedMailSink:
    """Give the mail sink, emptied, without faults."""
    running_mail_sink.reset()
    return running_mail_sink
