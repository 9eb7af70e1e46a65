"""The SMTP or LMTP door: a mail is answered with 250 once it is kept, and never before."""

import asyncio
import os
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from mail_intake.keeping import keep
from mail_intake.parts import MailParts

log = structlog.get_logger("mail_intake.listener")

KEPT = "250 2.0.0 Kept"
NOT_HERE = "550 5.1.1 No such mailbox here"
TRY_LATER = "451 4.3.0 Not kept; try again later"

_UNSAFE = re.compile(r"[\r\n<>]")


@dataclass(frozen=True)
class Door:
    """Where and how mail is taken."""

    host: str
    port: int
    lmtp: bool = False
    hostname: str = "privacy"
    tls: ssl.SSLContext | None = None


class Reception:
    """Answers a mail server. Addresses other than the mailboxes are refused: nothing is relayed."""

    def __init__(self, parts: MailParts, arrived: Callable[[int], None]) -> None:
        self._parts = parts
        self._arrived = arrived

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take mail for the mailboxes, also with a +detail behind their name."""
        local, _, domain = address.lower().rpartition("@")
        if f"{local.partition('+')[0]}@{domain}" not in self._parts.settings.mailboxes:
            return NOT_HERE
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep the mail; LMTP wants a line for each recipient, and all of them share one mail."""
        answer = await self._kept(envelope)
        if isinstance(server, LMTP):
            return "\r\n".join([answer] * len(envelope.rcpt_tos))
        return answer

    async def _kept(self, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        writer = _UNSAFE.sub("", envelope.mail_from or "")
        # The trace that a final delivery leaves: an empty one is how bounces are known.
        raw = f"Return-Path: <{writer}>\r\n".encode(errors="replace") + content
        try:
            kept = await keep(self._parts, raw, self._parts.now())
        except Exception as fault:
            log.error("mail_not_kept", reason=type(fault).__name__)
            return TRY_LATER
        if kept.fresh:
            self._arrived(kept.mail_id)
        return KEPT


class DoorNotOpened(Exception):
    """An address or a port cannot be had; says which, and what to do."""


async def listen(
    parts: MailParts, door: Door, arrived: Callable[[int], None]
) -> asyncio.AbstractServer:
    """Open the door on the running loop; ``arrived`` hears of every mail that is kept.

    Raises:
        DoorNotOpened: another process has the port, or the address is not this host's.
    """
    protocol = LMTP if door.lmtp else SMTP
    # Room for our own line, so that a mail of the full size is parked with a reason, not refused.
    size = parts.settings.limits.mail_bytes + 4096

    def connection() -> SMTP:
        return protocol(
            Reception(parts, arrived),
            hostname=door.hostname,
            data_size_limit=size,
            enable_SMTPUTF8=True,
            tls_context=door.tls,
            ident="privacy requests",
        )

    try:
        return await asyncio.get_running_loop().create_server(connection, door.host, door.port)
    except OSError as fault:
        raise DoorNotOpened(
            f"Mail cannot be taken at {door.host}:{door.port} ({os.strerror(fault.errno or 0)}). "
            "End the process that has the port, or set PRIVACY_MAIL_IN_HOST and _PORT."
        ) from None
