"""One line per protocol, each with a strict provider at its far end, for the shared contract."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from domain.vocabulary import PointOfIdentity
from providers.credentials import Credentials
from providers.desk import ProviderDesk, build_desk
from providers.outgoing import LOOPBACK, Network, Outgoing
from providers.protocol import Direction, Sending, callback_url
from providers.registry import Provider, load_registry, minimal_locators
from providers.switches import Switches
from tests.providers.fakes.authority import Authority, rsa_key
from tests.providers.fakes.ddrf import DOMAIN as AD_DOMAIN
from tests.providers.fakes.ddrf import ISSUER, Recipient
from tests.providers.fakes.opendsr import AUTHORIZATION, DOMAIN, Processor
from tests.providers.fakes.webhook import Receiver
from tests.providers.support import (
    SECRET,
    AsgiApp,
    direction,
    registry_text,
    serving,
    to_loopback,
)

PUBLIC_URL = "https://business.example"
EVERYTHING = {
    kind: f"canary{number}@{kind.replace('_', '-')}.example"
    for number, kind in enumerate(PointOfIdentity, 10)
}
"""A value for every kind of identifier, each found again wherever it goes."""


class Recorder:
    """Wraps an application and keeps every byte that reaches it: path, headers, body."""

    def __init__(self, app: AsgiApp) -> None:
        self._app = app
        self.wire = b""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Record one exchange and pass it on."""
        if scope["type"] == "http":
            self.wire += scope["raw_path"] + scope["query_string"]
            self.wire += b"".join(name + value for name, value in scope["headers"])

        async def recorded() -> Any:
            message = await receive()
            self.wire += message.get("body", b"")
            return message

        await self._app(scope, recorded, send)


@dataclass
class ProtocolLine:
    """Our desk, one provider, and what reached it."""

    desk: ProviderDesk
    recorder: Recorder
    book: Callable[[], int]
    fail: Callable[[int], None]
    switches: list[Switches]

    @property
    def provider(self) -> Provider:
        """The one provider of the registry."""
        return self.desk.registry.providers[0]

    def direction(self, **changes: Any) -> Direction:
        """Return a direction with every identifier that the provider may have."""
        ours = callback_url(PUBLIC_URL, "acme")
        locators = minimal_locators(self.provider, EVERYTHING)
        return direction(**{"locators": locators, "callback_url": ours, **changes})

    async def send(self, **changes: Any) -> Sending:
        """Send it."""
        return await self.desk.send("acme", self.direction(**changes), datetime.now(UTC))


Maker = Callable[..., AbstractAsyncContextManager[ProtocolLine]]


@asynccontextmanager
async def _line(
    app: AsgiApp,
    channel: Callable[[str], dict[str, str]],
    book: Callable[[], int],
    fail: Callable[[int], None],
    *,
    identifiers: str = "email",
    allowed: tuple[Network, ...] = LOOPBACK,
    extra: str = "",
) -> AsyncIterator[ProtocolLine]:
    recorder = Recorder(app)
    switches = [Switches()]
    outgoing = Outgoing(allowed, resolver=to_loopback)
    key = rsa_key("business").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    secrets = Credentials({"SECRET": SECRET, "AUTH": AUTHORIZATION, "KEY": key.decode()})
    async with serving(recorder) as url:
        facts = ", ".join(f"{name}: {value}" for name, value in channel(url).items())
        text = registry_text(f"{{{facts}}}", extra=extra)
        text = text.replace("[email, customer_number]", f"[{identifiers}]")
        desk = build_desk(
            load_registry(text, "p.yaml", {}),
            outgoing,
            secrets,
            lambda: switches[0],
            public_url=PUBLIC_URL,
        )
        yield ProtocolLine(desk, recorder, book, fail, switches)
        await outgoing.aclose()


def standard_webhooks(folder: Path, **options: Any) -> AbstractAsyncContextManager[ProtocolLine]:
    """A provider of Standard Webhooks."""
    receiver = Receiver(SECRET)

    def channel(url: str) -> dict[str, str]:
        return {
            "protocol": "standard_webhooks",
            "endpoint": f"'{url}/directions'",
            "signing_secrets": "['env:SECRET']",
        }

    return _line(
        receiver.app(), channel, lambda: len(receiver.book), receiver.failures.append, **options
    )


def opendsr(folder: Path, **options: Any) -> AbstractAsyncContextManager[ProtocolLine]:
    """A processor of OpenDSR 2.0."""
    return _processor(folder, "opendsr_2", **options)


def mparticle(folder: Path, **options: Any) -> AbstractAsyncContextManager[ProtocolLine]:
    """A processor of mParticle's dialect."""
    return _processor(folder, "mparticle_3", **options)


def _processor(
    folder: Path, dialect: str, **options: Any
) -> AbstractAsyncContextManager[ProtocolLine]:
    now = datetime.now(UTC).replace(microsecond=0)
    processor = Processor(Authority(now), now, dialect=dialect)
    authority = processor.authority.write(folder)

    def channel(url: str) -> dict[str, str]:
        return {
            "protocol": "opendsr",
            "dialect": dialect,
            "base_url": f"'http://{DOMAIN}:{url.rpartition(':')[2]}/{processor.version}'",
            "authorization": "'env:AUTH'",
            "trusted_issuers": f"'{authority}'",
        }

    return _line(
        processor.app(), channel, lambda: len(processor.book), processor.failures.append, **options
    )


def ddrf(folder: Path, **options: Any) -> AbstractAsyncContextManager[ProtocolLine]:
    """A recipient of the deletion request framework that takes raw identifiers only."""
    kinds = [{"id": n, "type": kind, "format": "raw"} for n, kind in enumerate(("email", "phone"))]
    recipient = Recipient(datetime.now(UTC), identifiers=kinds)

    def channel(url: str) -> dict[str, str]:
        return {
            "protocol": "ddrf",
            "domain": AD_DOMAIN,
            "discovery_url": f"'{url}/dsrdelete.json'",
            "issuer": ISSUER,
            "signing_key": "'env:KEY'",
            "key_id": "'2026-1'",
        }

    return _line(
        recipient.app(), channel, lambda: len(recipient.book), recipient.failures.append, **options
    )


HTTP_LINES: dict[str, Maker] = {
    "standard_webhooks": standard_webhooks,
    "opendsr_2": opendsr,
    "mparticle_3": mparticle,
    "ddrf": ddrf,
}
