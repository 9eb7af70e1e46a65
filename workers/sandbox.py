"""A rehearsal with an integrator: a direction about nobody goes out, what comes back is judged."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from domain.direction import LAST_WORDS
from domain.ids import RANDOM_BYTES
from providers.desk import MAX_CALLBACK_BYTES, ProviderDesk
from providers.protocol import (
    Acknowledgement,
    CallbackRefused,
    Direction,
    LetterWanted,
    NotOurs,
    Sending,
    SendingFailed,
    TooLarge,
)
from providers.registry import ProtocolKind, Provider
from providers.synthetic import synthetic_direction

Tell = Callable[[str], None]

WITHOUT_CALLBACKS = frozenset({ProtocolKind.DDRF})
"""Protocols in which the answer to the request is the only one."""


@dataclass(frozen=True)
class Stage:
    """Where callbacks are awaited, under which address the provider reaches it, and how long."""

    host: str
    port: int
    public_url: str
    seconds: float


class Rehearsal:
    """One synthetic direction and everything that comes back for it, told step by step."""

    def __init__(self, desk: ProviderDesk, provider: Provider, tell: Tell) -> None:
        self._desk = desk
        self._provider = provider
        self._tell = tell
        self._ended = asyncio.Event()
        self._direction_id = ""
        self._seen: set[str] = set()

    async def play(self, stage: Stage, contact: str) -> bool:
        """Send, listen, judge; returns whether what is to be believed came, as far as it can."""
        direction = synthetic_direction(
            self._provider, os.urandom(RANDOM_BYTES), stage.public_url, contact, _now()
        )
        self._direction_id = direction.direction_id
        async with listening(self._application(), stage):
            if not await self._send(direction):
                return False
            if self._provider.protocol in WITHOUT_CALLBACKS:
                self._tell("no callback follows: receipt is all that this protocol can prove")
                return True
            self._tell(f"waiting {stage.seconds:g} s for callbacks to {direction.callback_url}")
            return await self._last_word(stage.seconds)

    async def _send(self, direction: Direction) -> bool:
        named = ", ".join(f"{kind}={value}" for kind, value in direction.locators.items())
        self._tell(f"direction {direction.direction_id}: {direction.action} {named}")
        begun = _now()
        try:
            sent = await self._desk.send(self._provider.id, direction, begun)
        except SendingFailed as failure:
            passing = "would be tried again" if failure.retryable else "final"
            self._tell(f"not sent ({failure.code}, {passing}): {failure}")
            return False
        self._tell(_told(sent, (_now() - begun).total_seconds()))
        return not isinstance(sent, LetterWanted)

    async def _last_word(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._ended.wait()
        except TimeoutError:
            self._tell(
                "no last word (done, partly, not_found, refused) came in time. Can the callback "
                "address be reached from there? Use --public-url and --listen to make it so."
            )
            return False
        return True

    def _application(self) -> Starlette:
        path = f"/v1/providers/{self._provider.id}/callbacks"
        return Starlette(routes=[Route(path, self._callback, methods=["POST"])])

    async def _callback(self, request: Request) -> Response:
        raw = await _bounded(request)
        self._tell(f"callback: {len(raw)} bytes")
        try:
            answer = await self._judged(request, raw)
        except CallbackRefused as refusal:
            self._tell(f"  refused, {refusal.status} {refusal.code}: {refusal.hint}")
            problem = {"title": refusal.code, "detail": refusal.hint, "status": refusal.status}
            return JSONResponse(problem, refusal.status, media_type="application/problem+json")
        return self._believed(answer)

    async def _judged(self, request: Request, raw: bytes) -> Acknowledgement:
        if len(raw) > MAX_CALLBACK_BYTES:
            raise TooLarge(f"A callback has at most {MAX_CALLBACK_BYTES} bytes.")
        answer = await self._desk.verify(self._provider.id, dict(request.headers), raw, _now())
        if answer.direction_id != self._direction_id:
            raise NotOurs
        return answer

    def _believed(self, answer: Acknowledgement) -> Response:
        if answer.once_key in self._seen:
            self._tell("  a repetition of an earlier message: taken, and changes nothing")
            return JSONResponse({"result": "repeated"})
        self._seen.add(answer.once_key)
        self._tell(f"  believed: {_described(answer)}")
        if answer.standing in LAST_WORDS:
            self._ended.set()
        return JSONResponse({"result": "recorded"}, 202)


@asynccontextmanager
async def listening(application: Starlette, stage: Stage) -> AsyncIterator[None]:
    """Serve ``application`` where the stage says until the block ends."""
    server = uvicorn.Server(
        uvicorn.Config(application, host=stage.host, port=stage.port, log_level="error", ws="none")
    )
    serving = asyncio.create_task(server.serve())
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await serving


def free_port(host: str) -> int:
    """Return a port of ``host`` that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


async def _bounded(request: Request) -> bytes:
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_CALLBACK_BYTES:
            break
    return raw


def _told(sent: Sending, seconds: float) -> str:
    if isinstance(sent, LetterWanted):
        return "goes as a letter: nothing to rehearse; the link's page acknowledges"
    receipt = "; its signed answer proves receipt" if sent.received_at else ""
    return f"sent: answered {sent.status_code} after {seconds:.2f} s{receipt}"


def _described(answer: Acknowledgement) -> str:
    reason = f", reason {answer.reason}" if answer.reason else ""
    others = f", passed on to {', '.join(answer.sub_processors)}" if answer.sub_processors else ""
    key = f", key {answer.evidence.key_fingerprint[:12]}" if answer.evidence else ""
    return f"{answer.standing}{reason}{others}{key}"


def _now() -> datetime:
    return datetime.now(UTC)
