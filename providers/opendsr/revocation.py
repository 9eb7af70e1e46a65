"""Whether a certificate was revoked: by its issuer's signed list, else by its responder."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography import x509

from providers.opendsr.ocsp import Responders
from providers.outgoing import Outgoing, OutgoingError
from providers.protocol import Unverifiable

_MAX_BYTES = 20_000_000
_LOOK_AGAIN = timedelta(hours=1)
"""A list may be good for a week; what its issuer revokes today counts today."""


class Revocation:
    """Asks what a certificate names: its lists, and without any, its responder.

    One that names neither cannot be judged and passes; our own list of refused ones remains.
    """

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing
        self._kept: dict[str, tuple[datetime, x509.CertificateRevocationList]] = {}
        self._responders = Responders(outgoing)

    async def revoked(
        self, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime
    ) -> bool:
        """Tell whether its issuer has revoked the certificate.

        Raises:
            Unverifiable: a named list or responder is out of reach, expired, or not its issuer's.
        """
        lists = _addresses(certificate)
        if not lists:
            return await self._responders.revoked(certificate, issuer, now)
        for address in lists:
            current = await self._current(address, issuer, now)
            if current.get_revoked_certificate_by_serial_number(certificate.serial_number):
                return True
        return False

    async def _current(
        self, address: str, issuer: x509.Certificate, now: datetime
    ) -> x509.CertificateRevocationList:
        read_at, kept = self._kept.get(address, (now, None))
        if kept is None or not _in_date(kept, now) or abs(now - read_at) >= _LOOK_AGAIN:
            read_at, kept = now, await self._again(address, kept, now)
        if kept.issuer != issuer.subject or not kept.is_signature_valid(issuer.public_key()):  # type: ignore[arg-type]
            raise Unverifiable("The revocation list is not signed by the certificate's issuer.")
        if not _in_date(kept, now):
            raise Unverifiable("The issuer's revocation list has expired.")
        self._kept[address] = (read_at, kept)
        return kept

    async def _again(
        self, address: str, before: x509.CertificateRevocationList | None, now: datetime
    ) -> x509.CertificateRevocationList:
        """Fetch the list; one that is still in date stands in while it is out of reach."""
        try:
            return await self._fetched(address)
        except Unverifiable:
            if before is None or not _in_date(before, now):
                raise
            return before

    async def _fetched(self, address: str) -> x509.CertificateRevocationList:
        try:
            reply = await self._outgoing.request(
                "GET", address, max_bytes=_MAX_BYTES, plain_http=True
            )
        except OutgoingError:
            raise Unverifiable("The issuer's revocation list is out of reach.") from None
        try:
            return _parsed(reply.body)
        except ValueError:
            raise Unverifiable("The issuer's revocation list cannot be read.") from None


def _parsed(body: bytes) -> x509.CertificateRevocationList:
    if body.startswith(b"-----BEGIN"):
        return x509.load_pem_x509_crl(body)
    return x509.load_der_x509_crl(body)


def _addresses(certificate: x509.Certificate) -> list[str]:
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return []
    names = [str(name.value) for point in points for name in point.full_name or ()]
    return [name for name in names if urlsplit(name).scheme in {"http", "https"}]


def _in_date(revocations: x509.CertificateRevocationList, now: datetime) -> bool:
    ends = revocations.next_update_utc
    return revocations.last_update_utc <= now and (ends is None or now <= ends)
