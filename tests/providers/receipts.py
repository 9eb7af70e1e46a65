"""A receipt as the framework's recipients sign it with an elliptic key, by another library."""

import hashlib
import json

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from providers.ddrf.client import SCHEME
from providers.protocol import Evidence


def signed_receipt(secret: int = 7, result: int = 0) -> tuple[bytes, Evidence]:
    """Return a token and what verified it; the key follows from ``secret``."""
    private = ec.derive_private_key(secret, ec.SECP256R1())
    shown = json.loads(ECAlgorithm.to_jwk(private.public_key()))
    public = json.dumps({name: shown[name] for name in ("crv", "kty", "x", "y")})
    token = jwt.encode({"raResultCode": result}, private, algorithm="ES256").encode()
    return token, Evidence(
        scheme=SCHEME,
        key_fingerprint=hashlib.sha256(public.encode()).hexdigest(),
        body_hash=hashlib.sha256(token).hexdigest(),
        headers={},
        verified_by=public,
    )
