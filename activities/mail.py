"""Handing letters to the mail server, and telling its word apart: taken, not now, never."""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP
from email.utils import format_datetime
from typing import Literal, Protocol

import aiosmtplib

from letters.render import RenderedLetter

TIMEOUT_SECONDS = 20

WIRE = SMTP.clone(cte_type="7bit")
"""How mails are written: any mail server takes these bytes as they are."""

_ENVELOPE = ("From", "To")


class MailServer(Protocol):
    """Where letters are handed over."""

    @property
    def smtp_host(self) -> str:
        """Host of the mail server."""
        ...

    @property
    def smtp_port(self) -> int:
        """Its port."""
        ...

    @property
    def smtp_security(self) -> str:
        """``none``, ``starttls`` or ``tls``."""
        ...

    @property
    def smtp_user(self) -> str | None:
        """Account, if it wants one."""
        ...


@dataclass(frozen=True)
class Word:
    """The mail server's word on one letter, or the post desk's, with which it is queued.

    ``reply`` begins with the server's code, or is empty.
    """

    result: Literal["accepted", "deferred", "refused", "queued"]
    reply: str = ""


def compose(
    letter: RenderedLetter, *, sender: str, recipient: str, message_id: str, written_at: datetime
) -> EmailMessage:
    """Return the mail, text first and HTML beside it; nobody's auto-reply is asked for."""
    message = EmailMessage(policy=WIRE)
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(written_at)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


async def hand_over(server: MailServer, password: str | None, mail: bytes) -> Word:
    """Hand one mail over as it is. A server that cannot be reached defers it."""
    headers = BytesHeaderParser(policy=WIRE).parsebytes(mail)
    sender, *recipients = (each.addr_spec for name in _ENVELOPE for each in headers[name].addresses)
    try:
        _, reply = await aiosmtplib.send(
            mail,
            sender=sender,
            recipients=recipients,
            mail_options=_options(mail, sender, *recipients),
            hostname=server.smtp_host,
            port=server.smtp_port,
            username=server.smtp_user,
            password=password,
            use_tls=server.smtp_security == "tls",
            start_tls=server.smtp_security == "starttls",
            timeout=TIMEOUT_SECONDS,
        )
    except aiosmtplib.SMTPRecipientsRefused as refused:
        first = refused.recipients[0]
        return _word_of(first.code, first.message)
    except aiosmtplib.SMTPResponseException as refused:
        return _word_of(refused.code, refused.message)
    except (TimeoutError, aiosmtplib.SMTPException, OSError):
        return Word("deferred")
    return Word("accepted", f"250 {reply}")


def _options(mail: bytes, *addresses: str) -> list[str]:
    options = [] if mail.isascii() else ["BODY=8BITMIME"]
    return options if "".join(addresses).isascii() else [*options, "SMTPUTF8"]


def _word_of(code: int, text: str) -> Word:
    return Word("refused" if 500 <= code < 600 else "deferred", f"{code} {text}")
