"""One open reader per system, opened when it is first needed, opened again when it breaks."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import TypeVar

from datamap.connectors.base import Connector, Reader
from datamap.errors import SystemFailed, SystemNotConnected

PAUSES_SECONDS = (0.2, 1.0)
"""Waits before a system that failed is asked again, on its own; then whoever asked must know."""

Answer = TypeVar("Answer")


class Readers:
    """Keeps a fresh read-only connection per system for as long as its context lasts."""

    def __init__(self, connectors: Mapping[str, Connector]) -> None:
        self._connectors = connectors
        self._open: dict[str, tuple[Reader, AsyncExitStack]] = {}

    async def __aenter__(self) -> "Readers":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for system in list(self._open):
            await self._close(system)

    async def of(self, system: str) -> Reader:
        """Return the system's reader; raises ``SystemNotConnected`` or ``SystemFailed``."""
        if system not in self._open:
            stack = AsyncExitStack()
            connector = connector_of(self._connectors, system)
            reader = await stack.enter_async_context(connector.reading())
            self._open[system] = reader, stack
        return self._open[system][0]

    async def ask(self, system: str, question: Callable[[Reader], Awaitable[Answer]]) -> Answer:
        """Put a question that can be repeated; a failing system is asked again, anew connected.

        Raises ``SystemFailed`` when it keeps failing.
        """
        for pause in PAUSES_SECONDS:
            try:
                return await question(await self.of(system))
            except SystemFailed:
                await self._close(system)
                await asyncio.sleep(pause)
        return await question(await self.of(system))

    async def _close(self, system: str) -> None:
        if (entry := self._open.pop(system, None)) is not None:
            await entry[1].aclose()


async def side_by_side(tasks: Mapping[str, Awaitable[None]]) -> None:
    """Let every system do its part at the same time; the first failure is raised when all ended."""
    results = await asyncio.gather(*tasks.values(), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


def connector_of(connectors: Mapping[str, Connector], system: str) -> Connector:
    """Return the connector of a system; raises ``SystemNotConnected``."""
    if system not in connectors:
        raise SystemNotConnected(system)
    return connectors[system]
