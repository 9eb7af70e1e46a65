"""A mail intake to send mail to, and to look at what became of it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import asyncpg

from domain.submission import Submission
from mail_intake.keeping import keep
from mail_intake.parts import MailParts
from mail_intake.sorting import Settled, Sorting
from records import inbox, messages, outbox, requests
from tests.gateway.support import Clock, WatchedEngine
from tests.stored import order_letter

MAILBOX = "privacy@wicresoft.com"
OTHER_MAILBOX = "privacy@wicresoftinternational.com"
SENDER = "letters@wicresoft.com"
ANA = "Ana Canary Ruiz <ana.canary@example.com>"


@dataclass
class StaffNotes:
    """Remembers how many mails staff were told of."""

    told: list[int] = field(default_factory=list)

    async def __call__(self, waiting: int) -> None:
        self.told.append(waiting)


def mail(body: str = "", *, sender: str = ANA, subject: str = "", **headers: str) -> EmailMessage:
    """Write a mail; a header's name has ``_`` for ``-``."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, MAILBOX, subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(body)
    return message


@dataclass(frozen=True)
class MailOffice:
    """Mail intake with everything around it."""

    parts: MailParts
    engine: WatchedEngine
    notes: StaffNotes
    clock: Clock
    owner: asyncpg.Connection

    async def take(self, message: EmailMessage | bytes, at: datetime | None = None) -> Settled:
        """Keep and settle a mail."""
        raw = message if isinstance(message, bytes) else message.as_bytes()
        kept = await keep(self.parts, raw, at or self.clock())
        assert kept.fresh
        settled = await Sorting(self.parts).settle(kept.mail_id)
        assert settled is not None
        return settled

    async def rows(self) -> list[asyncpg.Record]:
        """Return every mail's row."""
        return list(await self.owner.fetch("SELECT * FROM privacy.mail ORDER BY mail_id"))

    async def submission(self, request_id: str) -> Submission:
        """Return what was filed."""
        body = await self.parts.vault.get(self.owner, request_id, requests.SUBMISSION)
        return Submission.model_validate_json(body)

    async def filed(self) -> list[asyncpg.Record]:
        """Return every request."""
        return list(
            await self.owner.fetch(
                "SELECT request_id, request_types, received_at, channel, client"
                " FROM privacy.request ORDER BY registered_at, request_id"
            )
        )

    async def inbox(self, request_id: str) -> list[inbox.Message]:
        """Return a request's inbox."""
        return await inbox.of_request(self.owner, request_id)

    async def message(self, request_id: str, row: int) -> messages.StoredMessage:
        """Return what somebody wrote."""
        return await messages.get(self.owner, self.parts.vault, request_id, row)

    async def letter(
        self, request_id: str, n: int = 2, audience: outbox.Audience = "consumer", **facts: Any
    ) -> str:
        """Let us have written a letter, and return its Message-ID."""
        domain = "wicresoft.com"
        order = {"audience": audience, "facts": facts, "domain": domain}
        await order_letter(self.owner, request_id, n, self.clock(), **order)
        return outbox.message_id(request_id, n, domain)

    async def close(self, request_id: str) -> None:
        """Let a request be closed."""
        at = self.clock() + timedelta(days=1)
        await requests.project(self.owner, request_id, requests.Projection(closed_at=at))
