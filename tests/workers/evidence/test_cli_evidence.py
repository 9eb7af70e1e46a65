"""The commands that write and check evidence."""

import asyncio
import base64
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from tests.workers.evidence.conftest import REQUEST
from workers.cli import run
from workers.keys import new_key

_ENTRIES = "SELECT count(*) FROM privacy.ledger"


@pytest.fixture
def stack_variables(
    recorded: asyncpg.Connection,
    database: str,
    as_role: Callable[[str, str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Let commands find the test's database, as the worker, with the keys of the test."""
    keys = f"k1:{base64.b64encode(bytes(range(32))).decode()}"
    for name, value in {
        "ENV_FILE": "/nonexistent",
        "EVIDENCE_SIGNING_KEY": base64.b64encode(bytes(range(32))).decode(),
        "VAULT_KEYS": keys,
        "WORKER_DSN": as_role(database, "privacy_worker"),
    }.items():
        monkeypatch.setenv(f"PRIVACY_{name}", value)
    monkeypatch.setenv("COLUMNS", "300")


@pytest.mark.usefixtures("stack_variables")
def test_a_request_is_exported_and_its_file_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both spellings export; verify ends with 0 for the file, 1 for an altered or foreign one."""
    file = tmp_path / "evidence.zip"
    assert run(["evidence", REQUEST, "-o", str(file), "--by", "s.lee"]) == 0
    assert run(["evidence", "export", REQUEST, "-o", str(file)]) == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert run(["evidence", "verify", str(file)]) == 0
    assert "Nothing was altered" in capsys.readouterr().out
    altered = tmp_path / "altered.zip"
    altered.write_bytes(file.read_bytes().replace(b"shop.orders", b"shop.ordeal", 1))
    assert run(["evidence", "verify", str(altered)]) == 1
    assert "ALTERED  timeline.html: altered" in capsys.readouterr().out
    monkeypatch.setenv("PRIVACY_EVIDENCE_SIGNING_KEY", new_key())
    assert run(["evidence", "verify", str(file)]) == 1
    assert "by a key that you do not trust" in capsys.readouterr().out


@pytest.mark.usefixtures("stack_variables")
def test_what_cannot_be_exported_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown request ends with 1, a word that is no id with 2; no file is left."""
    file = tmp_path / "evidence.zip"
    assert run(["evidence", "PR-0000-0000", "-o", str(file)]) == 1
    assert run(["evidence", "nonsense", "-o", str(file)]) == 2
    assert "PR-4106-105S" in capsys.readouterr().err
    assert not file.exists()


@pytest.mark.usefixtures("stack_variables")
async def test_an_export_that_cannot_be_written_is_not_recorded(
    recorded: asyncpg.Connection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The place is tried first: a folder, or one that is missing, ends with 2 and a sentence."""
    before = await recorded.fetchval(_ENTRIES)
    for target in (tmp_path, tmp_path / "missing" / "evidence.zip"):
        assert await asyncio.to_thread(run, ["evidence", REQUEST, "-o", str(target)]) == 2
        assert "Nothing was done" in capsys.readouterr().err
    assert await recorded.fetchval(_ENTRIES) == before
    assert _files_in(tmp_path) == []


def _files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


@pytest.mark.usefixtures("stack_variables")
async def test_nothing_is_exported_from_an_unguarded_ledger(
    recorded: asyncpg.Connection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where somebody switched its triggers off, a sentence says which and what to do."""
    await recorded.execute("ALTER TABLE privacy.ledger DISABLE TRIGGER ALL")
    file = tmp_path / "evidence.zip"
    assert await asyncio.to_thread(run, ["evidence", REQUEST, "-o", str(file)]) == 1
    said = capsys.readouterr().err
    assert "ledger_is_sealed on ledger" in said
    assert "privacy ledger verify" in said
    assert "Traceback" not in said
    assert not file.exists()
