"""Taking a mail in: kept and closed first, then accepted, then sorted."""

from datetime import datetime

from mail_intake.parts import MailParts
from mail_intake.reading import sameness
from records import incoming_mail
from records.incoming_mail import Kept


async def keep(parts: MailParts, raw: bytes, received_at: datetime) -> Kept:
    """Keep a mail, once; ``received_at`` is when it arrived and never lies ahead of our clock."""
    async with parts.pool.acquire() as conn:
        return await incoming_mail.keep(
            conn,
            parts.wrapping,
            parts.hashing,
            sameness=sameness(raw),
            raw=raw,
            now=min(received_at, parts.now()),
        )
