"""`privacy datamap` against a real database."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from samples import business
from workers.cli import run
from workers.stack.postgres import SUPERUSER, EmbeddedPostgres


@pytest.fixture
def shop(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Give the address of a sample business, known to commands as the business's database."""
    asyncio.run(business.create(empty_database, 20))
    monkeypatch.setenv("PRIVACY_BUSINESS_DSN", empty_database)
    monkeypatch.delenv("PRIVACY_BUSINESS_DSN_FILE", raising=False)
    return empty_database


def test_the_sample_map_is_green_until_a_column_comes(
    shop: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A new column with an e-mail address in it turns the check red, by its name."""
    assert run(["datamap", "check"]) == 0
    assert "0 errors" in capsys.readouterr().out
    asyncio.run(_execute(shop, "ALTER TABLE orders ADD COLUMN gift_email text"))
    assert run(["datamap", "check"]) == 1
    shown = capsys.readouterr().out
    assert "ERROR    shop.orders.gift_email: the map does not know this column" in shown


def test_a_draft_is_a_map_that_can_be_checked(
    shop: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What `draft` prints, `check` reads."""
    assert run(["datamap", "draft", "--dsn", shop, "--system", "shop"]) == 0
    path = tmp_path / "map.yaml"
    path.write_text(capsys.readouterr().out)
    assert run(["datamap", "check", str(path), "--system", f"shop={shop}"]) == 0


def test_wrong_input_is_told_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong map and a database that is not there end with 2."""
    (tmp_path / "map.yaml").write_text("dataset: []")
    assert run(["datamap", "check", str(tmp_path / "map.yaml")]) == 2
    assert "map.yaml:1:" in capsys.readouterr().err
    assert run(["datamap", "draft", "--dsn", "postgresql://u:secret@127.0.0.1:1/x"]) == 2
    shown = capsys.readouterr().err
    assert "System main" in shown
    assert "secret" not in shown


def test_figures_are_measured_and_the_databases_dropped(
    postgres: EmbeddedPostgres, capsys: pytest.CaptureFixture[str]
) -> None:
    """Four lines, and no database is left behind."""
    dsn = postgres.dsn("postgres", SUPERUSER)
    sizes = ["--small", "200", "--large", "300", "--rows", "5000"]
    assert run(["datamap", "figures", "--dsn", dsn, *sizes]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert len(shown) == 4
    assert "one person with 5000 rows" in shown[-1]


async def _execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(statement)
    await connection.close()
