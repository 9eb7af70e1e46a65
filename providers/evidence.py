"""Verifying an acknowledgement again, years later, from its bytes and evidence in the vault."""

import hashlib
from collections.abc import Sequence

import jwt
from cryptography import x509

from providers.ddrf.client import SCHEME as DDRF
from providers.ddrf.tokens import ALGORITHMS
from providers.opendsr.certificates import TrustedCertificate
from providers.opendsr.client import SCHEME as OPENDSR
from providers.opendsr.signatures import fits, signature_headers
from providers.protocol import Evidence, Forged
from providers.standard_webhooks import SCHEME as WEBHOOKS
from providers.standard_webhooks import fingerprint, key_of, signature


def still_fits(evidence: Evidence, raw_body: bytes, secrets: Sequence[str] = ()) -> bool:
    """Tell whether the kept bytes are still what the kept key signed.

    A shared secret is not kept with the evidence: give the secrets of that time in ``secrets``,
    and the one with the evidence's fingerprint is used. Whether a certificate was believed *then*
    (chain, dates, revocation) was judged then; here its key and fingerprint count.
    """
    if hashlib.sha256(raw_body).hexdigest() != evidence.body_hash:
        return False
    if evidence.scheme == WEBHOOKS:
        return _webhook(evidence, raw_body, secrets)
    if evidence.scheme.startswith(OPENDSR):
        return _certificate(evidence, raw_body)
    return evidence.scheme == DDRF and _tokens(evidence, raw_body)


def _webhook(evidence: Evidence, raw_body: bytes, secrets: Sequence[str]) -> bool:
    keys = [key for key in map(key_of, secrets) if fingerprint(key) == evidence.key_fingerprint]
    headers = evidence.headers
    identity, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
    offered = headers["webhook-signature"].split(" ")
    return any(signature(key, identity, timestamp, raw_body) in offered for key in keys)


def _certificate(evidence: Evidence, raw_body: bytes) -> bool:
    try:
        leaf = x509.load_pem_x509_certificates(evidence.verified_by.encode())[0]
        shown = signature_headers(evidence.headers)
    except (ValueError, Forged):
        return False
    certificate = TrustedCertificate(leaf, evidence.verified_by)
    padding = evidence.scheme.removeprefix(f"{OPENDSR}-")
    return certificate.fingerprint == evidence.key_fingerprint and fits(
        certificate, shown.signature, raw_body, padding
    )


def _tokens(evidence: Evidence, raw_body: bytes) -> bool:
    key = jwt.PyJWK.from_json(evidence.verified_by)
    unchecked = {"verify_iat": False, "verify_exp": False, "verify_nbf": False}
    try:
        for token in raw_body.decode("ascii").split("\n"):
            jwt.decode(token, key, algorithms=list(ALGORITHMS), options=unchecked)  # type: ignore[arg-type]
    except (jwt.PyJWTError, UnicodeDecodeError):
        return False
    return hashlib.sha256(evidence.verified_by.encode()).hexdigest() == evidence.key_fingerprint
