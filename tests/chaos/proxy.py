"""A TCP proxy in front of one server, which can be told to misbehave."""

import asyncio
from enum import StrEnum
from types import TracebackType
from typing import Self

from workers.stack.ports import LOOPBACK

CHUNK = 64 * 1024
DELAY_S = 0.4
BROKEN = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Mode(StrEnum):
    """What the network does; ``FAIL`` is for HTTP alone, where the far side answers 500."""

    PASS = "pass"
    DELAY = "delay"
    DROP = "drop"
    RESET = "reset"
    FAIL = "status 500"


CUTS = frozenset({Mode.RESET, Mode.FAIL})
"""Modes that cut what is connected and let no connection through."""


class Proxy:
    """Passes bytes on between ``port`` and ``target``, as its mode has it."""

    def __init__(self, port: int, target: int) -> None:
        self.port = port
        self.mode = Mode.PASS
        self._target = target
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._works = asyncio.Event()
        self._works.set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, LOOPBACK, self.port)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self.misbehave(Mode.RESET)
        self._server.close()

    def misbehave(self, mode: Mode) -> None:
        """Do this from now on."""
        self.mode = mode
        if mode is Mode.DROP:
            self._works.clear()
        else:
            self._works.set()
        if mode in CUTS:
            for writer in list(self._writers):
                writer.transport.abort()

    async def _connected(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        if self.mode in CUTS:
            await self._turn_away(near, back)
            return
        try:
            far, forth = await asyncio.open_connection(LOOPBACK, self._target)
        except OSError:
            back.transport.abort()
            return
        self._writers |= {back, forth}
        await asyncio.gather(self._pass_on(near, forth), self._pass_on(far, back))
        self._writers -= {back, forth}

    async def _turn_away(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        if self.mode is Mode.RESET:
            back.transport.abort()
            return
        try:
            await near.read(CHUNK)
            back.write(BROKEN)
            await back.drain()
        except OSError:
            return
        finally:
            back.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(CHUNK):
                await self._hold_up()
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def _hold_up(self) -> None:
        """Keep bytes back; TCP loses none, so a network that drops them delivers late or resets."""
        await self._works.wait()
        if self.mode is Mode.DELAY:
            await asyncio.sleep(DELAY_S)
