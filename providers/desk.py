"""The desk: every protocol behind one door, with the rules that no protocol may forget."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from providers.credentials import Credentials
from providers.mail import Mail
from providers.opendsr import OpenDsr
from providers.opendsr.certificates import Certificates
from providers.outgoing import Outgoing
from providers.protocol import (
    Acknowledgement,
    Direction,
    NotOurs,
    ProviderProtocol,
    Sending,
    SendingFailed,
    SendingPaused,
    TooLarge,
)
from providers.registry import ProtocolKind, Provider, Registry
from providers.sending import belongs_to
from providers.standard_webhooks import StandardWebhooks

MAX_CALLBACK_BYTES = 64 * 1024
"""A callback names a direction and a standing; nothing longer is one."""


@dataclass(frozen=True)
class Switches:
    """Kill switches beside the registry's own: what an operator stopped just now."""

    providers: frozenset[str] = frozenset()
    protocols: frozenset[ProtocolKind] = frozenset()

    def pause(self, provider: Provider) -> str | None:
        """Return a sentence for staff when sending to this provider is stopped."""
        if provider.id in self.providers:
            return f"Sending to {provider.id} was stopped by an operator."
        if provider.protocol in self.protocols:
            return f"Sending by {provider.protocol} was stopped by an operator."
        return None


class ProviderDesk:
    """Sends directions and judges callbacks, whatever the provider's protocol."""

    def __init__(
        self,
        registry: Registry,
        protocols: Sequence[ProviderProtocol],
        switches: Callable[[], Switches] = Switches,
    ) -> None:
        self.registry = registry
        self._protocols = {protocol.kind: protocol for protocol in protocols}
        self._switches = switches

    async def send(self, provider_id: str, direction: Direction, now: datetime) -> Sending:
        """Hand one direction over, if it may be sent at all. ``now`` is wall-clock time.

        Raises:
            SendingFailed: not in the registry, not its direction, an identifier that it may not
                have, or what the protocol raises.
            SendingPaused: a kill switch is on.
        """
        provider = self._addressee(provider_id, direction)
        pause = self.pause(provider)
        if pause:
            raise SendingPaused(pause)
        return await self._protocols[provider.protocol].send(provider, direction, now)

    async def verify(
        self, provider_id: str, headers: Mapping[str, str], raw_body: bytes, now: datetime
    ) -> Acknowledgement:
        """Judge a callback. ``now`` is wall-clock time. Whether the direction exists, ask Postgres.

        Raises:
            CallbackRefused: one of its kinds, with an HTTP status and a hint.
        """
        provider = self.registry.get(provider_id)
        if provider is None:
            raise NotOurs
        if len(raw_body) > MAX_CALLBACK_BYTES:
            raise TooLarge(f"A callback has at most {MAX_CALLBACK_BYTES} bytes.")
        return await self._protocols[provider.protocol].verify(provider, headers, raw_body, now)

    def pause(self, provider: Provider) -> str | None:
        """Return a sentence for staff when nothing may be sent to this provider just now."""
        return self.registry.pause(provider) or self._switches().pause(provider)

    def _addressee(self, provider_id: str, direction: Direction) -> Provider:
        provider = self.registry.get(provider_id)
        if provider is None:
            text = f"{provider_id} is not in the registry; add it to providers.yaml."
            raise SendingFailed("unknown_provider", text, retryable=True)
        _only_declared(provider, direction)
        return provider


def build_desk(
    registry: Registry,
    outgoing: Outgoing,
    credentials: Credentials,
    switches: Callable[[], Switches] = Switches,
    public_url: str = "",
) -> ProviderDesk:
    """Return a desk that speaks every protocol we know.

    ``public_url`` is the gateway's address as providers reach it: an OpenDSR callback that names
    another is refused.
    """
    spoken: list[ProviderProtocol] = [
        StandardWebhooks(outgoing, credentials),
        Mail(),
        OpenDsr(outgoing, credentials, Certificates(outgoing), public_url),
    ]
    return ProviderDesk(registry, spoken, switches)


def _only_declared(provider: Provider, direction: Direction) -> None:
    surplus = sorted(set(direction.locators) - provider.identifiers)
    if surplus:
        text = f"{provider.id} does not accept {', '.join(surplus)}; nothing was sent."
        raise SendingFailed("undeclared_identifier", text, retryable=False)
    if not direction.locators:
        text = f"No identifier that {provider.id} accepts is known for this person."
        raise SendingFailed("no_identifier", text, retryable=False)
    try:
        belongs_to(provider, direction.direction_id)
    except NotOurs:
        text = f"{direction.direction_id} is not a direction of {provider.id}."
        raise SendingFailed("wrong_provider", text, retryable=False) from None
