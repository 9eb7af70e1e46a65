"""Our database brought back to an instant, from a copy of its files and its archived log."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from domain.chain import GENESIS
from records import ledger, requests
from records.migrate import upgrade
from records.vault import Vault
from tests.folders import reachable_folder
from tests.records.chains import entries
from tests.stored import file_submission
from workers.stack.ports import free_port
from workers.stack.postgres import OWNER, PRIVACY_DATABASE, EmbeddedPostgres
from workers.stack.secret_files import SecretFiles

STREAM = "PR-4106-105S"
POINT = "before_the_mistake"
Filing = Callable[..., dict[str, object]]


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder for two servers that share passwords and an archive."""
    with reachable_folder() as folder:
        yield folder


@pytest.fixture
def archiving(folder: Path) -> Iterator[EmbeddedPostgres]:
    """Run a server that archives its log, with our migrated database."""
    server = _server(folder, "first")
    server.prepare()
    archive = folder / "archive"
    archive.mkdir()
    _give(archive, server.data)
    _configure(server, archive_mode="on", archive_command=f"cp %p {archive}/%f")
    server.start()
    try:
        server.prepare_roles()
        server.create_database(PRIVACY_DATABASE, OWNER)
        upgrade(server.dsn(PRIVACY_DATABASE, OWNER))
        yield server
    finally:
        server.stop()


def _server(folder: Path, name: str) -> EmbeddedPostgres:
    secrets = SecretFiles(folder / "secrets")
    log = folder / f"{name}.log"
    return EmbeddedPostgres(folder / name, free_port(), secrets=secrets, log=log, durable=False)


def _configure(server: EmbeddedPostgres, **settings: str) -> None:
    with (server.data / "postgresql.auto.conf").open("a") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())


def _give(path: Path, like: Path) -> None:
    owner = like.stat()
    for each in (path, *path.rglob("*")):
        os.chown(each, owner.st_uid, owner.st_gid)


def copy_files(server: EmbeddedPostgres, copy: EmbeddedPostgres) -> None:
    """Copy a running server's files, as backup programs do."""
    copy.home.mkdir(parents=True)
    with server.connect("postgres") as connection:
        connection.execute("SELECT pg_backup_start('nightly', true)")
        left = shutil.ignore_patterns("postmaster.pid", "0000000*", "archive_status")
        shutil.copytree(server.data, copy.data, ignore=left)
        row = connection.execute("SELECT labelfile FROM pg_backup_stop()").fetchone()
    assert row is not None
    (copy.data / "backup_label").write_text(row[0])
    _give(copy.home, server.data)
    shutil.copymode(server.home, copy.home)


def archived(server: EmbeddedPostgres, archive: Path) -> None:
    """Close the log's segment and wait until it is in the archive."""
    with server.connect("postgres") as connection:
        row = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
        assert row is not None
        while not (archive / row[0]).exists():
            connection.execute("SELECT pg_sleep(0.05)")


@asynccontextmanager
async def connected(server: EmbeddedPostgres) -> AsyncIterator[asyncpg.Connection]:
    """Connect to our database."""
    connection = await asyncpg.connect(server.dsn(PRIVACY_DATABASE, OWNER))
    try:
        yield connection
    finally:
        await connection.close()


async def test_ledger_and_vault_come_back_as_they_were_at_an_instant(
    archiving: EmbeddedPostgres, folder: Path, vault: Vault, filing: Filing
) -> None:
    """What came after the copy and before the instant is there, what came later is not."""
    async with connected(archiving) as connection:
        await file_submission(connection, vault, **filing())  # type: ignore[arg-type]
        first = await ledger.append(connection, STREAM, GENESIS, entries(STREAM, [1, 2]))
        restored = _server(folder, "second")
        await asyncio.to_thread(copy_files, archiving, restored)
        head = await ledger.append(connection, STREAM, first, entries(STREAM, [3]))
        await vault.put(connection, STREAM, "declaration", b"signed")
        with archiving.connect("postgres") as owner:
            owner.execute("SELECT pg_create_restore_point(%s)", [POINT])
        await ledger.append(connection, STREAM, head, entries(STREAM, [4]))
        await vault.shred(connection, STREAM)
    await asyncio.to_thread(archived, archiving, folder / "archive")
    await asyncio.to_thread(archiving.stop)

    (restored.data / "recovery.signal").touch()
    _configure(
        restored,
        archive_mode="off",
        restore_command=f"cp {folder / 'archive'}/%f %p",
        recovery_target_name=POINT,
        recovery_target_action="promote",
    )
    _give(restored.home, restored.data)
    await asyncio.to_thread(restored.start)
    try:
        async with connected(restored) as connection:
            rows = await ledger.read(connection, STREAM)
            assert (len(rows), ledger.verify(rows)) == (3, [])
            assert (await ledger.head(connection, STREAM)).hash == head
            assert await vault.get(connection, STREAM, "declaration") == b"signed"
            assert await vault.get(connection, STREAM, requests.SUBMISSION)
            while await connection.fetchval("SELECT pg_is_in_recovery()"):
                await asyncio.sleep(0.05)
            await ledger.append(connection, STREAM, head, entries(STREAM, [4]))
    finally:
        await asyncio.to_thread(restored.stop)
