"""The schema comes up by itself, and each role can do its own work only."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import asyncpg
import psycopg
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import create_engine

from domain.chain import GENESIS
from domain.submission import Submission
from records import inbox, ledger, tokens
from records.agent_requests import SENT_BY_AGENT
from records.contact import FAILING
from records.inbox import EVIDENCE
from records.messages import FILE, MESSAGE
from records.migrate import ROLES, configuration, set_password, upgrade
from records.requests import Projection, project
from records.vault import NotInVault, Vault
from tests.records.chains import entries
from tests.stored import file_submission

STREAM = "PR-4106-105S"
NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
AsRole = Callable[[str, str], str]
PERSONAL = ["vault", "data_key", "token", "suppression", "api_key"]


def test_processes_that_start_together_migrate_once(empty_database: str) -> None:
    """Several upgrades at once, and one more later, leave one schema at one revision."""
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(upgrade, [empty_database] * 4))
    upgrade(empty_database)
    with psycopg.connect(empty_database) as connection:
        rows = connection.execute("SELECT version_num FROM privacy.alembic_version").fetchall()
    assert len(rows) == 1


def test_only_our_roles_get_a_password(database: str) -> None:
    """A role that is not ours is refused before anything is asked of the server."""
    with pytest.raises(ValueError, match="privacy_worker"):
        set_password(database, "postgres", "anything")


def test_a_role_logs_in_with_the_password_it_was_given(database: str, as_role: AsRole) -> None:
    """A changed password is the one that works, and the one before does not any more."""
    address = as_role(database, "privacy_auditor")
    before = str(conninfo_to_dict(address)["password"])
    set_password(database, "privacy_auditor", "s3cret of the auditor")
    try:
        psycopg.connect(make_conninfo(address, password="s3cret of the auditor")).close()
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(address)
    finally:
        set_password(database, "privacy_auditor", before)
    psycopg.connect(address).close()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE privacy.ledger SET n = 9",
        "DELETE FROM privacy.ledger",
        "TRUNCATE privacy.ledger",
        "ALTER TABLE privacy.ledger DISABLE TRIGGER ALL",
        "DROP TABLE privacy.ledger",
        "DELETE FROM privacy.stream_head",
        "DELETE FROM privacy.request",
        "DELETE FROM privacy.data_key",
        "DELETE FROM privacy.outbox",
        "DELETE FROM privacy.inbox",
        "DELETE FROM privacy.legal_hold",
        "UPDATE privacy.inbox SET facts = '{}'",
        "UPDATE privacy.outbox SET message_id = '<x@y>'",
        "UPDATE privacy.token SET expires_at = '2030-01-01'",
        "UPDATE privacy.request SET received_at = '2020-01-01'",
        "INSERT INTO privacy.api_key VALUES ('x', 'x', repeat('0', 64), '{}', now())",
        "CREATE TABLE privacy.mine (n integer)",
        "INSERT INTO privacy.ledger (stream, n, body, previous_hash, hash, recorded_at)"
        " VALUES ('PR-A.outside', 1, '{}', repeat('0', 64), repeat('0', 64), '2020-01-01')",
    ],
)
async def test_no_role_can_rewrite_the_record(
    database: str, as_role: AsRole, role: str, statement: str
) -> None:
    """Neither rows nor tables nor dates of the record are any role's to change."""
    connection = await asyncpg.connect(as_role(database, role))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.mark.parametrize("table", PERSONAL)
async def test_an_auditor_reads_the_record_and_no_personal_data(
    database: str, as_role: AsRole, table: str
) -> None:
    """The auditor sees ledger and requests, neither vault nor keys, and writes nothing."""
    connection = await asyncpg.connect(as_role(database, "privacy_auditor"))
    try:
        assert await ledger.read(connection, STREAM) == []
        assert await connection.fetch("SELECT * FROM privacy.request") == []
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch(f"SELECT * FROM privacy.{table}")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await ledger.append(connection, STREAM, GENESIS, entries(STREAM, [1]))
    finally:
        await connection.close()


EVERYBODY_READS = {
    "alembic_version",
    "inbox",
    "ledger",
    "outbox",
    "package",
    "request",
    "stream_head",
}
READS = {
    "privacy_worker": EVERYBODY_READS
    | {"agent_request", "checkpoint", "checkpoint_head", "data_key", "legal_hold", "mail"}
    | {"package_chunk", "package_code", "requester_identity", "suppression", "token", "vault"}
    | {"webhook", "webhook_message"},
    "privacy_gateway": EVERYBODY_READS
    | {"agent_message", "agent_request", "agent_token", "api_key", "data_key", "mail"}
    | {"package_chunk", "package_code", "request_draft", "requester_identity", "staff_link"}
    | {"staff_session", "suppression", "token", "vault"},
    "privacy_auditor": EVERYBODY_READS
    | {"agent_request", "checkpoint", "checkpoint_head", "legal_hold", "webhook"}
    | {"webhook_message"},
}
"""The tables that each role reads whole; the auditor reads some columns of others."""


async def test_each_role_reads_what_its_work_needs(database: str) -> None:
    """A grant beyond these is noticed, and so is a new table that everybody reads."""
    connection = await asyncpg.connect(database)
    rows = await connection.fetch(
        "SELECT role, tablename FROM pg_tables, unnest($1::text[]) AS role"
        " WHERE schemaname = 'privacy'"
        " AND has_table_privilege(role, format('privacy.%I', tablename), 'SELECT')",
        list(READS),
    )
    await connection.close()
    readable = {role: {row["tablename"] for row in rows if row["role"] == role} for role in READS}
    assert readable == READS


async def test_the_gateway_files_requests_and_writes_outside_streams_only(
    database: str, as_role: AsRole, vault: Vault, filing: Callable[..., dict[str, object]]
) -> None:
    """The gateway can neither write a workflow's stream nor project nor shred."""
    connection = await asyncpg.connect(as_role(database, "privacy_gateway"))
    try:
        await file_submission(connection, vault, **filing())  # type: ignore[arg-type]
        outside = f"{STREAM}.outside"
        first = await ledger.append(connection, outside, GENESIS, entries(outside, [1]))
        await ledger.append(connection, outside, first, entries(outside, [2]))
        await inbox.receive(
            connection,
            vault,
            once_key="token:1",
            request_id=STREAM,
            stream=STREAM,
            kind="address_confirmed",
            facts={},
            evidence=b"pressed",
            now=NOW,
        )
        await inbox.mark_delivered(connection, 1)
        for refused in (
            tokens.issue(connection, STREAM, STREAM, "confirm", NOW, 2),
            ledger.append(connection, STREAM, GENESIS, entries(STREAM, [1])),
            project(connection, STREAM, Projection(stage="closed")),
            vault.shred(connection, STREAM),
            vault.put(connection, STREAM, "submission", b"other", replace=True),
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await refused
    finally:
        await connection.close()


async def test_the_gateway_stores_in_the_vault_what_comes_in_and_nothing_else(
    database: str, as_role: AsRole, vault: Vault, filing: Callable[..., dict[str, object]]
) -> None:
    """The database itself refuses it every kind that a worker makes, and tokens to read."""
    worker = await asyncpg.connect(as_role(database, "privacy_worker"))
    gateway = await asyncpg.connect(as_role(database, "privacy_gateway"))
    try:
        await file_submission(worker, vault, **filing())  # type: ignore[arg-type]
        for kind in (SENT_BY_AGENT, EVIDENCE, MESSAGE, FILE, FAILING):
            assert await vault.put(gateway, STREAM, kind, b"from outside", 7)
            assert await vault.get(gateway, STREAM, kind, 7) == b"from outside"
        for kind in ("links", "letter", "erasure_plan", "evidence_file", "comparison", "anything"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await vault.put(gateway, STREAM, kind, b"made here", 7)
            assert await vault.put(worker, STREAM, kind, b"made here", 7)
        assert await vault.get(gateway, STREAM, "letter", 7) == b"made here"
        with pytest.raises(NotInVault):
            await vault.get(gateway, STREAM, "links", 7)
    finally:
        await worker.close()
        await gateway.close()


async def test_the_worker_does_all_of_a_requests_work(
    database: str, as_role: AsRole, vault: Vault, filing: Callable[..., dict[str, object]]
) -> None:
    """The worker files, records, projects, replaces in the vault and shreds."""
    connection = await asyncpg.connect(as_role(database, "privacy_worker"))
    try:
        await file_submission(connection, vault, **filing())  # type: ignore[arg-type]
        first = await ledger.append(connection, STREAM, GENESIS, entries(STREAM, [1]))
        await ledger.append(connection, STREAM, first, entries(STREAM, [2]))
        await project(connection, STREAM, Projection(stage="closed"))
        assert await vault.put(connection, STREAM, "submission", b"other", replace=True)
        await tokens.issue(connection, STREAM, STREAM, "confirm", NOW, 2)
        assert await tokens.revoke(connection, STREAM, NOW)
        assert await vault.shred(connection, STREAM)
    finally:
        await connection.close()


async def test_what_an_older_schema_holds_stands_through_every_migration(
    empty_database: str, vault: Vault, submission: Submission
) -> None:
    """A request recorded on the first schema is read, whole, after each of the later ones."""
    revisions = _revisions()
    _migrate(empty_database, revisions[0])
    await _write_as_the_first_release(empty_database, vault, submission)
    for revision in [*revisions[1:], "head"]:
        _migrate(empty_database, revision)
        connection = await asyncpg.connect(empty_database)
        body = await vault.get(connection, STREAM, "submission")
        assert Submission.model_validate_json(body) == submission
        await connection.close()
    connection = await asyncpg.connect(empty_database)
    rows = await ledger.read(connection, STREAM)
    assert (len(rows), ledger.verify(rows)) == (2, [])
    await project(connection, STREAM, Projection(stage="closed"))
    await connection.close()


def _revisions() -> list[str]:
    """Name the revisions from the first to the last; a second line of them is an error."""
    script = ScriptDirectory.from_config(configuration())
    (head,) = script.get_heads()
    return [one.revision for one in script.walk_revisions("base", head)][::-1]


def _migrate(dsn: str, revision: str) -> None:
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(dsn))
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS privacy")
        connection.commit()
        command.upgrade(configuration(connection), revision)
    engine.dispose()


async def _write_as_the_first_release(dsn: str, vault: Vault, submission: Submission) -> None:
    """Write with the columns that the first schema had."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "INSERT INTO privacy.request (request_id, client, idempotency_key, body_hash,"
        " request_types, requester, residency, channel, language, received_at, registered_at)"
        " VALUES ($1, 'web', 'k', 'h', '{delete}', 'consumer', 'CA', 'web_form', 'en', $2, $2)",
        STREAM,
        NOW,
    )
    await vault.create_key(connection, STREAM)
    await vault.put(connection, STREAM, "submission", submission.model_dump_json().encode())
    await ledger.append(connection, STREAM, GENESIS, entries(STREAM, [1, 2]))
    await connection.close()
