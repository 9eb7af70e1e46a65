"""A browser's signal may name nobody: every step that opens the vault goes on without a person."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import asyncpg
import pytest
from temporalio.testing import ActivityEnvironment

from activities.dossier import Dossier, Evidence
from activities.letters import Letters
from activities.retention import Retention
from domain import policies
from providers.registry import load_registry
from records import requests
from records.pool import create_pool
from tests.gateway.providers import REGISTRY
from tests.stored import KEYRING, VAULT, file, order_letter
from workers import parts
from workers.settings import load_settings
from workflows import exchange as x
from workflows.upkeep import Purged, Today

pytestmark = pytest.mark.usefixtures("revisions")
NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
PAST = datetime(2028, 12, 1, 18, 0, tzinfo=UTC)
SIGNAL = "PR-4106-105S"
DEVICE = "f3c1a9d07b524e6a8b1f"


class NoHistories:
    """Temporal, which has long forgotten everything."""

    async def forget(self, request_id: str) -> bool:
        """Find nothing, and nothing that runs."""
        return True


@pytest.fixture
async def pool(database: str) -> AsyncIterator[asyncpg.Pool]:
    """Hold one signal of a browser of nobody."""
    pool = await create_pool(database)
    async with pool.acquire() as conn:
        signal = {"request_types": ["gpc_signal"], "channel": "gpc", "device": DEVICE}
        await file(conn, SIGNAL, NOW, signal, client="browser")
    yield pool
    await pool.close()


async def test_the_dossier_knows_nobody(pool: asyncpg.Pool) -> None:
    """There is no address to prove, and nothing by which a provider could find anybody (OPT-05)."""
    dossier = Dossier(VAULT)
    async with pool.acquire() as conn:
        assert await dossier.evidence(conn, SIGNAL) == Evidence(points={}, proved_email=None)
        assert await dossier.identifiers(conn, SIGNAL) == {}


async def test_the_record_of_a_signal_is_purged_like_any_other(pool: asyncpg.Pool) -> None:
    """Retention asks whether the person is held; a browser is no obstacle (REC-01)."""
    closed = requests.Projection(closed_at=NOW, retain_until=date(2028, 11, 23))
    await requests.project(pool, SIGNAL, closed)
    steps = Retention(pool, VAULT, NoHistories(), KEYRING, KEYRING)
    assert await ActivityEnvironment().run(steps.purge, Today(now=PAST)) == Purged(purged=1)


async def test_a_letter_to_nobody_is_refused_and_holds_nothing_up(pool: asyncpg.Pool) -> None:
    """Staff see a refused letter instead of a step that is tried for ever."""
    async with pool.acquire() as conn:
        await order_letter(conn, SIGNAL, 2, NOW)
    registry = load_registry(REGISTRY, "providers.yaml", {})
    letters = Letters(pool, VAULT, Dossier(VAULT), registry, parts.post(load_settings()))
    pin = policies.pin_of(policies.in_force_at(NOW))
    asked = x.DispatchLetters(stream=SIGNAL, letters=(2,), policy=pin, now=NOW)
    done = await ActivityEnvironment().run(letters.dispatch_letters, asked)
    assert [word.result for word in done.letters] == ["refused"]
