"""The command line: one root, commands imported when asked for, errors in plain words."""

import subprocess
import sys
from pathlib import Path

import pytest

from workers.cli import run
from workers.settings import SettingsError


def test_help_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    """`privacy --help` names single commands and groups."""
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in ("up", "down", "rules", "policy"))


def test_without_the_embedded_servers_the_other_commands_stay() -> None:
    """An image has no development stack: help leaves its commands out instead of failing."""
    without = "import sys; sys.modules['psutil'] = None; "
    called = without + "from workers.cli import run; raise SystemExit(run(['--help']))"
    helped = subprocess.run(
        [sys.executable, "-c", called], capture_output=True, text=True, timeout=60, check=False
    )
    assert helped.returncode == 0, helped.stderr
    assert "doctor" in helped.stdout
    assert "Play three" not in helped.stdout


def test_unknown_commands_and_bad_options_are_usage_errors(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Both end with 2; a bad port is told with the known names."""
    assert run(["no-such-command"]) == 2
    assert run(["up", "--port", "gateway=eighty"]) == 2
    assert "NAME=NUMBER" in capsys.readouterr().err


def test_errors_for_people_are_printed_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong setting ends a command with 1 and its sentence."""

    def fail(*_: object, **__: object) -> None:
        raise SettingsError("PRIVACY_X is not set.")

    monkeypatch.setattr("workers.cli.app", fail)
    assert run(["up"]) == 1
    assert capsys.readouterr().err == "PRIVACY_X is not set.\n"


def test_a_file_that_cannot_be_used_is_told_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither bytes that are no text nor a folder that cannot be made end in a traceback."""
    (tmp_path / "map.yaml").write_bytes(b"\xff\xfe")
    assert run(["datamap", "check", str(tmp_path / "map.yaml")]) == 1
    assert "not text in UTF-8" in capsys.readouterr().err
    assert run(["letters", "preview", "--out", str(tmp_path / "map.yaml" / "in")]) == 1
    assert "Name another file or folder" in capsys.readouterr().err


def test_asking_the_rules_loads_neither_temporal_nor_databases() -> None:
    """A command imports its own module only, so that small ones are quick."""
    script = (
        "import sys; from workers.cli import run; run(['rules', '--help']);"
        "print([m for m in ('temporalio', 'asyncpg', 'psycopg') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
