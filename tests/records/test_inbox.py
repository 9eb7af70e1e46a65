"""What comes from outside is stored once, with its evidence, and found until delivered."""

import asyncio
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import asyncpg
import pytest

from records import inbox, tokens
from records.inbox import Receipt
from records.vault import Vault

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
EVIDENCE = b'{"from": "ana.canary@example.com"}'


async def receive(
    conn: asyncpg.Connection, vault: Vault, once_key: str, evidence: bytes | None = EVIDENCE
) -> Receipt:
    """Receive a provider's acknowledgement."""
    return await inbox.receive(
        conn,
        vault,
        once_key=once_key,
        request_id="PR-4106-105S",
        stream="PR-4106-105S.acme",
        kind="acknowledgement",
        facts={"verdict": "done"},
        evidence=evidence,
        now=NOW,
    )


async def test_a_message_is_stored_with_its_evidence(
    conn: asyncpg.Connection, vault: Vault, request_id: str
) -> None:
    """Facts and the evidence's hash stand in the row, the evidence itself in the vault only."""
    row_id, fresh = await receive(conn, vault, "acme msg_1")
    assert fresh
    message = await inbox.read(conn, row_id)
    assert message
    assert (message.stream, message.facts) == ("PR-4106-105S.acme", {"verdict": "done"})
    assert message.evidence_hash == sha256(EVIDENCE).hexdigest()
    assert await vault.get(conn, request_id, inbox.EVIDENCE, row_id) == EVIDENCE
    assert "canary" not in str(await conn.fetchrow("SELECT * FROM privacy.inbox"))
    assert await inbox.of_request(conn, request_id) == [message]
    assert await inbox.read(conn, row_id + 1) is None


@pytest.mark.usefixtures("request_id")
async def test_a_repeated_message_is_the_same_row(database: str, vault: Vault) -> None:
    """Of many equal messages at once one is fresh; all get the one row."""
    async with asyncpg.create_pool(database, min_size=6, max_size=6) as pool:

        async def deliver() -> Receipt:
            async with pool.acquire() as conn:
                return await receive(conn, vault, "acme msg_1")

        receipts = await asyncio.gather(*(deliver() for _ in range(12)))
        assert await pool.fetchval("SELECT count(*) FROM privacy.inbox") == 1
    assert len({receipt.row_id for receipt in receipts}) == 1
    assert sum(receipt.fresh for receipt in receipts) == 1


async def test_a_message_whose_evidence_cannot_be_stored_is_not_stored(
    conn: asyncpg.Connection, vault: Vault, request_id: str
) -> None:
    """Row and evidence come together or not at all."""
    await vault.shred(conn, request_id)
    with pytest.raises(Exception, match="destroyed"):
        await receive(conn, vault, "acme msg_1")
    assert await conn.fetchval("SELECT count(*) FROM privacy.inbox") == 0


@pytest.mark.usefixtures("request_id")
async def test_the_sweep_finds_what_was_not_delivered(
    conn: asyncpg.Connection, vault: Vault
) -> None:
    """Messages older than the instant are found until they are marked, which counts once."""
    first = await receive(conn, vault, "acme msg_1")
    other = await receive(conn, vault, "acme msg_2", None)
    later = NOW + timedelta(seconds=1)
    assert await inbox.undelivered(conn, NOW) == []
    assert [m.row_id for m in await inbox.undelivered(conn, later)] == [first[0], other[0]]
    await inbox.mark_delivered(conn, first.row_id)
    marked = await inbox.read(conn, first.row_id)
    await inbox.mark_delivered(conn, first.row_id)
    assert await inbox.read(conn, first.row_id) == marked
    assert [m.row_id for m in await inbox.undelivered(conn, later)] == [other.row_id]


async def test_a_token_is_known_by_its_hash_and_used_up_by_an_inbox_row(
    conn: asyncpg.Connection, vault: Vault, request_id: str
) -> None:
    """The clear token stands nowhere; an inbox row under its once-only key uses it up."""
    expires = NOW + timedelta(days=14)
    plaintext = await tokens.issue(conn, request_id, request_id, "confirm", expires, 2)
    assert len(plaintext) >= 43
    assert plaintext not in str(await conn.fetch("SELECT * FROM privacy.token"))
    token = await tokens.look_up(conn, plaintext)
    assert token
    assert (token.purpose, token.expires_at, token.used) == ("confirm", expires, False)
    for wrong in (plaintext[:-1], "", "\x00", "\ud800"):
        assert await tokens.look_up(conn, wrong) is None
    await receive(conn, vault, token.once_key)
    used = await tokens.look_up(conn, plaintext)
    assert used
    assert used.used


async def test_an_incident_revokes_the_links_of_its_request(
    conn: asyncpg.Connection, request_id: str
) -> None:
    """Revoked links are still known, with the time; revoking again finds none."""
    plaintext = await tokens.issue(conn, request_id, request_id, "confirm", NOW, 2)
    assert await tokens.revoke(conn, request_id, NOW) == 1
    assert await tokens.revoke(conn, request_id, NOW) == 0
    token = await tokens.look_up(conn, plaintext)
    assert token
    assert token.revoked_at == NOW
