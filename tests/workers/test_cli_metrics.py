"""`privacy metrics`: the yearly figures as a table, JSON, CSV and a piece of the policy's page."""

import asyncio
import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from domain.events import RequestAnswered
from domain.policy import Policy
from domain.vocabulary import Decision
from tests.happenings import received
from tests.stored import write
from tests.workers.operators import variables
from workers.cli import run

RECEIVED = datetime(2026, 3, 2, 18, tzinfo=UTC)
ASKED = ["metrics", "--year", "2026"]


@pytest.fixture(autouse=True)
def _operator(
    database: str,
    as_role: Callable[[str, str], str],
    policy: Policy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Set an operator's variables in a terminal of usual width; one deletion was answered."""
    for name, value in variables(database, as_role).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("COLUMNS", "80")
    asyncio.run(_answer_one(database, policy))


async def _answer_one(database: str, policy: Policy) -> None:
    answered = RequestAnswered(
        outcome=Decision.GRANT_PARTIAL, letter=2, accepted_at=RECEIVED + timedelta(days=10)
    )
    conn = await asyncpg.connect(database)
    try:
        await write(conn, "PR-0000-0000", RECEIVED, received(policy, RECEIVED), answered)
    finally:
        await conn.close()


def test_every_form_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """Received, complied, denied and days to respond, by kind (MET-02)."""
    assert run([*ASKED, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["delete"] == {
        "received": 1,
        "complied": 1,
        "denied": 0,
        "denied_unverified": 0,
        "mean_days": 10.0,
        "median_days": 10.0,
    }
    assert run([*ASKED, "--csv"]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert {row.pop("kind"): row for row in rows} == {
        kind: {name: "" if n is None else str(n) for name, n in figures.items()}
        for kind, figures in found.items()
    }
    assert run([*ASKED, "--html"]) == 0
    row = '<tr><th scope="row">delete</th><td>1</td><td>1</td><td>0</td><td>0</td><td>10.0</td>'
    assert row in capsys.readouterr().out


def test_no_word_of_the_table_is_cut_in_a_usual_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each kind has one line, each column its whole name; below it the day of publication."""
    assert run(ASKED) == 0
    lines = capsys.readouterr().out.splitlines()
    table = [" ".join(line.split()) for line in lines]
    assert "delete 1 1 0 0 10.0 10.0" in table
    assert "opt out sale sharing 0 0 0 0" in table
    assert "…" not in "".join(lines)
    assert lines[-1] == "Where they must be published: by 2027-07-01."
