"""What a step that sends letters says of each."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest
from temporalio.testing import ActivityEnvironment

from activities.dossier import Dossier
from activities.letters import Letters
from domain import ids, policies
from providers.registry import load_registry
from records import outbox
from records.pool import create_pool
from tests.gateway.providers import REGISTRY
from tests.stored import KEYRING, VAULT, file, order_letter
from workers import parts
from workers.settings import load_settings
from workflows import exchange as x

pytestmark = pytest.mark.usefixtures("revisions")
NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
REQUEST = ids.request_id(bytes([1, 2, 3, 4, 5]))


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    """Hold one request with two letters that nobody can write, for they have no facts."""
    pool = await create_pool(database)
    wish = {
        "request_types": ["delete"],
        "consumer": {"name": "Ana Ruiz", "email": "ana@example.com"},
    }
    async with pool.acquire() as conn:
        await file(conn, REQUEST, NOW, wish, keyring=KEYRING)
        for n in (2, 3):
            await order_letter(conn, REQUEST, n, NOW)
    yield pool
    await pool.close()


async def test_a_letter_that_was_withdrawn_holds_no_other_up(pool: asyncpg.Pool) -> None:
    """It became untrue while it was on its way here; the step says nothing of it, and ends."""
    async with pool.acquire() as conn:
        await outbox.withdraw(conn, REQUEST, 2)
    registry = load_registry(REGISTRY, "providers.yaml", {})
    letters = Letters(pool, VAULT, Dossier(VAULT), registry, parts.post(load_settings()))
    pin = policies.pin_of(policies.in_force_at(NOW))
    asked = x.DispatchLetters(stream=REQUEST, letters=(2, 3), policy=pin, now=NOW)
    done = await ActivityEnvironment().run(letters.dispatch_letters, asked)
    assert [(word.letter, word.result) for word in done.letters] == [(3, "refused")]
