"""One open reader per system, opened when it is first needed."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from types import TracebackType

from datamap.connectors.base import Connector, Reader
from datamap.errors import SystemNotConnected


class Readers:
    """Keeps a fresh read-only connection per system for as long as its context lasts."""

    def __init__(self, connectors: Mapping[str, Connector]) -> None:
        self._connectors = connectors
        self._open: dict[str, Reader] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> "Readers":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # The stack may turn the driver's error into one that names no values; let that one out.
        await self._stack.__aexit__(kind, error, trace)

    async def of(self, system: str) -> Reader:
        """Return the system's reader; raises ``SystemNotConnected`` or ``SystemFailed``."""
        if system not in self._open:
            connector = connector_of(self._connectors, system)
            self._open[system] = await self._stack.enter_async_context(connector.reading())
        return self._open[system]


def connector_of(connectors: Mapping[str, Connector], system: str) -> Connector:
    """Return the connector of a system; raises ``SystemNotConnected``."""
    if system not in connectors:
        raise SystemNotConnected(system)
    return connectors[system]
