"""The door for service providers' systems: signed acknowledgements of our directions."""

from typing import Literal

import structlog
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from gateway import acknowledgements
from gateway.access import address_of
from gateway.bodies import read_body
from gateway.callback_docs import CALLBACK_DOCS
from gateway.limits import RateLimit
from gateway.parts import GatewayParts
from gateway.problems import (
    GONE,
    MALFORMED_BODY,
    NOT_FOUND,
    SIGNATURE_REFUSED,
    STALE_MESSAGE,
    TOO_LARGE,
    UNAVAILABLE,
    Problem,
    ProblemKind,
)
from providers.desk import MAX_CALLBACK_BYTES
from providers.protocol import (
    Acknowledgement,
    CallbackRefused,
    Forged,
    Malformed,
    NotOurs,
    Stale,
    TooLarge,
    Unverifiable,
)
from records.vault import VaultError

log = structlog.get_logger("gateway.callbacks")

_KINDS: dict[type[CallbackRefused], ProblemKind] = {
    Forged: SIGNATURE_REFUSED,
    Malformed: MALFORMED_BODY,
    NotOurs: NOT_FOUND,
    Stale: STALE_MESSAGE,
    TooLarge: TOO_LARGE,
    Unverifiable: UNAVAILABLE,
}


class Taken(BaseModel):
    """The acknowledgement is stored; a repeated one was stored before and changes nothing."""

    model_config = ConfigDict(frozen=True)

    result: Literal["recorded", "repeated"] = Field(examples=["recorded"])


def callbacks_router(parts: GatewayParts) -> APIRouter:
    """Build ``/v1/providers/{provider_id}/callbacks``."""
    router = APIRouter(prefix="/v1/providers", tags=["Service providers"])
    calls = RateLimit(parts.settings.callbacks_per_minute, parts.now)

    @router.post("/{provider_id}/callbacks", response_model=Taken, status_code=202, **CALLBACK_DOCS)
    async def acknowledge(request: Request, response: Response, provider_id: str) -> Taken:
        # By address too: who forges a provider's callbacks must not use up the provider's own.
        calls.spend(f"{provider_id} {address_of(request)}")
        body = await read_body(request, MAX_CALLBACK_BYTES, parts.settings.body_seconds)
        word = await _verified(parts, provider_id, request, body)
        fresh = await _stored(parts, word, body)
        response.status_code = 202 if fresh else 200
        return Taken(result="recorded" if fresh else "repeated")

    return router


async def _verified(
    parts: GatewayParts, provider_id: str, request: Request, body: bytes
) -> Acknowledgement:
    try:
        word = await parts.desk.verify(provider_id, _joined(request.headers), body, parts.now())
        if not await acknowledgements.is_directed(parts, word.direction_id):
            raise NotOurs
    except CallbackRefused as refusal:
        log.warning("callback_refused", verdict=refusal.code)
        raise Problem(_kind_of(refusal), refusal.hint) from None
    return word


async def _stored(parts: GatewayParts, word: Acknowledgement, body: bytes) -> bool:
    try:
        return await acknowledgements.store(parts, word, body)
    except VaultError:
        detail = "The record of this direction was destroyed at the end of its retention."
    raise Problem(GONE, detail)


def _joined(headers: Headers) -> dict[str, str]:
    """Return headers by name; of a repeated one all values, so that none is chosen in silence."""
    return {name: ", ".join(headers.getlist(name)) for name in set(headers)}


def _kind_of(refusal: CallbackRefused) -> ProblemKind:
    known = [kind for raised, kind in _KINDS.items() if isinstance(refusal, raised)]
    return known[0] if known else MALFORMED_BODY
