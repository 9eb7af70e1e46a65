"""Who calls: intake clients by API key, people by the network address that is rate limited."""

import hashlib
import hmac
from collections.abc import Mapping

from starlette.requests import Request

from gateway.links import connection_of
from gateway.parts import GatewayParts
from gateway.problems import NOT_AUTHENTICATED, Problem
from records.api_keys import PREFIX, ApiKey, check

KEY_HEADER = "x-api-key"
BEARER = "bearer "
INTAKE = "intake"
"""Scope of keys that file requests and see what they filed."""


async def caller_of(request: Request, parts: GatewayParts, scope: str = INTAKE) -> str:
    """Return the intake client whose key was sent, be it of the settings or added by command.

    Raises:
        Problem: 401, the same for a missing, wrong or revoked key and one for other scopes.
    """
    try:
        return client_of(request, parts.settings.api_keys)
    except Problem:
        added = await _added(_key(request), parts)
        if added is None or not added.may(scope):
            raise
        return added.client


async def _added(presented: str, parts: GatewayParts) -> ApiKey | None:
    if not presented.startswith(f"{PREFIX}_"):
        return None
    async with connection_of(parts) as connection:
        return await check(connection, presented)


def client_of(request: Request, api_keys: Mapping[str, str]) -> str:
    """Return the name of the intake client that sent a valid API key of the settings.

    Raises:
        Problem: 401, the same for a missing and a wrong key.
    """
    digest = hashlib.sha256(_key(request).encode("utf-8", "surrogateescape")).hexdigest()
    # Every key is compared, so that the time taken tells nothing about which one came near.
    matching = [
        client for client, known in api_keys.items() if hmac.compare_digest(digest, known.lower())
    ]
    if not matching:
        raise Problem(
            NOT_AUTHENTICATED,
            "Send your API key as X-API-Key or as Authorization: Bearer.",
            headers={"WWW-Authenticate": 'Bearer realm="privacy requests"'},
        )
    return matching[0]


def carries_key(request: Request) -> bool:
    """Tell whether the caller claims to be an intake client."""
    return bool(_key(request))


def address_of(request: Request) -> str:
    """Return the network address that calls, for rate limits only; it is not stored."""
    return request.client.host if request.client else "unknown"


def _key(request: Request) -> str:
    authorization = request.headers.get("authorization", "")
    if authorization.lower().startswith(BEARER):
        return authorization[len(BEARER) :].strip()
    return request.headers.get(KEY_HEADER, "")
