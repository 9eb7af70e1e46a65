"""Whether the gateway lives, and whether it can do its work; says which part is missing."""

import asyncio
from collections.abc import Awaitable
from datetime import datetime
from typing import Literal

import structlog
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

from domain import policies
from gateway.parts import GatewayParts

log = structlog.get_logger("gateway.health")

Standing = Literal["ok", "missing"]


class Liveness(BaseModel):
    """The process answers."""

    alive: Literal[True] = True


class Readiness(BaseModel):
    """What the gateway needs, and whether it is there."""

    model_config = ConfigDict(frozen=True)

    ready: bool = Field(description="Whether requests are accepted.")
    database: Standing = Field(description="Nothing can be stored without it.")
    policy: Standing = Field(description="Nothing can be promised without one in force today.")
    engine: Standing = Field(description="Requests wait for it and are started by the sweep later.")


def health_router(parts: GatewayParts) -> APIRouter:
    """Build ``/health/live`` and ``/health/ready``."""
    router = APIRouter(prefix="/health", tags=["Health"])

    @router.get("/live", summary="Is the process alive?")
    async def live() -> Liveness:
        return Liveness()

    @router.get(
        "/ready",
        summary="Can requests be accepted?",
        response_model=Readiness,
        responses={503: {"model": Readiness, "description": "A part that is needed is missing."}},
    )
    async def ready() -> JSONResponse:
        readiness = await _judge(parts)
        status = 200 if readiness.ready else 503
        return JSONResponse(readiness.model_dump(mode="json"), status)

    return router


async def _judge(parts: GatewayParts) -> Readiness:
    settings = parts.settings
    database, engine = await asyncio.gather(
        _standing("database", parts.pool.fetchval("SELECT 1"), settings.database_seconds),
        _standing("engine", parts.engine.ping(), settings.engine_seconds),
    )
    policy = _policy_standing(parts.now())
    needed = database == policy == "ok"
    return Readiness(ready=needed, database=database, policy=policy, engine=engine)


async def _standing(name: str, check: Awaitable[object], seconds: float) -> Standing:
    try:
        async with asyncio.timeout(seconds):
            await check
    except Exception as fault:
        log.warning("part_missing", part=name, fault=type(fault).__name__)
        return "missing"
    return "ok"


def _policy_standing(now: datetime) -> Standing:
    try:
        policies.in_force_at(now)
    except Exception:
        return "missing"
    return "ok"
