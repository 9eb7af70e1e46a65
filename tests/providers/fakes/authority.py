"""A certificate authority for tests: it issues, revokes, signs its list and answers for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def rsa_key(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return the key of that name, made once per test run."""
    return rsa.generate_private_key(65537, bits)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _usage(*, signs: bool, certifies: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        key_cert_sign=certifies,
        crl_sign=certifies,
        content_commitment=False,
        key_encipherment=signs,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


@dataclass
class Authority:
    """Issues certificates valid around ``now``."""

    now: datetime
    name: str = "Test Authority"
    parent: "Authority | None" = None
    revoked: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.key = rsa_key(self.name)
        self.certificate = self._own_certificate(self.parent or self)

    def _own_certificate(self, issuer: "Authority") -> x509.Certificate:
        public = self.key.public_key()
        builder = issuer._builder(_name(self.name), public, timedelta(days=3650))
        depth = 0 if self.parent else 1
        issued_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(True, depth), critical=True)
        builder = builder.add_extension(_usage(signs=False, certifies=True), critical=True)
        own = x509.SubjectKeyIdentifier.from_public_key(public)
        builder = builder.add_extension(own, critical=False)
        builder = builder.add_extension(issued_by, critical=False)
        return builder.sign(issuer.key, SHA256())

    def write(self, folder: Path) -> Path:
        """Write the authority's certificate to a PEM file."""
        path = folder / f"{self.name}.pem"
        path.write_bytes(self.certificate.public_bytes(Encoding.PEM))
        return path

    def issue(
        self,
        key: Key,
        names: Sequence[str],
        *,
        life: timedelta = timedelta(days=90),
        begins: timedelta = timedelta(days=-1),
        crl_url: str = "",
        ocsp_url: str = "",
        signs: bool = True,
    ) -> x509.Certificate:
        """Return a leaf for ``key`` and the DNS ``names``, dated from ``now``."""
        alternative = x509.SubjectAlternativeName([x509.DNSName(one) for one in names])
        builder = self._builder(_name(names[0]), key.public_key(), life, begins)
        builder = builder.add_extension(alternative, critical=False)
        builder = builder.add_extension(_usage(signs=signs, certifies=False), critical=True)
        server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        builder = builder.add_extension(server, critical=False)
        issued_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = builder.add_extension(issued_by, critical=False)
        if crl_url:
            point = x509.DistributionPoint(
                [x509.UniformResourceIdentifier(crl_url)], None, None, None
            )
            builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
        if ocsp_url:
            place = x509.UniformResourceIdentifier(ocsp_url)
            asks = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, place)
            builder = builder.add_extension(x509.AuthorityInformationAccess([asks]), critical=False)
        return builder.sign(self.key, SHA256())

    def responder(self, name: str = "Test Responder", *, named: bool = True) -> "Responder":
        """Return one who answers for this authority; unless ``named``, without its word for it."""
        key = rsa_key(name)
        uses = [ExtendedKeyUsageOID.OCSP_SIGNING if named else ExtendedKeyUsageOID.SERVER_AUTH]
        builder = self._builder(_name(name), key.public_key(), timedelta(days=90))
        builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        return Responder(self, key, builder.sign(self.key, SHA256()))

    def revocation_list(self, *, age: timedelta = timedelta(hours=1)) -> bytes:
        """Return the signed list (DER) of what was revoked, good for a day from its making."""
        made = self.now - age
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(made)
            .next_update(made + timedelta(days=1))
        )
        for number in self.revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(number).revocation_date(made)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(self.key, SHA256()).public_bytes(Encoding.DER)

    def _builder(
        self,
        subject: x509.Name,
        public: rsa.RSAPublicKey | ec.EllipticCurvePublicKey,
        life: timedelta,
        begins: timedelta = timedelta(days=-1),
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(_name(self.name))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now + begins)
            .not_valid_after(self.now + begins + life)
        )


@dataclass
class Responder:
    """Answers questions about certificates, by ``key`` (OCSP)."""

    authority: Authority
    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    def answer(self, question: bytes, certificate: x509.Certificate, at: datetime) -> bytes:
        """Return the signed answer (DER), good for a day, about the one that was asked about."""
        asked = ocsp.load_der_ocsp_request(question)
        assert asked.serial_number == certificate.serial_number
        gone = certificate.serial_number in self.authority.revoked
        status = ocsp.OCSPCertStatus.REVOKED if gone else ocsp.OCSPCertStatus.GOOD
        builder = ocsp.OCSPResponseBuilder().add_response(
            certificate,
            self.authority.certificate,
            SHA1(),
            status,
            at - timedelta(minutes=5),
            at + timedelta(days=1),
            at - timedelta(hours=1) if gone else None,
            None,
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, self.certificate)
        builder = builder.certificates([self.certificate])
        return builder.sign(self.key, SHA256()).public_bytes(Encoding.DER)


def pem(*certificates: x509.Certificate) -> bytes:
    """Return certificates as one PEM file."""
    return b"".join(one.public_bytes(Encoding.PEM) for one in certificates)
