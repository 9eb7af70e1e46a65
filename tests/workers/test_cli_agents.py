"""`privacy agents`: the directory looked at, added to, and a token ended."""

import asyncio
import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from records import agent_tokens
from tests.workers.operators import variables
from workers.agents import DirectoryFile
from workers.cli import run

KEY = base64.b64encode(bytes(range(32))).decode()
ENTRY = {
    "id": "AA_HELPERS",
    "name": "Privacy Helpers",
    "verify_key": KEY,
    "web_url": "https://helpers.example",
    "business_contact": "requests@helpers.example",
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Name the directory's file, which does not exist yet."""
    return tmp_path / "agents.json"


@pytest.fixture(autouse=True)
def _operator(
    database: str,
    as_role: Callable[[str, str], str],
    monkeypatch: pytest.MonkeyPatch,
    file: Path,
) -> None:
    """Set the variables of an installation that takes part in the network."""
    given = {
        **variables(database, as_role),
        "PRIVACY_AGENTS": str(file),
        "PRIVACY_BUSINESS_ID": "CB_SHOP",
        "PRIVACY_PUBLIC_URL": "https://privacy.example.com",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)


def pair(database: str, fingerprint: str) -> None:
    """Pair the agent as the gateway does."""

    async def paired() -> None:
        conn = await asyncpg.connect(database)
        await agent_tokens.pair(conn, "AA_HELPERS", fingerprint, datetime.now(UTC))
        await conn.close()

    asyncio.run(paired())


def test_an_entry_is_added_looked_at_and_its_token_ended(
    database: str, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the network's entry to a paired agent; a token of an earlier key is pointed out."""
    entry = tmp_path / "entry.json"
    entry.write_text(json.dumps(ENTRY | {"verfy_key": "misspelt"}))
    assert run(["agents", "add", str(entry), "--callback-host", "api.helpers.example"]) == 0
    assert run(["agents", "add", str(entry)]) == 0
    pair(database, "0" * 64)
    assert run(["agents", "list"]) == 0
    assert run(["agents", "check"]) == 0
    said = capsys.readouterr().out
    assert said.count("AA_HELPERS (Privacy Helpers)") == 1
    assert "requests@helpers.example" in said
    assert "under an earlier key" in said
    assert "verfy_key" in said
    assert run(["agents", "unpair", "AA_HELPERS"]) == 0
    assert run(["agents", "unpair", "AA_HELPERS"]) == 2


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("{", "JSON"),
        ("[]", "one JSON object"),
        (json.dumps(ENTRY | {"verify_key": "AAEC"}), "verify_key"),
        (json.dumps(ENTRY | {"business_contact": ""}), "e-mail"),
    ],
)
def test_a_wrong_entry_changes_nothing(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], written: str, word: str
) -> None:
    """It says what is wrong, and the directory stays as it was."""
    entry = tmp_path / "entry.json"
    entry.write_text(written)
    assert run(["agents", "add", str(entry)]) == 2
    assert word in capsys.readouterr().err
    assert not file.exists()


def test_a_changed_file_counts_without_a_restart(file: Path) -> None:
    """What is added is known at once; what cannot be read leaves the last good directory."""
    file.write_text("[]")
    directory = DirectoryFile(file)
    assert directory().agents == ()
    file.write_text(json.dumps([ENTRY]))
    assert directory().get("AA_HELPERS") is not None
    file.write_text("[{]")
    assert directory().get("AA_HELPERS") is not None


def test_our_own_entry_leads_to_the_doors(capsys: pytest.CaptureFixture[str]) -> None:
    """The network's directory of businesses gets our address and what we serve."""
    assert run(["agents", "entry"]) == 0
    entry = json.loads(capsys.readouterr().out)
    assert (entry["id"], entry["api_base"]) == ("CB_SHOP", "https://privacy.example.com/drp")
    assert "access:specific" in entry["supported_actions"]
