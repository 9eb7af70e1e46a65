"""What the tests of this room share: the doors over a real database, and an engine to watch."""

import base64
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from playwright.async_api import Page, async_playwright
from temporalio.converter import PayloadCodec

from domain.policy import Policy
from gateway.app import create_app
from gateway.parts import GatewayParts, GatewaySettings
from providers.credentials import Credentials
from providers.desk import ProviderDesk, build_desk
from providers.outgoing import LOOPBACK, Outgoing
from providers.registry import load_registry
from records.keyring import Keyring
from records.pool import create_pool
from records.vault import Vault
from tests.gateway.browser import ARGUMENTS, CHROMIUM, DESK, NARROWEST
from tests.gateway.providers import REGISTRY, SECRET
from tests.gateway.support import (
    API_KEY,
    OTHER_API_KEY,
    UI_ORIGIN,
    Clock,
    WatchedEngine,
    serving,
    sha256,
)
from workers.keys import KeySet
from workers.temporal.codec import EncryptionCodec


@pytest.fixture(scope="session", autouse=True)
def _published(revisions: tuple[Policy, ...]) -> None:
    """Work by the policies that the project publishes."""


@pytest.fixture
def clock() -> Clock:
    """Give the wall clock of the doors."""
    return Clock()


@pytest.fixture
def engine() -> WatchedEngine:
    """Give the engine that the doors talk to."""
    return WatchedEngine()


@pytest.fixture
async def desk() -> AsyncIterator[ProviderDesk]:
    """Give a desk with one provider that calls back and one that gets mail."""
    outgoing = Outgoing(LOOPBACK)
    registry = load_registry(REGISTRY, "providers.yaml", {})
    yield build_desk(registry, outgoing, Credentials({"SECRET": SECRET}))
    await outgoing.aclose()


@pytest.fixture
def owner(conn: asyncpg.Connection) -> asyncpg.Connection:
    """Speak as the owner, beside a gateway that may do little."""
    return conn


@pytest.fixture
async def pool(database: str, as_role: Callable[[str, str], str]) -> AsyncIterator[asyncpg.Pool]:
    """Connect with the gateway's own, small rights."""
    pool = await create_pool(as_role(database, "privacy_gateway"), max_size=8)
    yield pool
    await pool.close()


@pytest.fixture
def codec() -> PayloadCodec:
    """Give the codec that the workers use."""
    return EncryptionCodec(KeySet.parse("k1:" + base64.b64encode(bytes(32)).decode()))


@pytest.fixture
def settings() -> GatewaySettings:
    """Configure the doors, with limits that tests can reach."""
    return GatewaySettings(
        public_url="https://privacy.example.com",
        ui_origins=frozenset({UI_ORIGIN}),
        api_keys={"web-form": sha256(API_KEY), "tickets": sha256(OTHER_API_KEY)},
        body_limit=8192,
        engine_seconds=0.2,
        direction_looks=1,
        filings_per_minute=120,
        visits_per_minute=60,
    )


@pytest.fixture
def parts(
    pool: asyncpg.Pool,
    engine: WatchedEngine,
    desk: ProviderDesk,
    codec: PayloadCodec,
    settings: GatewaySettings,
    clock: Clock,
    vault: Vault,
    keyring: Keyring,
) -> GatewayParts:
    """Put the parts of the gateway together."""
    return GatewayParts(
        pool=pool,
        vault=vault,
        hashing=keyring,
        people=keyring,
        engine=engine,
        desk=desk,
        codec=codec,
        settings=settings,
        now=clock,
    )


@pytest.fixture
def app(parts: GatewayParts) -> FastAPI:
    """Build the gateway."""
    return create_app(parts)


@pytest.fixture
async def address(parts: GatewayParts) -> AsyncIterator[str]:
    """Serve the gateway on loopback, as a developer's stack does: without TLS."""
    settings = parts.settings.model_copy(update={"public_url": "http://127.0.0.1"})
    async with serving(create_app(replace(parts, settings=settings))) as url:
        yield url


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """Open a browser of a narrow phone, without scripts; its console must stay silent."""
    said: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = await browser.new_context(viewport=NARROWEST, java_script_enabled=False)
        page = await context.new_page()
        page.on("console", lambda message: said.append(message.text))
        yield page
        await browser.close()
    # Chromium says so when a form comes back with faults.
    assert [text for text in said if "status of 422" not in text] == []


@pytest.fixture(params=[(NARROWEST, "dark"), (DESK, "light")], ids=["phone", "desk"])
async def screen(request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """Open a browser on phone and desk; axe-core is a script, so scripts are on."""
    viewport, scheme = request.param
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield await browser.new_page(viewport=viewport, color_scheme=scheme)
        await browser.close()


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Call the gateway as a program or a browser does."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://privacy.example.com") as it:
        yield it
