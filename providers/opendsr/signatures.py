"""Whether a processor signed exactly these bytes: OpenDSR 8.8, over the raw body before parsing."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256

from providers.channels import OpenDsrChannel
from providers.opendsr.certificates import CertificateRefused, Certificates, TrustedCertificate
from providers.protocol import Forged

_PREFIXES = ("x-opendsr", "x-opengdpr", "x-opencompliance")
"""The framework's present name and its former ones, whose headers count too (10.1)."""


@dataclass(frozen=True)
class SignatureHeaders:
    """The two headers of a signed message, under whichever of the framework's names."""

    domain: str
    signature: bytes
    raw: Mapping[str, str]


class Signatures:
    """Judges signed answers and callbacks of processors."""

    def __init__(self, certificates: Certificates) -> None:
        self._certificates = certificates

    async def verified(
        self,
        channel: OpenDsrChannel,
        headers: Mapping[str, str],
        raw_body: bytes,
        now: datetime,
    ) -> tuple[TrustedCertificate, SignatureHeaders]:
        """Return the certificate whose key signed ``raw_body``, and the headers that said so.

        Raises:
            Forged: not the domain that we agreed upon, a certificate that is not believed, or a
                signature that does not fit.
            Unverifiable: certificate or revocation list is out of reach just now.
        """
        shown = signature_headers(headers)
        if shown.domain != channel.processor_domain:
            raise Forged("X-OpenDSR-Processor-Domain is not the domain that we agreed upon.")
        try:
            return await self._signer(channel, shown, raw_body, now), shown
        except CertificateRefused as refusal:
            raise Forged(str(refusal)) from None

    async def _signer(
        self, channel: OpenDsrChannel, shown: SignatureHeaders, raw_body: bytes, now: datetime
    ) -> TrustedCertificate:
        certificate = await self._certificates.trusted(channel, now)
        if fits(certificate, shown.signature, raw_body, channel.padding):
            return certificate
        renewed = await self._certificates.renewed(channel, now)
        if renewed and fits(renewed, shown.signature, raw_body, channel.padding):
            return renewed
        raise Forged("X-OpenDSR-Signature does not fit the raw body and your certificate's key.")


def signature_headers(headers: Mapping[str, str]) -> SignatureHeaders:
    """Return the signature headers of a message.

    Raises:
        Forged: one is missing, or the signature is not base64.
    """
    for prefix in _PREFIXES:
        names = (f"{prefix}-processor-domain", f"{prefix}-signature")
        if all(name in headers for name in names):
            domain, encoded = (headers[name] for name in names)
            raw = {name: headers[name] for name in names}
            return SignatureHeaders(domain.strip().lower(), _decoded(encoded), raw)
    raise Forged("Headers X-OpenDSR-Processor-Domain and X-OpenDSR-Signature must be present.")


def fits(certificate: TrustedCertificate, signature: bytes, body: bytes, scheme: str) -> bool:
    """Tell whether ``signature`` is the certificate's key's over ``body`` (RSA, SHA-256)."""
    chosen = (
        padding.PSS(padding.MGF1(SHA256()), padding.PSS.AUTO)
        if scheme == "pss"
        else padding.PKCS1v15()
    )
    try:
        certificate.key.verify(signature, body, chosen, SHA256())
    except InvalidSignature:
        return False
    return True


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Forged("X-OpenDSR-Signature is not base64.") from None
