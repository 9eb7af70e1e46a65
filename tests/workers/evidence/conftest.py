"""One request's record, written by hand as the engine writes it, and its archive."""

from datetime import UTC, datetime
from hashlib import sha256

import asyncpg
import pytest

from domain import events as e
from domain.chain import canonical
from domain.decisions.direction import ACKNOWLEDGED
from domain.policy import Policy
from domain.vocabulary import Decision, NoticeKind, PointOfIdentity, ProviderStanding
from providers.kept import keep
from records import checkpoints, inbox
from records.signing import Signer
from records.vault import Vault
from tests.happenings import received
from tests.providers.receipts import signed_receipt
from tests.stored import file, order_letter, write
from workers.evidence.exporting import export

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
REQUEST = "PR-4106-105S"
ACME = f"{REQUEST}.acme"
SIGNER = Signer(bytes(range(32)))
TOKEN, PROOF = signed_receipt()
RAW = keep(TOKEN, PROOF)
PLAN = canonical({"steps": ["row keys that never leave the vault"]})
PLAN_HASH = sha256(PLAN).hexdigest()


@pytest.fixture
async def recorded(conn: asyncpg.Connection, vault: Vault, policy: Policy) -> asyncpg.Connection:
    """Record a deletion with a letter, an erasure, a provider's word, and a checkpoint."""
    wish = {
        "request_types": ["delete"],
        "consumer": {"name": "Ana Canary Ruiz", "email": "ana.canary@example.com"},
        "points": {"phone": "+1 415 555 0142"},
    }
    await file(conn, REQUEST, NOW, wish)
    await vault.put(conn, REQUEST, "erasure_plan", PLAN)
    await write(conn, REQUEST, NOW, *_request_events(policy))
    await order_letter(conn, REQUEST, 2, NOW)
    await _acknowledge(conn, vault)
    await checkpoints.take(conn, SIGNER, NOW)
    return conn


@pytest.fixture
async def archive(recorded: asyncpg.Connection, vault: Vault) -> bytes:
    """Export the request."""
    return await export(
        recorded, vault, SIGNER, [SIGNER.public_key], REQUEST, staff_id="s.lee", now=NOW
    )


async def _acknowledge(conn: asyncpg.Connection, vault: Vault) -> None:
    receipt = await inbox.receive(
        conn,
        vault,
        once_key="acme:1",
        request_id=REQUEST,
        stream=ACME,
        kind=ACKNOWLEDGED,
        facts={},
        evidence=RAW,
        now=NOW,
    )
    message = await inbox.read(conn, receipt.row_id)
    assert message is not None
    said = e.AcknowledgementRecorded(
        inbox=receipt.row_id,
        standing=ProviderStanding.DONE,
        at=NOW,
        evidence_hash=message.evidence_hash or "",
        key_fingerprint=PROOF.key_fingerprint,
    )
    await write(conn, ACME, NOW, said, e.DirectionEnded(standing=ProviderStanding.DONE))


def _request_events(policy: Policy) -> list[e.Event]:
    return [
        received(policy, NOW, points_offered=(PointOfIdentity.PHONE,)),
        e.NoticeRequested(notice=NoticeKind.ACKNOWLEDGEMENT, facts={}),
        e.ErasurePlanned(plan_hash=PLAN_HASH, rows={"shop.orders": 3}, retained=()),
        e.DataErased(planned={"shop.orders": 3}, absent={"shop.orders": 3}, retained=()),
        e.RequestAnswered(outcome=Decision.GRANT, letter=2, accepted_at=NOW),
        e.RequestClosed(outcome=Decision.GRANT, retain_until=NOW.date().replace(year=NOW.year + 2)),
    ]
