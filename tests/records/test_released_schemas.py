"""What a former release recorded stands, and proves itself, on today's schema."""

import json
import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from domain import events as e
from domain.submission import Submission
from records import ledger, requests
from records.keyring import Keyring
from records.migrate import upgrade
from records.signing import Signer
from records.vault import Vault
from tests.releases import bundles, rows, unpacked
from workers.ledger_check import check

Row = dict[str, object]
Tables = dict[str, list[Row]]
"""Each table's rows, ordered by what is in them."""

FILLED = {
    "checkpoint",
    "checkpoint_head",
    "data_key",
    "inbox",
    "ledger",
    "legal_hold",
    "outbox",
    "request",
    "requester_identity",
    "stream_head",
    "token",
    "vault",
}


@pytest.mark.parametrize("bundle", bundles(), ids=lambda bundle: bundle.name.partition(".tar")[0])
async def test_what_a_release_recorded_stands_on_todays_schema(
    empty_database: str, bundle: Path, tmp_path: Path
) -> None:
    """Its own migrations and its own code wrote it; no row is lost or changed, all verifies."""
    _run(unpacked(bundle, tmp_path), empty_database)
    conn = await asyncpg.connect(empty_database)
    try:
        before = await _tables(conn)
        assert {name for name, found in before.items() if found} >= FILLED
        upgrade(empty_database)
        assert _as_before(before, await _tables(conn)) == before
        await _verify(conn)
    finally:
        await conn.close()


def _run(release: Path, dsn: str) -> None:
    environment = os.environ | {"PYTHONPATH": str(release)}
    command = [sys.executable, rows.__file__, dsn]
    done = subprocess.run(
        command, cwd=release, env=environment, check=False, capture_output=True, text=True
    )
    assert not done.returncode, done.stderr


async def _tables(conn: asyncpg.Connection) -> Tables:
    names = await conn.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'privacy'"
        " AND tablename <> 'alembic_version'"
    )
    return {row["tablename"]: await _rows(conn, row["tablename"]) for row in names}


async def _rows(conn: asyncpg.Connection, table: str) -> list[Row]:
    found = await conn.fetch(f"SELECT to_jsonb(t)::text AS row FROM privacy.{table} t")
    return _sorted([json.loads(row["row"]) for row in found])


def _as_before(before: Tables, after: Tables) -> Tables:
    """Leave out the tables and columns that were not there before."""
    return {
        name: _sorted([{column: row[column] for column in columns} for row in after[name]])
        for name, columns in ((name, found[0] if found else {}) for name, found in before.items())
    }


def _sorted(found: list[Row]) -> list[Row]:
    return sorted(found, key=json.dumps)


async def _verify(conn: asyncpg.Connection) -> None:
    signer = Signer(rows.KEY)
    report = await check(conn, None, trusted=[signer.public_key])
    assert (report.faults, report.streams, report.checkpoints) == ((), 2, 1)
    for row in await ledger.read(conn, rows.REQUEST):
        assert e.Recorded.from_document(json.loads(row.body)).n == row.n
    stored = await Vault(Keyring("k1", {"k1": rows.KEY})).get(conn, rows.REQUEST, "submission")
    assert Submission.model_validate_json(stored) == Submission.model_validate(rows.SUBMISSION)
    assert await requests.find(conn, rows.REQUEST)
