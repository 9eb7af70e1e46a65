"""A worker, doors and a mail server for the tests of this folder."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from temporalio.client import Client

from domain.policy import Policy
from providers.credentials import Credentials
from providers.desk import build_desk
from providers.outgoing import LOOPBACK, Outgoing
from providers.registry import load_registry
from records.pool import create_pool
from tests.providers.fakes.authority import Authority, rsa_key
from tests.providers.fakes.ddrf import DOMAIN as AD_DOMAIN
from tests.providers.fakes.ddrf import ISSUER, Recipient
from tests.providers.fakes.opendsr import AUTHORIZATION, DOMAIN, Processor
from tests.providers.lines import PUBLIC_URL
from tests.providers.support import SECRET, registry_text, serving, to_loopback
from tests.workflows.rig import Rig, Servers
from tests.workflows.vendor import Vendor
from workers.keys import KeySet
from workers.stack.mail_sink import EmbeddedMailSink
from workers.stack.temporal import EmbeddedTemporal
from workers.temporal.converter import data_converter

CODEC_KEY = "k1:" + "A" * 43 + "="


@pytest.fixture(scope="session", autouse=True)
def _published(revisions: tuple[Policy, ...]) -> None:
    """Work by the policies that the project publishes."""


@pytest.fixture
async def servers(
    temporal_server: EmbeddedTemporal,
    database: str,
    as_role: Callable[[str, str], str],
    mail_sink: EmbeddedMailSink,
) -> AsyncIterator[Servers]:
    """Connect to everything, each process with its own rights."""
    client = await Client.connect(
        temporal_server.address, data_converter=data_converter(KeySet.parse(CODEC_KEY))
    )
    worker = await create_pool(as_role(database, "privacy_worker"), max_size=10)
    gateway = await create_pool(as_role(database, "privacy_gateway"), max_size=4)
    yield Servers(client, worker, gateway, mail_sink)
    await worker.close()
    await gateway.close()


@pytest.fixture
def vendor() -> Vendor:
    """Give a provider of Standard Webhooks that does what a test tells it."""
    return Vendor(SECRET)


@pytest.fixture
async def rig(servers: Servers, vendor: Vendor) -> AsyncIterator[Rig]:
    """Direct that provider."""
    async with serving(vendor.app()) as url, directing(servers, _webhooks(url), vendor) as running:
        yield running


@pytest.fixture
async def letter_rig(
    servers: Servers, vendor: Vendor, request: pytest.FixtureRequest
) -> AsyncIterator[Rig]:
    """Direct a provider that gets letters; its channel is the fixture's parameter."""
    async with directing(servers, request.param, vendor) as running:
        yield running


@pytest.fixture(params=["opendsr_2", "mparticle_3"])
async def processor(request: pytest.FixtureRequest) -> Processor:
    """Give a strict OpenDSR processor of each dialect."""
    now = datetime.now(UTC).replace(microsecond=0)
    return Processor(Authority(now), now, dialect=request.param)


@pytest.fixture
async def processor_rig(
    servers: Servers, vendor: Vendor, processor: Processor, tmp_path: Path
) -> AsyncIterator[Rig]:
    """Direct that processor."""
    authority = processor.authority.write(tmp_path)
    async with serving(processor.app()) as url:
        port = url.rpartition(":")[2]
        channel = (
            f"{{protocol: opendsr, dialect: {processor.dialect}, "
            f"base_url: 'http://{DOMAIN}:{port}/{processor.version}', "
            f"authorization: 'env:AUTH', trusted_issuers: '{authority}'}}"
        )
        async with directing(servers, channel, vendor) as running:
            yield running


@pytest.fixture
def recipient() -> Recipient:
    """Give a strict recipient of the deletion request framework."""
    return Recipient(datetime.now(UTC), identifiers=[{"id": 1, "type": "email", "format": "raw"}])


@pytest.fixture
async def recipient_rig(
    servers: Servers, vendor: Vendor, recipient: Recipient
) -> AsyncIterator[Rig]:
    """Direct that recipient."""
    async with serving(recipient.app()) as url:
        channel = (
            f"{{protocol: ddrf, domain: {AD_DOMAIN}, discovery_url: '{url}/dsrdelete.json', "
            f"issuer: {ISSUER}, signing_key: 'env:KEY', key_id: '2026-1'}}"
        )
        async with directing(servers, channel, vendor, "email") as running:
            yield running


@asynccontextmanager
async def directing(
    servers: Servers, channel: str, vendor: Vendor, identifiers: str = "email, customer_number"
) -> AsyncIterator[Rig]:
    """Run everything around one provider with that channel."""
    outgoing = Outgoing(LOOPBACK, resolver=to_loopback)
    text = registry_text(channel).replace("[email, customer_number]", f"[{identifiers}]")
    key = rsa_key("business").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    secrets = {"SECRET": SECRET, "AUTH": AUTHORIZATION, "KEY": key.decode()}
    desk = build_desk(
        load_registry(text, "providers.yaml", {}),
        outgoing,
        Credentials(secrets),
        lambda: vendor.switches,
        public_url=PUBLIC_URL,
    )
    async with Rig(servers, desk).working() as running:
        yield running
    await outgoing.aclose()


def _webhooks(url: str) -> str:
    return (
        f"{{protocol: standard_webhooks, endpoint: '{url}/directions', "
        "signing_secrets: ['env:SECRET']}"
    )
