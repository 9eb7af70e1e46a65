"""A small, strict identity provider (OpenID Connect, code flow with PKCE) on loopback."""

import base64
import hashlib
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from joserfc.jws import JWSRegistry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.gateway.support import serving

CLIENT_ID = "privacy-staff"
CLIENT_SECRET = "secret-of-the-client"
PERSON = {"sub": "7", "preferred_username": "S.Lee", "name": "Sam Lee", "groups": ["pr-approve"]}
CODE_LIFE = timedelta(seconds=60)


@dataclass
class Grant:
    """What one code was given for; a code is good once and for a minute."""

    asked: Mapping[str, str]
    at: datetime


@dataclass
class FakeProvider:
    """Signs ``person`` in without asking; the forged fields change what it issues."""

    redirect_uri: str
    now: Callable[[], datetime]
    issuer: str = ""
    person: dict[str, Any] = field(default_factory=lambda: dict(PERSON))
    forged_claims: dict[str, Any] = field(default_factory=dict)
    signing: str = "own key"
    refusing: bool = False
    _key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "k1"}))
    _grants: dict[str, Grant] = field(default_factory=dict)

    def app(self) -> Starlette:
        """Return the provider's doors."""
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.describe),
                Route("/jwks", self.keys),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
            ]
        )

    async def describe(self, request: Request) -> Response:
        """Publish what discovery asks for."""
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
            }
        )

    async def keys(self, request: Request) -> Response:
        """Publish the public key."""
        return JSONResponse({"keys": [self._key.as_dict(private=False)]})

    async def authorize(self, request: Request) -> Response:
        """Give a code to whoever asks as the specifications demand."""
        asked = dict(request.query_params)
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["redirect_uri"] == self.redirect_uri
        assert "openid" in asked["scope"].split()
        assert asked["code_challenge_method"] == "S256"
        assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 43
        if self.refusing:
            answer = {"error": "access_denied", "state": asked["state"]}
        else:
            code = secrets.token_urlsafe(16)
            self._grants[code] = Grant(asked, self.now())
            answer = {"code": code, "state": asked["state"], "iss": self.issuer}
        return RedirectResponse(f"{self.redirect_uri}?{urlencode(answer)}", status_code=302)

    async def token(self, request: Request) -> Response:
        """Exchange a code, once, for the client that proves itself and knows the verifier."""
        body = (await request.body()).decode()
        sent = {name: values[0] for name, values in parse_qs(body).items()}
        grant = self._grants.pop(sent.get("code", ""), None)
        if grant is None or not self._fits(request, sent, grant):
            return JSONResponse({"error": "invalid_grant"}, 400)
        access_token = secrets.token_urlsafe(16)
        claims = self._claims(grant) | {"at_hash": _half_hash(access_token)}
        return JSONResponse(
            {
                "access_token": access_token,
                "token_type": "Bearer",
                "expires_in": 300,
                "id_token": self._signed(claims | self.forged_claims),
            }
        )

    def _fits(self, request: Request, sent: Mapping[str, str], grant: Grant) -> bool:
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        return (
            request.headers.get("authorization") == f"Basic {basic}"
            and sent.get("grant_type") == "authorization_code"
            and sent.get("redirect_uri") == grant.asked["redirect_uri"]
            and _challenge(sent.get("code_verifier", "")) == grant.asked["code_challenge"]
            and self.now() < grant.at + CODE_LIFE
        )

    def _claims(self, grant: Grant) -> dict[str, Any]:
        now = int(self.now().timestamp())
        return self.person | {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": grant.asked["nonce"],
        }

    def _signed(self, claims: dict[str, Any]) -> str:
        match self.signing:
            case "another key":
                stranger = ECKey.generate_key("P-256", {"kid": "k1"})
                return jwt.encode({"alg": "ES256", "kid": "k1"}, claims, stranger)
            case "client secret":
                shared = OctKey.import_key(CLIENT_SECRET * 2)
                return jwt.encode({"alg": "HS256"}, claims, shared)
            case "nothing":
                unsigned = JWSRegistry(algorithms=["none"])
                nobody = OctKey.generate_key(256)
                return jwt.encode({"alg": "none"}, claims, nobody, registry=unsigned)
        return jwt.encode({"alg": "ES256", "kid": "k1"}, claims, self._key)


@asynccontextmanager
async def running(redirect_uri: str, now: Callable[[], datetime]) -> AsyncIterator[FakeProvider]:
    """Serve a provider on a free port of loopback."""
    provider = FakeProvider(redirect_uri, now)
    async with serving(provider.app()) as address:
        provider.issuer = address
        yield provider


def _challenge(verifier: str) -> str:
    return _encoded(hashlib.sha256(verifier.encode()).digest())


def _half_hash(token: str) -> str:
    return _encoded(hashlib.sha256(token.encode()).digest()[:16])


def _encoded(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
