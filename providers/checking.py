"""Whether a provider could be directed just now, found out without a word about any person."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

from cryptography import x509

from providers.channels import Channel, DdrfChannel, MailChannel, OpenDsrChannel, WebhookChannel
from providers.credentials import Credentials, SecretMissing
from providers.ddrf.discovery import recipient
from providers.ddrf.tokens import private_key
from providers.desk import ProviderDesk
from providers.opendsr.certificates import CertificateRefused, Certificates
from providers.opendsr.messages import IDENTITY_TYPES, MPARTICLE_TYPES
from providers.outgoing import Outgoing, OutgoingError, Reply
from providers.protocol import SendingFailed, Unverifiable
from providers.registry import Provider
from providers.standard_webhooks import TOLERANCE, BadSecret, key_of

_RENEW_WITHIN = timedelta(days=21)
_NOTABLE_SKEW = timedelta(minutes=1)


SENDING = "sending"
"""Subject of the look at whether an operator has stopped sending."""


class Verdict(StrEnum):
    """What one look came to."""

    GOOD = "good"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    verdict: Verdict
    text: str


class Check:
    """Looks at one provider after the other."""

    def __init__(
        self,
        desk: ProviderDesk,
        outgoing: Outgoing,
        credentials: Credentials,
        now: Callable[[], datetime],
        collections: frozenset[str] | None = None,
    ) -> None:
        self._desk = desk
        self._outgoing = outgoing
        self._credentials = credentials
        self._certificates = Certificates(outgoing)
        self._now = now
        self._collections = collections

    async def look(self, provider: Provider) -> AsyncIterator[Finding]:
        """Yield what is found of contract, data map, switches, secrets, address and clock."""
        yield _contract(provider)
        if self._collections is not None:
            yield _mapped(provider, self._collections)
        yield self._sending(provider)
        for finding in self._secrets(provider.channel):
            yield finding
        async for finding in self._network(provider):
            yield finding

    def _sending(self, provider: Provider) -> Finding:
        pause = self._desk.pause(provider)
        return Finding(SENDING, Verdict.NOTE if pause else Verdict.GOOD, pause or "switched on")

    def _secrets(self, channel: Channel) -> list[Finding]:
        return [self._secret(channel, reference) for reference in channel.secret_references]

    def _secret(self, channel: Channel, reference: str) -> Finding:
        try:
            _usable(channel, self._credentials.read(reference))
        except (SecretMissing, BadSecret, ValueError) as problem:
            return Finding(f"secret {reference}", Verdict.BAD, str(problem))
        return Finding(f"secret {reference}", Verdict.GOOD, "set and of the right form")

    async def _network(self, provider: Provider) -> AsyncIterator[Finding]:
        channel = provider.channel
        url = _probe(channel)
        if url is None:
            yield Finding("address", Verdict.NOTE, _unprobed(channel))
            return
        try:
            method = "HEAD" if isinstance(channel, WebhookChannel) else "GET"
            reply = await self._outgoing.request(method, url)
        except OutgoingError as error:
            yield Finding("address", Verdict.BAD, f"{url}: {error}")
            return
        yield Finding("address", Verdict.GOOD, f"{url} answers {reply.status} from {reply.peer}")
        yield _certificate(reply, self._now())
        yield _clock(reply, self._now())
        if isinstance(channel, OpenDsrChannel):
            yield await self._processor(provider, channel)
        if isinstance(channel, DdrfChannel):
            yield await self._recipient(provider, channel)

    async def _processor(self, provider: Provider, channel: OpenDsrChannel) -> Finding:
        try:
            shown = await self._certificates.discover(channel)
            await self._certificates.trusted(channel, self._now())
        except (Unverifiable, CertificateRefused) as problem:
            return Finding("discovery", Verdict.BAD, str(problem))
        known = {identity.get("identity_type") for identity in shown.supported_identities}
        words = IDENTITY_TYPES | MPARTICLE_TYPES
        missing = sorted({words[kind] for kind in provider.identifiers} - known)
        if "erasure" not in shown.supported_subject_request_types:
            return Finding("discovery", Verdict.BAD, "the processor does not offer erasure")
        if missing:
            text = f"the processor does not list {', '.join(missing)} among its identities"
            return Finding("discovery", Verdict.NOTE, text)
        return Finding("discovery", Verdict.GOOD, "identities offered, signing certificate trusted")

    async def _recipient(self, provider: Provider, channel: DdrfChannel) -> Finding:
        try:
            shown = await recipient(self._outgoing, channel)
        except SendingFailed as problem:
            return Finding("discovery", Verdict.BAD, str(problem))
        unknown = sorted(kind for kind in provider.identifiers if shown.wording(kind) is None)
        if len(unknown) == len(provider.identifiers):
            text = "the recipient publishes none of the identifiers that the registry declares"
            return Finding("discovery", Verdict.BAD, text)
        return Finding("discovery", Verdict.GOOD, f"{len(shown.keys())} keys published")


async def look_at_all(check: Check, providers: tuple[Provider, ...]) -> list[list[Finding]]:
    """Look at every provider at once; the findings stand in the registry's order."""

    async def gathered(provider: Provider) -> list[Finding]:
        return [finding async for finding in check.look(provider)]

    return list(await asyncio.gather(*map(gathered, providers)))


def _contract(provider: Provider) -> Finding:
    missing = provider.contract.missing_terms
    if not missing:
        return Finding("contract", Verdict.GOOD, "every term of 11 CCR 7051 stands in it")
    text = f"lacks {', '.join(missing)}: counts as a third party (SVC-04)"
    return Finding("contract", Verdict.NOTE, text)


def _mapped(provider: Provider, collections: frozenset[str]) -> Finding:
    unknown = sorted(set(provider.holds) - collections)
    if not unknown:
        return Finding("data map", Verdict.GOOD, f"holds {', '.join(provider.holds)}")
    text = f"has no {', '.join(unknown)}; correct `holds`, or nobody is told of what it has there"
    return Finding("data map", Verdict.BAD, text)


def _usable(channel: Channel, secret: str) -> None:
    """Raise ``ValueError`` when a secret is not of its channel's form; never quote it."""
    if isinstance(channel, WebhookChannel):
        key_of(secret)
    if isinstance(channel, DdrfChannel):
        private_key(secret)
    if isinstance(channel, OpenDsrChannel) and " " not in secret:
        raise ValueError("not a whole Authorization header; write Basic … or Bearer …")


def _probe(channel: Channel) -> str | None:
    if isinstance(channel, WebhookChannel):
        return channel.endpoint
    if isinstance(channel, OpenDsrChannel):
        return f"{channel.base_url}/discovery"
    if isinstance(channel, DdrfChannel):
        return channel.discovery_url or f"https://{channel.domain}/dsrdelete.json"
    return None


def _unprobed(channel: Channel) -> str:
    if isinstance(channel, MailChannel):
        return f"letters go to {channel.address}; a mailbox is not probed"
    return "by hand: nothing to reach"


def _certificate(reply: Reply, now: datetime) -> Finding:
    if reply.certificate is None:
        return Finding("certificate", Verdict.NOTE, "no TLS: for a network of your own only")
    ends = x509.load_der_x509_certificate(reply.certificate).not_valid_after_utc
    soon = ends - now < _RENEW_WITHIN
    return Finding(
        "certificate", Verdict.NOTE if soon else Verdict.GOOD, f"valid until {ends:%Y-%m-%d}"
    )


def _clock(reply: Reply, now: datetime) -> Finding:
    try:
        theirs = parsedate_to_datetime(reply.headers.get("date", ""))
    except ValueError:
        return Finding("clock", Verdict.NOTE, "the server does not tell its time (Date header)")
    skew = abs(theirs.astimezone(UTC) - now)
    verdict = Verdict.BAD if skew > TOLERANCE else Verdict.NOTE
    text = f"{skew.total_seconds():.0f} s from ours"
    return Finding("clock", verdict if skew > _NOTABLE_SKEW else Verdict.GOOD, text)
