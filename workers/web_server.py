"""Serving HTTP in a process of ours, which alone decides when it stops."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
import uvicorn

log = structlog.get_logger(__name__)


class CannotListen(Exception):
    """An address or a port cannot be had; says which, and what to do."""


class WebServer(uvicorn.Server):
    """Serves until ``should_exit`` is set, and leaves signals and the exit to the process.

    uvicorn's own would take the process's signals and send them once more when it has stopped,
    which counts as the second one, at which a process leaves without closing anything.
    """

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen, and say where.

        Raises:
            CannotListen: another process has the port, or the address is not this host's.
        """
        host, port = self.config.host, self.config.port
        try:
            await super().startup(sockets)
        except SystemExit:
            raise CannotListen(
                f"Nothing can listen at {host}:{port}. Another process may have the port: "
                "end that one, or set another port."
            ) from None
        if self.started:
            log.info("listening", address=host, port=port)
