"""A processor's certificate: where it may come from, and when it is believed.

A certificate is fetched over the discovery endpoint that *our registry* names, never from an
address in a callback; its chain, dates, domain, key and revocation are judged at each use.
"""

import asyncio
import warnings
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from providers.channels import OpenDsrChannel
from providers.opendsr.messages import Discovery, UnreadableAnswer, parsed
from providers.opendsr.revocation import Revocation
from providers.outgoing import Outgoing, OutgoingError, Reply, public_trust
from providers.protocol import Unverifiable

REFETCH_AFTER = timedelta(seconds=60)
"""Pause between two fetches for one provider, so that forged callbacks cannot make us call it."""

_MIN_KEY_BITS = 2048
_MAX_BYTES = 200_000


class CertificateRefused(Exception):
    """A certificate that is not believed; the text says why and is fit for its owner."""


@dataclass(frozen=True)
class TrustedCertificate:
    """A certificate whose chain, dates, domain and revocation were found right just now."""

    leaf: x509.Certificate
    chain_pem: str

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, hex."""
        return self.leaf.fingerprint(SHA256()).hex()

    @property
    def key(self) -> rsa.RSAPublicKey:
        """The key that signs."""
        key = self.leaf.public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        return key


class Certificates:
    """Fetches, keeps and judges the certificates of processors."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing
        self._public: list[x509.Certificate] = []
        self._kept: dict[str, tuple[x509.Certificate, ...]] = {}
        self._tried: dict[str, datetime] = {}
        self._one_at_a_time: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._revocation = Revocation(outgoing)

    async def trusted(self, channel: OpenDsrChannel, now: datetime) -> TrustedCertificate:
        """Return the processor's certificate; one that is kept and no longer good is fetched anew.

        Raises:
            CertificateRefused: the certificate that the processor shows is not to be believed.
            Unverifiable: certificate, revocation list or responder is out of reach just now.
        """
        async with self._one_at_a_time[channel.processor_domain]:
            kept = self._kept.get(channel.processor_domain)
            if kept is None:
                return await self._fetched(channel, now)
            try:
                return await self._judged(kept, channel, now)
            except CertificateRefused:
                if not self._may_fetch(channel, now):
                    raise
                return await self._fetched(channel, now)

    async def renewed(self, channel: OpenDsrChannel, now: datetime) -> TrustedCertificate | None:
        """Return a newer certificate after a signature did not fit, or None if there is none."""
        async with self._one_at_a_time[channel.processor_domain]:
            before = self._kept.get(channel.processor_domain)
            if before is None or not self._may_fetch(channel, now):
                return None
            after = await self._fetched(channel, now)
            return None if after.leaf == before[0] else after

    async def _fetched(self, channel: OpenDsrChannel, now: datetime) -> TrustedCertificate:
        if not self._may_fetch(channel, now):
            raise Unverifiable(
                "Your certificate was out of reach a moment ago; send it again later."
            )
        self._tried[channel.processor_domain] = now
        certificates = await self._download(channel)
        judged = await self._judged(certificates, channel, now)
        self._kept[channel.processor_domain] = certificates
        return judged

    def _may_fetch(self, channel: OpenDsrChannel, now: datetime) -> bool:
        tried = self._tried.get(channel.processor_domain)
        return tried is None or now - tried >= REFETCH_AFTER

    async def _download(self, channel: OpenDsrChannel) -> tuple[x509.Certificate, ...]:
        shown = await self.discover(channel)
        place = urlsplit(shown.processor_certificate)
        if place.hostname not in {channel.processor_domain, *channel.certificate_hosts}:
            raise CertificateRefused(
                "processor_certificate must be served by the processor's domain, or by a host that "
                "we have agreed upon (certificate_hosts)."
            )
        reply = await self._get(shown.processor_certificate)
        try:
            return tuple(x509.load_pem_x509_certificates(reply.body))
        except ValueError:
            raise CertificateRefused("processor_certificate is not a PEM certificate.") from None

    async def discover(self, channel: OpenDsrChannel) -> Discovery:
        """Return what the processor says of itself.

        Raises:
            Unverifiable: it cannot be reached, or its answer cannot be read.
        """
        reply = await self._get(f"{channel.base_url}/discovery")
        try:
            return parsed(Discovery, reply.body)
        except UnreadableAnswer as error:
            raise Unverifiable(f"The discovery answer cannot be read: {error}.") from None

    async def _get(self, url: str) -> Reply:
        try:
            reply = await self._outgoing.request("GET", url, max_bytes=_MAX_BYTES)
        except OutgoingError as error:
            raise Unverifiable(f"{urlsplit(url).hostname}: {error}") from None
        if reply.status != 200:
            raise Unverifiable(f"{urlsplit(url).hostname} answered {reply.status}.")
        return reply

    async def _judged(
        self, shown: Sequence[x509.Certificate], channel: OpenDsrChannel, now: datetime
    ) -> TrustedCertificate:
        leaf = shown[0]
        _believable(leaf, channel, now)
        chain = self._chain(leaf, shown[1:], channel, now)
        for certificate, issuer in pairwise(chain):
            if await self._revocation.revoked(certificate, issuer, now):
                raise CertificateRefused("The certificate was revoked by its issuer.")
        pem = "".join(one.public_bytes(Encoding.PEM).decode("ascii") for one in chain)
        return TrustedCertificate(leaf, pem)

    def _chain(
        self,
        leaf: x509.Certificate,
        between: Sequence[x509.Certificate],
        channel: OpenDsrChannel,
        now: datetime,
    ) -> list[x509.Certificate]:
        verifier = (
            PolicyBuilder()
            .store(Store(self._trusted_authorities(channel)))
            .time(now.astimezone(UTC).replace(tzinfo=None))
            .build_server_verifier(x509.DNSName(channel.processor_domain))
        )
        try:
            return verifier.verify(leaf, list(between))
        except VerificationError:
            raise CertificateRefused(
                "No chain leads from the certificate to an authority that we trust; serve leaf and "
                "intermediate certificates in one PEM file."
            ) from None

    def _trusted_authorities(self, channel: OpenDsrChannel) -> list[x509.Certificate]:
        if channel.trusted_issuers:
            return _from_file(channel.trusted_issuers)
        if not self._public:
            self._public = _readable(public_trust().get_ca_certs(binary_form=True))
        return self._public


def _believable(leaf: x509.Certificate, channel: OpenDsrChannel, now: datetime) -> None:
    """Raise ``CertificateRefused`` for what the certificate says of itself."""
    key = leaf.public_key()
    if leaf.issuer == leaf.subject:
        raise CertificateRefused("A self-signed certificate is not accepted.")
    if not leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc:
        raise CertificateRefused("The certificate has expired or is not yet valid.")
    if channel.processor_domain not in _names(leaf):
        raise CertificateRefused("The processor's domain is not among the certificate's names.")
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < _MIN_KEY_BITS:
        raise CertificateRefused("The certificate's key must be RSA of at least 2048 bits.")
    if not _may_sign(leaf):
        raise CertificateRefused("The certificate's key usage has no digital signature.")
    if leaf.fingerprint(SHA256()).hex() in channel.refused_certificates:
        raise CertificateRefused("This certificate is no longer believed.")


def _names(leaf: x509.Certificate) -> list[str]:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [name.lower() for name in names.get_values_for_type(x509.DNSName)]


def _may_sign(leaf: x509.Certificate) -> bool:
    try:
        return leaf.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
    except x509.ExtensionNotFound:
        return True


def _readable(authorities: Iterable[bytes]) -> list[x509.Certificate]:
    """Some old public authorities break the letter of RFC 5280; the others are enough."""
    readable = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for authority in authorities:
            with suppress(ValueError):
                readable.append(x509.load_der_x509_certificate(authority))
    return readable


def _from_file(path: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(Path(path).read_bytes())
    except (OSError, ValueError):
        raise Unverifiable("Our list of trusted authorities cannot be read just now.") from None
