"""The sample agent at work: pairs, exercises a right, listens for callbacks, told step by step."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from samples.agents.reference_agent import ReferenceAgent
from workers.sandbox import Stage, listening

CALLBACK = "/status"
Tell = Callable[[str], None]


@dataclass
class AgentRehearsal:
    """One exercise by the sample agent and what it hears of it."""

    agent: ReferenceAgent
    tell: Tell
    _called: asyncio.Event = field(default_factory=asyncio.Event)

    async def play(self, right: str, identity: Mapping[str, Any], stage: Stage) -> bool:
        """Exercise a right and wait for a callback; returns whether all of it went well."""
        application = Starlette(routes=[Route(CALLBACK, self._heard, methods=["POST"])])
        async with listening(application, stage):
            if not await self._paired():
                return False
            callback = f"{stage.public_url}{CALLBACK}"
            answer = await self.agent.exercise(right, identity, status_callback=callback)
            self._show(f"exercised {right}", answer)
            return answer.is_success and await self._hears(stage.seconds)

    async def _paired(self) -> bool:
        try:
            await self.agent.set_up()
        except httpx.HTTPStatusError as refused:
            self.tell(f"not paired: {refused.response.status_code}. Run privacy agents check.")
            return False
        self.tell(f"paired as {self.agent.agent_id}")
        return True

    async def _hears(self, seconds: float) -> bool:
        self.tell(f"waiting {seconds:g} s for a callback")
        try:
            async with asyncio.timeout(seconds):
                await self._called.wait()
        except TimeoutError:
            self.tell("no callback came in time; the worker's log says why")
            return False
        return True

    async def _heard(self, request: Request) -> Response:
        status = await request.json()
        self.tell(f"callback: {json.dumps(status, indent=2)}")
        self._called.set()
        return JSONResponse({})

    def _show(self, what: str, answer: httpx.Response) -> None:
        self.tell(f"{what}: {answer.status_code} {json.dumps(answer.json(), indent=2)}")
