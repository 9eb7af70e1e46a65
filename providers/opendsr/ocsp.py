"""Whether a certificate was revoked, asked of its issuer's responder (OCSP, RFC 6960).

For certificates that name a responder and no revocation list, as several public authorities do.
"""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from providers.outgoing import Outgoing, OutgoingError
from providers.protocol import Unverifiable

_MAX_BYTES = 100_000
_GOOD_FOR = timedelta(hours=1)
"""How long an answer is taken for granted; and for how long one without an end is an answer."""

_HEADERS = {"Content-Type": "application/ocsp-request"}


class Responders:
    """Asks issuers' responders, and keeps an answer for an hour at most."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing
        self._kept: dict[bytes, tuple[datetime, ocsp.OCSPResponse]] = {}

    async def revoked(
        self, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime
    ) -> bool:
        """Tell whether the issuer revoked it; one that names no responder passes.

        Raises:
            Unverifiable: the responder is out of reach, does not know it, or is not its issuer's.
        """
        address = address_of(certificate)
        if address is None:
            return False
        answer = await self._answer(address, certificate, issuer, now)
        if answer.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
            raise Unverifiable("The issuer's responder does not know the certificate.")
        return answer.certificate_status is ocsp.OCSPCertStatus.REVOKED

    async def _answer(
        self, address: str, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime
    ) -> ocsp.OCSPResponse:
        mark = certificate.fingerprint(SHA256())
        asked_at, kept = self._kept.get(mark, (now, None))
        if kept is not None and abs(now - asked_at) < _GOOD_FOR and _in_date(kept, now):
            return kept
        answer = await self._asked(address, certificate, issuer)
        _believe(answer, certificate, issuer, now)
        self._kept[mark] = (now, answer)
        return answer

    async def _asked(
        self, address: str, certificate: x509.Certificate, issuer: x509.Certificate
    ) -> ocsp.OCSPResponse:
        # The hash only names the certificate; SHA-1 is what every responder answers to.
        question = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, SHA1()).build()
        try:
            reply = await self._outgoing.request(
                "POST",
                address,
                headers=_HEADERS,
                content=question.public_bytes(Encoding.DER),
                max_bytes=_MAX_BYTES,
                plain_http=True,
            )
            return ocsp.load_der_ocsp_response(reply.body)
        except OutgoingError:
            raise Unverifiable("The issuer's responder is out of reach.") from None
        except ValueError:
            raise Unverifiable("The answer of the issuer's responder cannot be read.") from None


def address_of(certificate: x509.Certificate) -> str | None:
    """Return where the certificate says that its issuer answers, if anywhere."""
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess)
    except x509.ExtensionNotFound:
        return None
    places = (
        str(one.access_location.value)
        for one in access.value
        if one.access_method == AuthorityInformationAccessOID.OCSP
    )
    return next((each for each in places if urlsplit(each).scheme in {"http", "https"}), None)


def _believe(
    answer: ocsp.OCSPResponse,
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    now: datetime,
) -> None:
    if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise Unverifiable("The issuer's responder gave no answer.")
    if answer.serial_number != certificate.serial_number or not _in_date(answer, now):
        raise Unverifiable("The answer of the issuer's responder is for another time or number.")
    if not _is_signed(answer, issuer, now):
        raise Unverifiable("The answer of the responder is not signed for the issuer.")


def _in_date(answer: ocsp.OCSPResponse, now: datetime) -> bool:
    ends = answer.next_update_utc or answer.this_update_utc + _GOOD_FOR
    return answer.this_update_utc <= now <= ends


def _is_signed(answer: ocsp.OCSPResponse, issuer: x509.Certificate, now: datetime) -> bool:
    """Tell whether the issuer signed it, or a responder that the issuer named for this."""
    signers = [issuer, *(one for one in answer.certificates if _is_delegate(one, issuer, now))]
    return any(_fits(answer, signer) for signer in signers)


def _is_delegate(signer: x509.Certificate, issuer: x509.Certificate, now: datetime) -> bool:
    try:
        signer.verify_directly_issued_by(issuer)
        uses = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (InvalidSignature, ValueError, TypeError, x509.ExtensionNotFound):
        return False
    in_date = signer.not_valid_before_utc <= now <= signer.not_valid_after_utc
    return in_date and ExtendedKeyUsageOID.OCSP_SIGNING in uses


def _fits(answer: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    key, made_with = signer.public_key(), answer.signature_hash_algorithm
    if made_with is None:
        return False
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), made_with)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(made_with))
        else:
            return False
    except InvalidSignature:
        return False
    return True
