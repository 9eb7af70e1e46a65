"""The consumer's own words about health data that was not corrected (COR-09)."""

import json
from datetime import UTC, datetime

import asyncpg
import pytest

from domain.ids import outside_stream
from records import ledger
from records.health_statement import STATEMENT, StatementRefused, keep
from records.vault import Vault

pytestmark = pytest.mark.usefixtures("revisions")
NOW = datetime(2026, 11, 22, 18, tzinfo=UTC)


async def denied(conn: asyncpg.Connection, request_id: str, kind: str = "correct") -> None:
    """Let the request have been denied."""
    await conn.execute(
        "UPDATE privacy.request SET request_types = $2, outcome = 'DENY' WHERE request_id = $1",
        request_id,
        [kind],
    )


async def kept(conn: asyncpg.Connection, vault: Vault, request_id: str, words: int) -> int:
    """Keep a statement of so many words."""
    statement = " ".join(["asthma"] * words)
    return await keep(
        conn, vault, request_id, statement, item=1, pass_on=True, staff_id="s.lee", now=NOW
    )


async def test_a_statement_of_250_words_stands_with_the_record(
    conn: asyncpg.Connection, vault: Vault, request_id: str
) -> None:
    """The vault has its words, the ledger its hash and their number; it is kept once."""
    await denied(conn, request_id)
    assert await kept(conn, vault, request_id, 250) == 250
    assert (await vault.get(conn, request_id, STATEMENT, 1)).startswith(b"asthma asthma")
    (row,) = await ledger.read(conn, outside_stream(request_id))
    event = json.loads(row.body)
    assert (event["type"], event["data"]["words"]) == ("HealthStatementKept", 250)
    assert "asthma" not in row.body.decode()
    with pytest.raises(StatementRefused, match="kept already"):
        await kept(conn, vault, request_id, 3)


@pytest.mark.parametrize(("kind", "words"), [("correct", 251), ("correct", 0), ("delete", 10)])
async def test_what_is_no_such_statement_is_refused(
    conn: asyncpg.Connection, vault: Vault, request_id: str, kind: str, words: int
) -> None:
    """Too long, empty, or beside something else than a denied correction."""
    await denied(conn, request_id, kind)
    with pytest.raises(StatementRefused):
        await kept(conn, vault, request_id, words)
