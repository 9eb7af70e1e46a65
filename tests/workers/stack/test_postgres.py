"""Embedded PostgreSQL: reachable only by password on loopback, and gone with its parent."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from records.migrate import ROLES
from workers.stack.account import can_reach, unprivileged
from workers.stack.errors import StackError
from workers.stack.folder import StackFolder
from workers.stack.ports import free_port
from workers.stack.postgres import OWNER, EmbeddedPostgres
from workers.stack.postgres_files import (
    INSTALLATION,
    LIBRARIES,
    SYSTEM_STATE,
    home_of,
    make_home,
    programs_for,
    site_packages,
)
from workers.stack.removal import remove
from workers.stack.secret_files import SecretFiles


def test_a_fresh_database_is_empty_and_ours(empty_database: str) -> None:
    """The owner connects with its password and finds no table."""
    with psycopg.connect(empty_database) as connection:
        query = "SELECT current_user, count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert connection.execute(query).fetchone() == (OWNER, 0)


def test_services_log_in_to_a_migrated_database(
    database: str, as_role: Callable[[str, str], str]
) -> None:
    """Each role of ours reaches the migrated schema with a password of its own."""
    for role in ROLES:
        with psycopg.connect(as_role(database, role)) as connection:
            found = connection.execute("SELECT to_regclass('privacy.ledger') IS NOT NULL")
            assert found.fetchone() == (True,)


def test_no_password_no_entry(postgres: EmbeddedPostgres) -> None:
    """A client without the password is refused."""
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"postgresql://{OWNER}:wrong@127.0.0.1:{postgres.port}/postgres")


def test_it_listens_on_loopback_only_and_never_as_root(postgres: EmbeddedPostgres) -> None:
    """One listening address, 127.0.0.1, and an unprivileged user behind it."""
    process = psutil.Process(postgres.process.pid)
    listening = {c.laddr for c in process.net_connections() if c.status == psutil.CONN_LISTEN}
    assert listening == {("127.0.0.1", postgres.port)}
    assert process.uids().real != 0


def test_values_of_a_failed_statement_stay_out_of_the_log(postgres: EmbeddedPostgres) -> None:
    """Neither the statement nor the violating value of an error is logged."""
    with postgres.connect("postgres") as connection:
        connection.execute("CREATE TEMP TABLE t (mail text PRIMARY KEY)")
        connection.execute("INSERT INTO t VALUES ('canary@example.com')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO t VALUES ('canary@example.com')")
    log = postgres.process.log.read_text()
    assert "duplicate key" in log
    assert "canary" not in log


@pytest.mark.skipif(unprivileged() is None, reason="only root drops to another account")
def test_programs_are_copied_where_the_account_cannot_go(
    tmp_path: Path, stack_folder: Path
) -> None:
    """An account without entry to the environment gets its own copy, and nothing is widened."""
    account = unprivileged()
    assert account is not None
    for part in (INSTALLATION, LIBRARIES):
        shutil.copytree(site_packages() / part, tmp_path / part, symlinks=True)
    make_home(stack_folder, account)
    copy = programs_for(stack_folder, account, tmp_path).initdb
    uid, gid = account
    subprocess.run([copy, "--version"], user=uid, group=gid, extra_groups=[], check=True)
    assert not can_reach(account, tmp_path / INSTALLATION)


@pytest.mark.skipif(unprivileged() is None, reason="only root drops to another account")
def test_data_moves_to_the_system_when_the_account_cannot_go(tmp_path: Path) -> None:
    """Below a private folder the data stand elsewhere; elsewhere they stand with the rest."""
    account = unprivileged()
    assert home_of(tmp_path, account).parent == SYSTEM_STATE
    assert home_of(tmp_path, None) == tmp_path / "postgres"


@pytest.fixture
def own_server(stack_folder: Path) -> Iterator[EmbeddedPostgres]:
    """Run a durable server of this test's own."""
    secrets = SecretFiles(stack_folder / "secrets")
    server = EmbeddedPostgres(stack_folder, free_port(), secrets=secrets, log=stack_folder / "log")
    server.start()
    yield server
    server.stop()


def test_what_was_committed_survives_kill_9(own_server: EmbeddedPostgres) -> None:
    """After SIGKILL the next start has the committed row."""
    with own_server.connect("postgres") as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    own_server.process.kill()
    own_server.start()
    with own_server.connect("postgres") as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)


def test_lost_passwords_are_named_with_what_to_do(own_server: EmbeddedPostgres) -> None:
    """Data whose password file is gone is refused with advice instead of a time-out."""
    (own_server.data.parent.parent / "secrets" / "postgres_postgres").unlink()
    with pytest.raises(StackError, match="make clean"):
        own_server.ready()


@pytest.mark.skipif(sys.platform != "linux", reason="the death signal exists on Linux only")
def test_the_server_ends_with_a_killed_parent(tmp_path: Path) -> None:
    """SIGKILL of the parent leaves no server behind."""
    script = (
        "import sys, time, pathlib\n"
        "from workers.stack.process import ChildProcess\n"
        "child = ChildProcess('sleep', ['/bin/sleep', '60'], log=pathlib.Path(sys.argv[1]))\n"
        "child.start(); print(child.pid, flush=True); time.sleep(60)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "log")], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    time.sleep(0.3)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert _gone(child)


def _gone(pid: int) -> bool:
    for _ in range(100):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(unprivileged() is None, reason="only root drops to another account")
def test_data_outside_a_removed_folder_start_anew(tmp_path: Path) -> None:
    """When somebody removed the stack's folder by hand, its data elsewhere are no obstacle."""
    folder = StackFolder(tmp_path / "stack")
    try:
        for _ in range(2):
            secrets = SecretFiles(folder.secrets)
            server = EmbeddedPostgres(
                folder.root, free_port(), secrets=secrets, log=tmp_path / "log", durable=False
            )
            server.start()
            server.stop()
            shutil.rmtree(folder.root)
        assert server.home.exists()
    finally:
        remove(folder)
    assert not server.home.exists()
