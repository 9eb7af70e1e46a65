"""What the vault holds of a request, as the steps read it."""

import json
from datetime import UTC, datetime

import asyncpg
import pytest

from activities.dossier import Dossier
from domain import ids
from domain.decisions.inbox import POINTS_ADDED
from domain.vocabulary import PointOfIdentity
from records import inbox
from tests.stored import VAULT, file

NOW = datetime(2026, 3, 2, 17, tzinfo=UTC)
REQUEST = ids.request_id(bytes([1, 2, 3, 4, 5]))


async def test_what_was_put_aside_is_no_evidence(conn: asyncpg.Connection) -> None:
    """A kind of point that this release does not know holds no match up, once it is parked."""
    wish = {
        "request_types": ["delete"],
        "consumer": {"name": "Ana Ruiz", "email": "ana@example.com"},
        "points": {"phone": "+1 415 555 0142"},
    }
    await file(conn, REQUEST, NOW, wish)
    receipt = await inbox.receive(
        conn,
        VAULT,
        once_key="one",
        request_id=REQUEST,
        stream=REQUEST,
        kind=POINTS_ADDED,
        facts={},
        evidence=json.dumps({"retina": "x"}).encode(),
        now=NOW,
    )
    with pytest.raises(ValueError, match="retina"):
        await Dossier(VAULT).evidence(conn, REQUEST)
    await inbox.park(conn, receipt.row_id, "unreadable_ValueError", NOW)
    evidence = await Dossier(VAULT).evidence(conn, REQUEST)
    assert dict(evidence.points) == {PointOfIdentity.PHONE: "+1 415 555 0142"}
