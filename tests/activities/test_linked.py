"""What a request is told of the other requests of its person."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest
from temporalio.testing import ActivityEnvironment

from activities.dossier import Dossier
from activities.linked import Linked
from domain import ids, policies
from domain.decisions.merging import Named
from records.pool import create_pool
from tests.happenings import received
from tests.stored import KEYRING, VAULT, file, write
from workflows import exchange as x

pytestmark = pytest.mark.usefixtures("revisions")
NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
REQUEST = ids.request_id(bytes([1, 2, 3, 4, 5]))
EARLIER = ids.request_id(bytes([5, 4, 3, 2, 1]))
WISH = {
    "request_types": ["delete"],
    "consumer": {"name": "Ana Ruiz", "email": "ana@example.com"},
    "residency": "CA",
}


class NoEngine:
    """Temporal, of which none of these steps asks anything."""


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    """Hold two requests that say the same."""
    pool = await create_pool(database)
    async with pool.acquire() as conn:
        for request_id in (EARLIER, REQUEST):
            await file(conn, request_id, NOW, WISH)
            await write(conn, request_id, NOW, received(policies.in_force_at(NOW), NOW))
    yield pool
    await pool.close()


async def named(pool: asyncpg.Pool) -> Named:
    """Read the earlier request for the later one, as a worker does."""
    steps = Linked(pool, VAULT, Dossier(VAULT), NoEngine(), hashing=KEYRING, people=KEYRING)  # type: ignore[arg-type]
    pin = policies.pin_of(policies.in_force_at(NOW))
    asked = x.ReadNamed(request_id=REQUEST, now=NOW, policy=pin, named=EARLIER)
    read: Named = await ActivityEnvironment().run(steps.read_named, asked)
    return read


async def test_two_that_say_the_same_ask_for_the_same(pool: asyncpg.Pool) -> None:
    """Whose they are is known once both are verified (REQ-17)."""
    read = await named(pool)
    assert (read.same_wish, read.same_person) == (True, False)


async def test_one_whose_data_was_destroyed_is_nobodys(pool: asyncpg.Pool) -> None:
    """Staff hear that it cannot lead, instead of waiting for ever (REQ-17, REC-06)."""
    async with pool.acquire() as conn:
        await VAULT.shred(conn, EARLIER)
    read = await named(pool)
    assert read.request is not None
    assert (read.same_wish, read.same_person) == (False, False)
