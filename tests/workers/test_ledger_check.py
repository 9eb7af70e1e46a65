"""Whatever a superuser does to the ledger behind its triggers, the check names it."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from psycopg.conninfo import conninfo_to_dict
from temporalio.client import WorkflowQueryFailedError
from temporalio.service import RPCError, RPCStatusCode

from domain.chain import link
from records import checkpoints, ledger
from records.chain_check import seal
from records.signing import Signer
from tests.records.chains import entries, entry
from workers.cli import run
from workers.engine import TemporalEngine
from workers.keys import new_key
from workers.ledger_check import check
from workers.stack.postgres import SUPERUSER, EmbeddedPostgres
from workflows import exchange as x

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
ANA, BEN = "PR-4106-105S", "PR-0000-0001"
SIGNER = Signer(bytes(range(32)))


@pytest.fixture
async def rogue(postgres: EmbeddedPostgres, database: str) -> AsyncIterator[asyncpg.Connection]:
    """Connect as a superuser who has switched the triggers off, over two recorded streams."""
    name = str(conninfo_to_dict(database)["dbname"])
    connection = await asyncpg.connect(postgres.dsn(name, SUPERUSER))
    for stream in (ANA, BEN):
        await ledger.append(connection, stream, "0" * 64, entries(stream, range(1, 6)))
    await checkpoints.take(connection, SIGNER, NOW)
    for table in ("ledger", "stream_head", "checkpoint", "checkpoint_head"):
        await connection.execute(f"ALTER TABLE privacy.{table} DISABLE TRIGGER ALL")
    yield connection
    await connection.close()


async def swap(rogue: asyncpg.Connection) -> None:
    """Let events 2 and 3 change places, everything else of their rows included."""
    for before, after in ((2, 9), (3, 2), (9, 3)):
        await rogue.execute(
            "UPDATE privacy.ledger SET n = $2 WHERE stream = $1 AND n = $3", ANA, after, before
        )


async def forge_the_end(rogue: asyncpg.Connection) -> None:
    """Replace the last event with right hashes and put the head row right as well."""
    body = entry(ANA, 5, "Forged").body
    previous = await rogue.fetchval(
        "SELECT hash FROM privacy.ledger WHERE stream = $1 AND n = 4", ANA
    )
    for statement in (
        "UPDATE privacy.ledger SET body = $2, hash = $3 WHERE stream = $1 AND n = 5",
        "UPDATE privacy.stream_head SET hash = $3 WHERE stream = $1 AND $2::bytea <> ''",
    ):
        await rogue.execute(statement, ANA, body, link(previous, body))


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (
            "UPDATE privacy.ledger SET body = overlay(body placing 'x' from 9) WHERE n = 3",
            [f"{ANA}: event 3 is changed", f"{BEN}: event 3 is changed"],
        ),
        (f"DELETE FROM privacy.ledger WHERE n = 3 AND stream = '{ANA}'", [f"{ANA}: event 3 is mi"]),
        (
            f"DELETE FROM privacy.ledger WHERE n > 3 AND stream = '{ANA}'",
            [f"{ANA}: event 4 to 5 i"],
        ),
        (swap, [f"{ANA}: event 2 is reordered", f"{ANA}: event 3 is reordered"]),
        (forge_the_end, [f"checkpoint 1: {ANA}: an event from 1 to 5 was rewritten"]),
    ],
)
async def test_every_damage_is_named(
    rogue: asyncpg.Connection, damage: object, named: list[str]
) -> None:
    """Changed, removed, reordered and rewritten events are told by stream and number."""
    assert (await check(rogue, None, trusted=[SIGNER.public_key])).sound
    if callable(damage):
        await damage(rogue)
    else:
        await rogue.execute(str(damage))
    report = await check(rogue, None, trusted=[SIGNER.public_key])
    assert not report.sound
    for place in named:
        assert any(fault.startswith(place) for fault in report.faults), report.faults


ROW_3 = f"stream = '{ANA}' AND n = 3"
HEAD = f"stream = '{ANA}'"
NOT_GENERATED = (
    "ALTER TABLE privacy.ledger ALTER COLUMN document DROP EXPRESSION",
    "ALTER TABLE privacy.stream_head ALTER COLUMN request_id DROP EXPRESSION",
)


ANY_COLUMN = (
    ("ledger", "stream = overlay(stream placing '9' from 4)", ROW_3, f"{ANA}: event 3"),
    ("ledger", "n = 30", ROW_3, f"{ANA}: event 3"),
    ("ledger", "body = set_byte(body, 9, 88)", ROW_3, f"{ANA}: event 3"),
    ("ledger", "previous_hash = md5('x') || md5('x')", ROW_3, f"{ANA}: event 3"),
    ("ledger", "hash = md5('x') || md5('x')", ROW_3, f"{ANA}: event 3"),
    ("ledger", "recorded_at = recorded_at + '1 us'::interval", ROW_3, f"{ANA}: event 3"),
    ("ledger", "seal = md5('x') || md5('x')", ROW_3, f"{ANA}: event 3"),
    ("ledger", "document = document || '{\"n\": 4}'", ROW_3, f"{ANA}: event 3"),
    ("stream_head", "stream = overlay(stream placing '9' from 4)", HEAD, ANA),
    ("stream_head", "n = 4", HEAD, f"{ANA}: event 5"),
    ("stream_head", "hash = md5('x') || md5('x')", HEAD, f"{ANA}: event 5"),
    ("stream_head", "request_id = 'PR-0000-0001'", HEAD, f"{ANA}: event"),
    ("checkpoint", "n = 2", "true", "checkpoint 2: it stands in the place"),
    ("checkpoint", "taken_at = taken_at + '1 us'::interval", "true", "checkpoint 1: its day"),
    ("checkpoint", "body = set_byte(body, 9, 88)", "true", "checkpoint 1: its content"),
    ("checkpoint", "previous_hash = md5('x') || md5('x')", "true", "checkpoint 1: its content"),
    ("checkpoint", "hash = md5('x') || md5('x')", "true", "checkpoint 1: its content"),
    ("checkpoint", "public_key = set_byte(public_key, 0, 0)", "true", "checkpoint 1: its sig"),
    ("checkpoint", "signature = set_byte(signature, 0, 0)", "true", "checkpoint 1: its sig"),
    ("checkpoint_head", "stream = 'PR-9'", HEAD, "checkpoint 1: its list"),
    ("checkpoint_head", "n = 4", HEAD, "checkpoint 1: its list"),
    ("checkpoint_head", "hash = md5('x') || md5('x')", HEAD, "checkpoint 1: its list"),
    ("checkpoint_head", "seal = md5('x') || md5('x')", HEAD, "checkpoint 1: its list"),
    ("checkpoint_head", "checkpoint = 2", HEAD, "checkpoint 1: its list"),
)
"""Table, change, row and what must be named: one for each column of the record."""


async def test_a_change_of_any_column_is_named(rogue: asyncpg.Connection) -> None:
    """One value in one row, whichever column of the record it stands in."""
    await rogue.execute(
        "ALTER TABLE privacy.checkpoint_head DROP CONSTRAINT checkpoint_head_checkpoint_fkey"
    )
    for statement in NOT_GENERATED:
        await rogue.execute(statement)
    assert (await check(rogue, None, trusted=[SIGNER.public_key])).sound
    for table, change, row, named in ANY_COLUMN:
        damage = rogue.transaction()
        await damage.start()
        await rogue.execute(f"UPDATE privacy.{table} SET {change} WHERE {row}")
        report = await check(rogue, None, trusted=[SIGNER.public_key])
        assert any(fault.startswith(named) for fault in report.faults), (change, report.faults)
        await damage.rollback()


async def test_these_are_all_columns(rogue: asyncpg.Connection) -> None:
    """No column of the record is left out above."""
    tried = {(table, change.partition(" =")[0]) for table, change, _, _ in ANY_COLUMN}
    rows = await rogue.fetch(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'privacy' AND table_name = ANY ($1::text[])",
        {table for table, *_ in ANY_COLUMN},
    )
    assert tried == {(row["table_name"], row["column_name"]) for row in rows}


async def test_an_instant_forged_with_its_seals_is_named(rogue: asyncpg.Connection) -> None:
    """Whoever puts every seal right behind a changed instant disagrees with the checkpoint."""
    rows = await ledger.read(rogue, ANA)
    before = "0" * 64
    for row in rows:
        moved = row.recorded_at + timedelta(hours=row.n == 2)
        before = seal(before, row.hash, moved)
        await rogue.execute(
            "UPDATE privacy.ledger SET recorded_at = $3, seal = $4 WHERE stream = $1 AND n = $2",
            ANA, row.n, moved, before,
        )  # fmt: skip
    report = await check(rogue, None, trusted=[SIGNER.public_key])
    assert [fault[:60] for fault in report.faults] == [
        f"checkpoint 1: {ANA}: an event from 1 to 5 was rewritten after"[:60]
    ]


async def test_a_request_is_not_blamed_for_another(rogue: asyncpg.Connection) -> None:
    """Asked about one request, the check speaks of its streams alone."""
    await rogue.execute("UPDATE privacy.ledger SET body = '{}' WHERE stream = $1 AND n = 2", BEN)
    assert (await check(rogue, None, ANA)).sound
    assert not (await check(rogue, None, BEN)).sound


class Asked(TemporalEngine):
    """An engine whose workflows answer as the test says; it counts how many were asked."""

    def __init__(self, answer: x.Status | Exception) -> None:
        """Need no Temporal."""
        self.answer = answer
        self.asked = 0

    async def status(self, workflow_id: str) -> x.Status:
        """Answer, or fail."""
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    "silence",
    [
        WorkflowQueryFailedError("its tasks fail"),
        RPCError("no worker polls", RPCStatusCode.FAILED_PRECONDITION, b""),
        RPCError("Temporal is down", RPCStatusCode.UNAVAILABLE, b""),
        TimeoutError(),
        RuntimeError("the client could not connect"),
    ],
    ids=["failing", "no-worker", "no-temporal", "late", "no-connection"],
)
async def test_a_workflow_that_does_not_answer_is_named(
    rogue: asyncpg.Connection, silence: Exception
) -> None:
    """Its rows are checked all the same, and nobody is told that its history were gone."""
    report = await check(rogue, Asked(silence), ANA)
    assert report.sound
    assert (report.unanswered, report.history_gone, report.events) == ((ANA,), 0, 5)
    assert any(line.startswith(f"{ANA}: its workflow") for line in report.summary(offline=False))


async def test_where_nothing_answers_not_every_workflow_is_waited_for(
    rogue: asyncpg.Connection,
) -> None:
    """Thousands of streams are checked in spite of a Temporal that is away."""
    await rogue.execute("ALTER TABLE privacy.ledger ENABLE TRIGGER ALL")
    for n in range(20):
        stream = f"PR-0000-00{n:02}X"
        await ledger.append(rogue, stream, "0" * 64, entries(stream, range(1, 2)))
    engine = Asked(RPCError("Temporal is down", RPCStatusCode.UNAVAILABLE, b""))
    report = await check(rogue, engine)
    assert (engine.asked, len(report.unanswered), report.sound) == (3, 22, True)
    assert "And 12 more." in list(report.summary(offline=False))


async def test_an_event_that_cannot_be_read_is_named_beside_its_running_workflow(
    rogue: asyncpg.Connection,
) -> None:
    """A body without the form of an event is a fault like any other, and ends no check."""
    await rogue.execute("UPDATE privacy.ledger SET body = '{}' WHERE stream = $1 AND n = 2", ANA)
    head = await rogue.fetchval("SELECT hash FROM privacy.stream_head WHERE stream = $1", ANA)
    status = x.Status(stream=ANA, n=5, recorded_through=5, recorded_head=head, head=head, state={})
    report = await check(rogue, Asked(status), ANA)
    assert (report.compared, report.faults) == (1, (f"{ANA}: event 2 is changed",))


@pytest.fixture
def stack_variables(
    database: str, as_role: Callable[[str, str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let commands find the test's database, and no Temporal."""
    monkeypatch.setenv("PRIVACY_ENV_FILE", "/nonexistent")
    monkeypatch.setenv("PRIVACY_EVIDENCE_SIGNING_KEY", new_key())
    for role in ("worker", "auditor"):
        dsn = as_role(database, f"privacy_{role}")
        monkeypatch.setenv(f"PRIVACY_{role.upper()}_DSN", dsn)


@pytest.mark.usefixtures("stack_variables")
def test_a_copy_kept_outside_tells_that_checkpoints_were_removed(
    postgres: EmbeddedPostgres, database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`ledger checkpoint -o` gives the copy, `ledger verify --against` misses what is gone."""
    kept = tmp_path / "checkpoint.json"
    assert run(["ledger", "checkpoint", "-o", str(kept)]) == 0
    assert run(["ledger", "verify", "--offline", "--against", str(kept)]) == 0
    assert "The ledger is sound" in capsys.readouterr().out
    with postgres.connect(str(conninfo_to_dict(database)["dbname"])) as superuser:
        superuser.execute("ALTER TABLE privacy.checkpoint DISABLE TRIGGER ALL")
        superuser.execute("DELETE FROM privacy.checkpoint")
    assert run(["ledger", "verify", "--offline"]) == 0
    assert run(["ledger", "verify", "--offline", "--against", str(kept)]) == 1
    assert "checkpoint 1: the database does not have it" in capsys.readouterr().err
