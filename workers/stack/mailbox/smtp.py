"""The SMTP side of the mailbox."""

import asyncio
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from workers.stack.mailbox.faults import Faults
from workers.stack.mailbox.store import MessageStore

ACCEPTED = "250 2.0.0 Accepted"


class Reception:
    """Takes messages into the store, unless a fault says otherwise."""

    def __init__(self, store: MessageStore, faults: Faults) -> None:
        self._store = store
        self._faults = faults

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept a recipient."""
        refusal = self._faults.refusal("rcpt", [address])
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep a message."""
        refusal = self._faults.refusal("data", envelope.rcpt_tos)
        if refusal:
            return refusal
        content = envelope.original_content or b""
        self._store.add(envelope.mail_from or "", envelope.rcpt_tos, content)
        if self._faults.loses_answer(envelope.rcpt_tos):
            _cut(server)
        return ACCEPTED


class _Connection(SMTP):
    """One client's connection; cut at once while the server is down."""

    faults: Faults

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self.faults.down:
            _cut(self)


def _cut(connection: SMTP) -> None:
    transport: Any = connection.transport
    transport.abort()


async def listen(store: MessageStore, faults: Faults, host: str, port: int) -> asyncio.Server:
    """Start the server on the running loop."""

    def connection() -> SMTP:
        made = _Connection(Reception(store, faults), hostname="mailbox", enable_SMTPUTF8=True)
        made.faults = faults
        return made

    return await asyncio.get_running_loop().create_server(connection, host, port)
