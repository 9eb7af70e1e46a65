"""The desk: every protocol behind one door, with the rules that no protocol may forget."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from providers.copies import fetch_copy
from providers.credentials import Credentials
from providers.ddrf import Ddrf
from providers.mail import Mail
from providers.manual import Manual
from providers.opendsr import OpenDsr
from providers.opendsr.certificates import Certificates
from providers.outgoing import Outgoing
from providers.protocol import (
    Acknowledgement,
    Copy,
    Direction,
    NotOurs,
    ProviderProtocol,
    Sending,
    SendingFailed,
    SendingPaused,
    TooLarge,
)
from providers.registry import Provider, Registry
from providers.sending import belongs_to
from providers.standard_webhooks import StandardWebhooks
from providers.switches import Switches

MAX_CALLBACK_BYTES = 64 * 1024
"""A callback names a direction and a standing; nothing longer is one."""


class ProviderDesk:
    """Sends directions and judges callbacks, whatever the provider's protocol."""

    def __init__(
        self,
        registry: Registry,
        protocols: Sequence[ProviderProtocol],
        copies: Callable[[Provider, bytes], Awaitable[Copy]],
        switches: Callable[[], Switches] = Switches,
    ) -> None:
        self.registry = registry
        self._protocols = {protocol.kind: protocol for protocol in protocols}
        self._copies = copies
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

    async def fetch_copy(self, provider_id: str, raw_callback: bytes) -> Copy:
        """Fetch the copy that a verified callback, kept in the vault, points to.

        Raises:
            SendingFailed: it cannot be had, or lies where nobody agreed upon.
        """
        provider = self.registry.get(provider_id)
        if provider is None:
            raise _unknown(provider_id)
        return await self._copies(provider, raw_callback)

    def pause(self, provider: Provider) -> str | None:
        """Return a sentence for staff when nothing may be sent to this provider just now."""
        return self.registry.pause(provider) or self._switches().pause(provider)

    def _addressee(self, provider_id: str, direction: Direction) -> Provider:
        provider = self.registry.get(provider_id)
        if provider is None:
            raise _unknown(provider_id)
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
        Manual(),
        Ddrf(outgoing, credentials),
        OpenDsr(outgoing, credentials, Certificates(outgoing), public_url),
    ]
    copies = partial(fetch_copy, outgoing, credentials)
    return ProviderDesk(registry, spoken, copies, switches)


def _unknown(provider_id: str) -> SendingFailed:
    text = f"{provider_id} is not in the registry; add it to providers.yaml."
    return SendingFailed("unknown_provider", text, retryable=True)


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
