"""The public key to which intake systems seal submissions that they start with Temporal."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from gateway.parts import GatewayParts


class IntakeKey(BaseModel):
    """A libsodium (X25519) public key; a box sealed to it only this installation can open."""

    algorithm: str = "libsodium sealed box (X25519, XSalsa20-Poly1305)"
    public_key: str = Field(description="32 bytes in base64.")


def intake_key_router(parts: GatewayParts) -> APIRouter:
    """Build ``/v1/intake-key``. The key is public: no API key is asked."""
    router = APIRouter(prefix="/v1/intake-key", tags=["Requests"])

    @router.get("", summary="The key for sealed submissions")
    async def key() -> IntakeKey:
        return IntakeKey(public_key=parts.settings.intake_public_key)

    return router
