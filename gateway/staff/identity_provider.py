"""The company's identity provider: OpenID Connect, authorization code with PKCE, state and nonce.

Authlib writes the requests and judges the claims, joserfc the signature. Every sign-in reads the
provider's description and keys anew: sign-ins are few, and a rotated key is never missed.
"""

import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.staff.claims import SignInRefused, member_of
from gateway.staff.provider_settings import ProviderSettings
from records.staff_sessions import Member

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures by a private key alone: whoever knows the client's secret cannot sign."""

LEEWAY_SECONDS = 60
TIMEOUT = httpx.Timeout(10.0)
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Attempt(BaseModel):
    """One sign-in on its way: what the provider must give back, and where the person goes then."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    state: str
    nonce: str
    verifier: str = Field(repr=False)
    then: str

    @classmethod
    def begin(cls, then: str) -> Self:
        """Draw fresh secrets."""
        drawn = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
        return cls(then=then, **drawn)


class _Description(BaseModel):
    """What the provider publishes of itself (OpenID Connect Discovery, section 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class _Tokens(BaseModel):
    id_token: str = Field(repr=False)
    access_token: str = Field(repr=False)


class IdentityProvider:
    """Signs people in at one provider."""

    def __init__(self, settings: ProviderSettings, redirect_uri: str) -> None:
        self._settings = settings
        self._redirect_uri = redirect_uri
        self._trust = httpx.create_ssl_context()

    async def address_to_sign_in(self, attempt: Attempt) -> str:
        """Return the provider's page for one attempt.

        Raises:
            SignInRefused: the provider cannot be reached, or does not describe itself.
        """
        async with self._client() as client:
            description = await self._describe(client)
        address: str = prepare_grant_uri(
            _safe(description.authorization_endpoint),
            client_id=self._settings.client_id,
            response_type="code",
            redirect_uri=self._redirect_uri,
            scope=self._settings.scopes,
            state=attempt.state,
            nonce=attempt.nonce,
            code_challenge=create_s256_code_challenge(attempt.verifier),
            code_challenge_method="S256",
        )
        return address

    async def member(self, attempt: Attempt, answered: Mapping[str, str], now: datetime) -> Member:
        """Return whom the provider's answer to ``attempt`` names.

        Raises:
            SignInRefused: the answer belongs to no attempt of this browser, is not the
                provider's, or names somebody without a role here.
        """
        code = self._code(attempt, answered)
        async with self._client() as client:
            description = await self._describe(client)
            tokens = await self._exchange(client, description, code, attempt)
            keys = await _fetch(client, description.jwks_uri)
        claims = self._judged(tokens, keys, attempt, now)
        return member_of(claims, self._settings)

    def _code(self, attempt: Attempt, answered: Mapping[str, str]) -> str:
        if not hmac.compare_digest(answered.get("state", "").encode(), attempt.state.encode()):
            raise SignInRefused("state", "This sign-in was begun elsewhere. Begin it again here.")
        # An answer may say who gives it (RFC 9207): then no other provider's answer passes.
        if answered.get("iss", self._settings.issuer) != self._settings.issuer:
            raise SignInRefused("issuer", "Another provider answered. Begin the sign-in again.")
        if "code" not in answered:
            raise SignInRefused("denied", "The identity provider did not let you in. Try again.")
        return answered["code"]

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            verify=self._trust, timeout=TIMEOUT, follow_redirects=False, trust_env=False
        )

    async def _describe(self, client: httpx.AsyncClient) -> _Description:
        issuer = self._settings.issuer
        document = await _fetch(client, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        try:
            description = _Description.model_validate(document)
        except ValidationError:
            raise _unusable("description") from None
        if description.issuer != issuer:
            raise _unusable("issuer")
        return description

    async def _exchange(
        self, client: httpx.AsyncClient, description: _Description, code: str, attempt: Attempt
    ) -> _Tokens:
        body = prepare_token_request(
            "authorization_code",
            code=code,
            redirect_uri=self._redirect_uri,
            code_verifier=attempt.verifier,
        )
        headers = {"content-type": "application/x-www-form-urlencoded"}
        url, headers, body = self._authenticated(description, headers, body)
        answer = await _call(client, "POST", url, headers=headers, content=body)
        try:
            return _Tokens.model_validate(answer)
        except ValidationError:
            raise _unusable("tokens") from None

    def _authenticated(
        self, description: _Description, headers: dict[str, str], body: str
    ) -> tuple[str, dict[str, str], str]:
        secret = self._settings.client_secret
        basic = "client_secret_basic" in description.token_endpoint_auth_methods_supported
        method = "client_secret_basic" if basic else "client_secret_post"
        auth = ClientAuth(
            self._settings.client_id,
            secret.get_secret_value() if secret else None,
            method if secret else "none",
        )
        prepared: tuple[str, dict[str, str], str] = auth.prepare(
            "POST", description.token_endpoint, headers, body
        )
        return prepared

    def _judged(
        self, tokens: _Tokens, keys: Any, attempt: Attempt, now: datetime
    ) -> Mapping[str, Any]:
        """Return the ID token's claims, once signature, issuer, audience, times and nonce fit."""
        registry = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
        client_id = self._settings.client_id
        try:
            token = jwt.decode(tokens.id_token, KeySet.import_key_set(keys), registry=registry)
            claims = CodeIDToken(
                token.claims,
                token.header,
                {"iss": {"value": self._settings.issuer}, "aud": {"value": client_id}},
                {
                    "nonce": attempt.nonce,
                    "client_id": client_id,
                    "access_token": tokens.access_token,
                },
            )
            claims.validate(now=int(now.timestamp()), leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError, KeyError, TypeError):
            raise _unusable("id_token") from None
        return dict(claims)


async def _fetch(client: httpx.AsyncClient, url: str) -> Any:
    return await _call(client, "GET", url)


async def _call(client: httpx.AsyncClient, method: str, url: str, **sent: Any) -> Any:
    try:
        response = await client.request(method, _safe(url), **sent)
        response.raise_for_status()
        return response.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        raise _unusable("no_answer") from None


def _safe(url: str) -> str:
    """Return an address that nobody between us can read or change on its way."""
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise _unusable("not_https")
    return url


def _unusable(code: str) -> SignInRefused:
    return SignInRefused(
        code,
        "The identity provider did not answer as it should. Try again in a minute; if it stays "
        "so, tell whoever runs this system.",
        status=502,
    )
