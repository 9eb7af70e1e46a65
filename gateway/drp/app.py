"""The protocol's endpoints below ``/drp``, whose errors are all in the protocol's own form."""

from collections.abc import Mapping

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from agents.refusals import Refused
from gateway.drp.access import AgentAccess
from gateway.drp.exercising import ExerciseDoor
from gateway.drp.pairing import PairingDoor
from gateway.parts import GatewayParts
from gateway.problems import Problem
from gateway.shield import STORAGE_FAULTS

BASE = "/drp"
"""Where the protocol's paths begin: ``api_base`` of our entry in the network's directory."""

REQUESTS = "/v1/data-rights-request"
PASSING = frozenset({408, 429})
"""Refusals below 500 after which the same message may be sent again."""

log = structlog.get_logger("gateway.drp")


def drp_app(parts: GatewayParts) -> Starlette:
    """Build the endpoints; a body's type is not looked at, for agents send several or none."""
    access = AgentAccess(parts)
    pairing, exercising = PairingDoor(parts, access), ExerciseDoor(parts, access)
    return Starlette(
        routes=[
            Route("/v1/agent/{agent_id}", pairing.set_up, methods=["POST"]),
            Route("/v1/agent/{agent_id}", pairing.look, methods=["GET"]),
            Route(REQUESTS, exercising.exercise, methods=["POST"]),
            Route(f"{REQUESTS}/", exercising.exercise, methods=["POST"]),
            Route(f"{REQUESTS}/{{drp_id}}", exercising.status, methods=["GET"]),
            Route(f"{REQUESTS}/{{drp_id}}", exercising.revoke, methods=["DELETE"]),
        ],
        exception_handlers={
            Refused: _on_refused,
            Problem: _on_problem,
            HTTPException: _on_http_exception,
            Exception: _on_fault,
        },
    )


async def _on_refused(request: Request, refused: Exception) -> JSONResponse:
    assert isinstance(refused, Refused)
    log.warning("agent_refused", status=refused.status, reason=refused.message)
    return _error(refused.status, refused.message, fatal=refused.fatal)


async def _on_problem(request: Request, problem: Exception) -> JSONResponse:
    assert isinstance(problem, Problem)
    status, text = problem.kind.status, f"{problem.kind.title}. {problem.detail}"
    details = (f"{each.pointer}: {each.detail}" for each in problem.errors)
    fatal = status < 500 and status not in PASSING
    return _error(status, " ".join((text, *details)), fatal=fatal, headers=problem.headers)


async def _on_http_exception(request: Request, raised: Exception) -> JSONResponse:
    assert isinstance(raised, HTTPException)
    text = "There is no such call; docs/agents.md lists them."
    return _error(raised.status_code, text, fatal=True, headers=raised.headers)


async def _on_fault(request: Request, fault: Exception) -> JSONResponse:
    """Answer before the shield, which logs the fault, would answer in another form."""
    if isinstance(fault, STORAGE_FAULTS):
        text = "Nothing was stored. Sign the same again in a minute; nothing will be doubled."
        return _error(503, text, fatal=False, headers={"Retry-After": "30"})
    return _error(500, "Our staff can see that it happened. Try again later.", fatal=False)


def _error(
    status: int, message: str, *, fatal: bool, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    document: dict[str, object] = {"code": str(status), "message": message}
    if fatal:
        document["fatal"] = True
    return JSONResponse(document, status, headers=headers)
