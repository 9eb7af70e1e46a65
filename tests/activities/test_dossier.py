"""What the vault holds of a request, as the steps read it."""

import json
from datetime import UTC, datetime

import asyncpg
import pytest

from activities.dossier import Dossier
from domain import ids
from domain.decisions.inbox import POINTS_ADDED
from domain.submission import Submission
from domain.vocabulary import PointOfIdentity
from records import inbox
from records.keyring import Keyring
from records.vault import Vault
from tests.filing import file_submission

NOW = datetime(2026, 3, 2, 17, tzinfo=UTC)
REQUEST = ids.request_id(bytes([1, 2, 3, 4, 5]))
RING = Keyring("k1", {"k1": bytes(range(32))})


async def test_what_was_put_aside_is_no_evidence(database: str) -> None:
    """A kind of point that this release does not know holds no match up, once it is parked."""
    vault, conn = Vault(RING), await asyncpg.connect(database)
    try:
        submission = Submission.model_validate(
            {
                "request_types": ["delete"],
                "consumer": {"name": "Ana Ruiz", "email": "ana@example.com"},
                "residency": "CA",
                "points": {"phone": "+1 415 555 0142"},
            }
        )
        await file_submission(
            conn, vault, RING, request_id=REQUEST, client="web-form", idempotency_key="first",
            submission=submission, received_at=NOW, now=NOW,
        )  # fmt: skip
        receipt = await inbox.receive(
            conn, vault, once_key="one", request_id=REQUEST, stream=REQUEST, kind=POINTS_ADDED,
            facts={}, evidence=json.dumps({"retina": "x"}).encode(), now=NOW,
        )  # fmt: skip
        with pytest.raises(ValueError, match="retina"):
            await Dossier(vault).evidence(conn, REQUEST)
        await inbox.park(conn, receipt.row_id, "unreadable_ValueError", NOW)
        evidence = await Dossier(vault).evidence(conn, REQUEST)
    finally:
        await conn.close()
    assert dict(evidence.points) == {PointOfIdentity.PHONE: "+1 415 555 0142"}
