"""What the tests of this room share: a second connection, a registered request."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import asyncpg
import pytest

from domain.submission import Submission
from records.keyring import Keyring
from records.vault import Vault
from tests.stored import file_submission

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
REQUEST = "PR-4106-105S"
OTHER_REQUEST = "PR-0000-0001"


@pytest.fixture
async def second(database: str) -> AsyncIterator[asyncpg.Connection]:
    """Connect once more, for what two processes do at a time."""
    connection = await asyncpg.connect(database)
    yield connection
    await connection.close()


@pytest.fixture
def submission() -> Submission:
    """Ask for a deletion."""
    return Submission.model_validate(
        {
            "request_types": ["delete"],
            "consumer": {"name": "Ana Canary Ruiz", "email": "ana.canary@example.com"},
            "residency": "CA",
            "points": {"phone": "+1 415 555 0142"},
        }
    )


@pytest.fixture
def filing(keyring: Keyring, submission: Submission) -> Callable[..., dict[str, object]]:
    """Give the arguments of one filing, any of them changed."""

    def arguments(**changes: object) -> dict[str, object]:
        return {
            "hashing": keyring,
            "request_id": REQUEST,
            "client": "web-form",
            "idempotency_key": "first",
            "submission": submission,
            "received_at": NOW,
            "now": NOW,
        } | changes

    return arguments


@pytest.fixture
async def request_id(
    conn: asyncpg.Connection, vault: Vault, filing: Callable[..., dict[str, object]]
) -> str:
    """File one request and name it."""
    await file_submission(conn, vault, **filing())  # type: ignore[arg-type]
    return REQUEST
