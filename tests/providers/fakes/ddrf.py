"""A strict recipient of the deletion request framework; its tokens are made from the RFCs alone."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.providers.fakes.authority import rsa_key

DOMAIN = "adtech.example"
ISSUER = "business.example"
REQUEST_CLAIMS = {"version", "idJWT", "jti", "iss", "sub", "iat"}
IDENTITY_CLAIMS = REQUEST_CLAIMS - {"idJWT"}
SUBJECT = {"identifierValue", "identifierType", "identifierFormat"}


def b64(data: bytes) -> str:
    """Return base64url without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Undo ``b64``."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def signed(claims: dict[str, Any], key: rsa.RSAPrivateKey, **header: Any) -> str:
    """Return a compact RS256 token (RFC 7515, 7518)."""
    head = {"typ": "JWT", "alg": "RS256", "kid": "r1", **header}
    content = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(claims).encode())}"
    return f"{content}.{b64(key.sign(content.encode(), padding.PKCS1v15(), SHA256()))}"


def opened(token: str, key: rsa.RSAPublicKey) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims of an RS256 token; raises when the signature does not fit."""
    head, claims, mark = token.split(".")
    key.verify(unb64(mark), f"{head}.{claims}".encode(), padding.PKCS1v15(), SHA256())
    return json.loads(unb64(head)), json.loads(unb64(claims))


def jwk(key: rsa.RSAPublicKey, kid: str) -> dict[str, str]:
    """Return a public key as RFC 7517 writes it."""
    numbers = key.public_numbers()
    octets = numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")
    return {"kty": "RSA", "kid": kid, "n": b64(octets), "e": b64(b"\x01\x00\x01")}


@dataclass
class Recipient:
    """The recipient's book, and what it may be told to do wrong."""

    now: datetime
    identifiers: list[dict[str, Any]] = field(
        default_factory=lambda: [
            {"id": 1, "type": "email", "format": "raw"},
            {"id": 2, "type": "email", "format": "sha256"},
        ]
    )
    script: bool = False
    endpoint_host: str = f"api.{DOMAIN}"
    code: int = 0
    status: int = 202
    failures: list[int] = field(default_factory=list)
    changes: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    form: str = "jwt"
    base: str = ""
    received: list[bytes] = field(default_factory=list)
    book: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.key = rsa_key("recipient")
        self.published = self.key.public_key()

    def app(self) -> Starlette:
        """Return the web application."""
        return Starlette(
            routes=[
                Route("/dsrdelete.json", self._discovery),
                Route("/delete", self._delete, methods=["POST"]),
            ]
        )

    async def _discovery(self, request: Request) -> Response:
        return JSONResponse(
            {
                "endpoint": f"http://{self.endpoint_host}:{request.url.port}/delete",
                "identifiers": self.identifiers,
                "publicKey": [{"kty": "oct", "kid": "x", "k": "AAAA"}, jwk(self.published, "r1")],
                "vendorScriptRequirement": self.script,
            }
        )

    async def _delete(self, request: Request) -> Response:
        raw = await request.body()
        self.received.append(raw)
        if self.failures:
            return Response(status_code=self.failures.pop(0))
        token = self._read(request, raw)
        self._check(token)
        claims = {
            "version": "1.0",
            "rqJWT": token,
            "jti": hashlib.sha256(raw).hexdigest()[:16],
            "iss": DOMAIN,
            "iat": int(self.now.timestamp()),
            "raResultCode": self.code,
        }
        answer = signed(claims | self.changes, self.key, **self.header)
        if self.form == "json":
            return JSONResponse({"acJWT": answer}, self.status)
        return Response(answer, self.status, media_type="application/jwt")

    def _read(self, request: Request, raw: bytes) -> str:
        if self.form == "json":
            assert request.headers["content-type"] == "application/json"
            return str(json.loads(raw)["rqJWT"])
        assert request.headers["content-type"] == "application/jwt"
        return raw.decode()

    def _check(self, token: str) -> None:
        """Assert everything that the framework says of a request."""
        ours = rsa_key("business").public_key()
        header, request = opened(token, ours)
        inner, identity = opened(request["idJWT"], ours)
        for head in (header, inner):
            assert head == {"typ": "JWT", "alg": "RS256", "kid": "2026-1"}
        assert set(request) == REQUEST_CLAIMS
        assert set(identity) == IDENTITY_CLAIMS
        assert request["version"] == identity["version"] == "1.0"
        assert request["iss"] == identity["iss"] == ISSUER
        assert request["sub"] == identity["sub"]
        assert set(request["sub"]) == SUBJECT
        assert request["jti"] != identity["jti"]
        assert isinstance(request["iat"], int)
        self.book[request["jti"]] = request["sub"]
