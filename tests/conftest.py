"""Real servers for the tests, one of each per session, and fresh databases on them."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest
from psycopg import conninfo

from workers.stack.account import unprivileged
from workers.stack.ports import free_port
from workers.stack.postgres import OWNER, EmbeddedPostgres
from workers.stack.secret_files import SecretFiles

TEMPLATE = "migrated_template"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """Run a real PostgreSQL server for the session; it does not survive a power cut, only us."""
    folder = Path(tempfile.mkdtemp(prefix="privacy-tests-"))
    home = _own_folder(folder)
    server = EmbeddedPostgres(
        folder,
        free_port(),
        secrets=SecretFiles(folder / "secrets"),
        log=folder / "postgres.log",
        durable=False,
        home=home,
    )
    try:
        server.start()
        server.prepare_roles()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


def _own_folder(folder: Path) -> Path:
    """Let the server's account pass through our private temporary folder."""
    if unprivileged():
        os.chmod(folder, 0o711)  # noqa: PTH101
    return folder / "postgres"


@pytest.fixture(scope="session")
def migrated_template(postgres: EmbeddedPostgres) -> str:
    """Migrate one database that the tests' databases are copied from."""
    postgres.create_database(TEMPLATE, OWNER)
    import_module("records.migrate").upgrade(postgres.dsn(TEMPLATE, OWNER))
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
def as_role(postgres: EmbeddedPostgres) -> Callable[[str, str], str]:
    """Give a function (address, role) → address of the same database for another role."""

    def address(dsn: str, role: str) -> str:
        return postgres.dsn(str(conninfo.conninfo_to_dict(dsn)["dbname"]), role)

    return address
