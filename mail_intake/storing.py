"""Putting a mail where it belongs: a request of its own, or the inbox of the request it answers."""

from datetime import datetime, timedelta
from typing import NamedTuple

from domain.decisions.inbox import LETTER_BOUNCED, MAIL_RECEIVED
from domain.parts import parts_of
from domain.submission import Submission
from mail_intake.parts import MailParts
from mail_intake.reading import ReadMail
from records import inbox, messages
from records.connection import Connection
from records.contact import keep_failing
from records.filing import REQUESTER, file_submissions
from records.identities import Identity, digests
from records.incoming_mail import Mail
from records.requests import RequestIdTaken, draw_id

CLIENT = "mail"
"""The intake client of requests that came by mail."""

DRAWS = 5


class Incoming(NamedTuple):
    """One mail: its row, its bytes, and what they say."""

    row: Mail
    raw: bytes
    read: ReadMail


async def file_request(
    conn: Connection, parts: MailParts, incoming: Incoming, submission: Submission, key: str = ""
) -> list[str]:
    """File a mail's requests, as received when it came, and name them."""
    received_at = incoming.row.received_at
    for _ in range(DRAWS):
        drawn = [draw_id() for _ in parts_of(submission)]
        try:
            await file_submissions(
                conn,
                parts.vault,
                parts.hashing,
                parts.people,
                request_ids=drawn,
                client=CLIENT,
                idempotency_key=f"mail-{incoming.row.mail_id}{key}",
                submission=submission,
                received_at=received_at,
                now=max(parts.now(), received_at),
            )
        except RequestIdTaken:
            continue
        return drawn
    raise RuntimeError("no free request id was drawn; the random source may be broken")


async def store_message(
    conn: Connection, parts: MailParts, incoming: Incoming, request_id: str, reading: str
) -> int:
    """Put a mail in a request's inbox, its files apart, and return the row."""
    files = [
        messages.Attachment(
            messages.StoredFile(
                name=each.name,
                media_type=each.media_type,
                size=len(each.content),
                refused=each.refused,
            ),
            each.content,
        )
        for each in incoming.read.files[: messages.MOST_FILES]
    ]
    refused = sum(bool(each.about.refused) for each in files)
    facts = {"reading": reading, "files": len(files) - refused, "files_refused": refused}
    row = await _receive(conn, parts, incoming, request_id, MAIL_RECEIVED, facts)
    read = incoming.read
    message = messages.StoredMessage(sender=read.address, subject=read.subject, text=read.body)
    await messages.put(conn, parts.vault, request_id, row, message, files)
    return row


async def store_bounce(
    conn: Connection,
    parts: MailParts,
    incoming: Incoming,
    request_id: str,
    *,
    letter: int,
    address: str,
    status: str,
    paper: bool,
) -> int:
    """Say that a letter came back, mark its address as failing, and return the inbox row."""
    facts = {"letter": letter, "status": status, "paper": paper}
    row = await _receive(conn, parts, incoming, request_id, LETTER_BOUNCED, facts)
    await keep_failing(conn, parts.vault, request_id, row, address)
    return row


async def filed_lately(conn: Connection, parts: MailParts, who: Identity, now: datetime) -> int:
    """Count the requests that an address opened by mail in the day before ``now``."""
    found: int = await conn.fetchval(
        "SELECT count(*) FROM privacy.request r JOIN privacy.requester_identity i"
        " USING (request_id) WHERE i.identity_hash = ANY ($1::text[]) AND r.client = $2"
        " AND r.registered_at > $3",
        digests(parts.people, REQUESTER, who),
        CLIENT,
        now - timedelta(days=1),
    )
    return found


async def _receive(
    conn: Connection,
    parts: MailParts,
    incoming: Incoming,
    request_id: str,
    kind: str,
    facts: dict[str, object],
) -> int:
    receipt = await inbox.receive(
        conn,
        parts.vault,
        once_key=f"mail:{incoming.row.mail_id}",
        request_id=request_id,
        stream=request_id,
        kind=kind,
        facts=facts,
        evidence=incoming.raw,
        now=incoming.row.received_at,
    )
    return receipt.row_id
