"""The three signed tokens of the framework: identifier, request, acknowledgement."""

import hashlib
import json
import re
from datetime import datetime, timedelta
from typing import Any, Literal

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import RSAAlgorithm
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from providers.channels import DdrfChannel

VERSION = "1.0"
TOLERANCE = timedelta(minutes=5)
ALGORITHMS = ("RS256", "ES256")
_KID = re.compile(r"[\x20-\x7e]{0,200}")


class BadToken(Exception):
    """An acknowledgement token that proves nothing. The text says why, without its content."""


class Receipt(BaseModel):
    """The claims of an acJWT that count."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    version: str = Field(max_length=20)
    rqJWT: str  # noqa: N815
    jti: str = Field(max_length=200)
    iss: str = Field(max_length=253)
    iat: int
    raResultCode: Literal[0, 1, 2, 3, 4, 5, 6]  # noqa: N815


def private_key(pem: str) -> RSAPrivateKey:
    """Return the RSA private key of a PEM text.

    Raises:
        ValueError: it is none.
    """
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("the signing key is not an RSA private key in PEM without a password")
    return key


def request_token(
    channel: DdrfChannel, key: RSAPrivateKey, subject: dict[str, str], seed: str, now: datetime
) -> str:
    """Return the rqJWT that wraps an idJWT for ``subject``; ``seed`` makes its ids repeatable."""
    claims = {"version": VERSION, "iss": channel.issuer, "sub": subject, "iat": _seconds(now)}
    identity = _signed({**claims, "jti": _id("id", seed)}, channel, key)
    return _signed({**claims, "jti": _id("rq", seed), "idJWT": identity}, channel, key)


def receipt(
    token: str, keys: dict[str, jwt.PyJWK], issuer: str, request: str, now: datetime
) -> tuple[Receipt, jwt.PyJWK]:
    """Verify an acJWT over ``request`` and return its claims and the key that signed it.

    Raises:
        BadToken: not signed by a published key, by another issuer, about another request, or of
            another time.
    """
    key = _key(token, keys)
    claims = _claims(token, key)
    if claims.iss.lower() != issuer:
        raise BadToken("it was issued by another domain")
    if claims.rqJWT != request:
        raise BadToken("it does not hold the request that we sent")
    if abs(_seconds(now) - claims.iat) > TOLERANCE.total_seconds():
        raise BadToken("its time is more than five minutes off")
    return claims, key


def public_jwk(pem: str, key_id: str) -> str:
    """Return the JWK (JSON) that our own ``dsrdelete.json`` must publish for a signing key.

    Raises:
        ValueError: it is not an RSA private key in PEM.
    """
    shown = RSAAlgorithm.to_jwk(private_key(pem).public_key(), as_dict=True)
    members = {name: shown[name] for name in ("kty", "n", "e")}
    return json.dumps({**members, "kid": key_id, "alg": "RS256", "use": "sig"}, indent=2)


def _key(token: str, keys: dict[str, jwt.PyJWK]) -> jwt.PyJWK:
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        raise BadToken("it is not a signed token") from None
    kid = header.get("kid", "")
    if header.get("alg") not in ALGORITHMS or not _KID.fullmatch(str(kid)) or kid not in keys:
        raise BadToken("it names no key that the domain publishes for RS256 or ES256")
    return keys[kid]


def _claims(token: str, key: jwt.PyJWK) -> Receipt:
    try:
        # Times are judged against the caller's clock, so the library's own checks are off.
        plain = jwt.decode(
            token,
            key,
            algorithms=list(ALGORITHMS),
            options={"verify_iat": False, "verify_exp": False, "verify_nbf": False},
        )
        return Receipt.model_validate(plain)
    except jwt.PyJWTError:
        raise BadToken("its signature does not fit") from None
    except ValidationError:
        raise BadToken("its claims are not those of an acknowledgement") from None


def _signed(claims: dict[str, Any], channel: DdrfChannel, key: RSAPrivateKey) -> str:
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": channel.key_id})


def _id(what: str, seed: str) -> str:
    return hashlib.sha256(f"ddrf {what}\n{seed}".encode()).hexdigest()[:32]


def _seconds(now: datetime) -> int:
    return int(now.timestamp())
