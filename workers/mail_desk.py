"""Mail that waits for a person: look at it, open a request by hand, or say that it is none."""

from collections.abc import AsyncIterator
from datetime import datetime

from pydantic import ValidationError

from domain.submission import Consumer, Submission
from domain.vocabulary import Channel, RequestType
from mail_intake.limits import TooHard
from mail_intake.parts import MailParts
from mail_intake.reading import UNREAD, ReadMail, read_mail
from mail_intake.storing import Incoming, file_request, store_message
from records import incoming_mail, messages, requests
from records.connection import Connection
from records.incoming_mail import Mail, Standing
from records.vault import Vault
from records.wrapping import WrappingKeys


class NoSuchRequest(Exception):
    """No request of that id is registered; says what to check."""


class NotWaiting(Exception):
    """The mail is none that waits, or cannot be filed so; says what to do instead."""


async def waiting(conn: Connection) -> list[Mail]:
    """Return what waits for a person, the oldest first."""
    return await incoming_mail.of_standing(conn, Standing.PARKED)


async def raw_of(conn: Connection, wrapping: WrappingKeys, mail_id: int) -> bytes:
    """Return a mail as it came.

    Raises:
        NotWaiting: there is none, or it stands in the vault of its request.
    """
    mail = await incoming_mail.find(conn, mail_id)
    if mail is None:
        raise NotWaiting(f"There is no mail {mail_id}; privacy mail list names those that wait.")
    try:
        return await incoming_mail.opened(mail, wrapping)
    except LookupError:
        where = f"It belongs to {mail.request_id}." if mail.request_id else "It was dropped."
        raise NotWaiting(f"Mail {mail_id} is not kept here any more. {where}") from None


async def file_by_hand(
    conn: Connection, parts: MailParts, mail_id: int, kind: RequestType, name: str, email: str
) -> str:
    """Open a request for a mail as received when it came, and return its id.

    Raises:
        NotWaiting: the mail does not wait, or these details make no request.
    """
    mail = await _parked(conn, mail_id)
    raw = await incoming_mail.opened(mail, parts.wrapping)
    submission = _submission(kind, name, email)
    async with conn.transaction():
        incoming = Incoming(mail, raw, _read(raw, parts))
        filed = await file_request(conn, parts, incoming, submission, "-by-hand")
        await store_message(conn, parts, incoming, filed[0], "clear")
        await incoming_mail.settle(
            conn, mail_id, Standing.FILED, now=parts.now(), reason="by_hand",
            request_id=filed[0], drop=True,
        )  # fmt: skip
    return filed[0]


async def dismiss(conn: Connection, mail_id: int, now: datetime) -> None:
    """Say that a mail asks for nothing; its bytes go after their days.

    Raises:
        NotWaiting: the mail does not wait.
    """
    await _parked(conn, mail_id)
    await incoming_mail.settle(conn, mail_id, Standing.DISMISSED, now=now, reason="by_hand")


def _read(raw: bytes, parts: MailParts) -> ReadMail:
    """Return what a mail says; of one that no machine reads, nothing: it is stored as it came."""
    try:
        return read_mail(raw, parts.settings.limits, parts.settings.ours)
    except TooHard:
        return UNREAD


def _submission(kind: RequestType, name: str, email: str) -> Submission:
    try:
        person = Consumer(name=name, email=email)
        return Submission(request_types=(kind,), person=person, channel=Channel.EMAIL)
    except ValidationError as fault:
        fields = sorted({str(each["loc"][-1]) for each in fault.errors() if each["loc"]})
        raise NotWaiting(
            f"That makes no request: look at {', '.join(fields) or 'its details'}. "
            "Where more must be told, use privacy request new with --received-on."
        ) from None


async def _parked(conn: Connection, mail_id: int) -> Mail:
    mail = await incoming_mail.find(conn, mail_id)
    if mail is None or mail.standing is not Standing.PARKED:
        raise NotWaiting(f"Mail {mail_id} does not wait; privacy mail list names those that do.")
    return mail


async def written(
    conn: Connection, vault: Vault, request_id: str
) -> AsyncIterator[tuple[int, messages.StoredMessage]]:
    """Yield what a request's consumer wrote by mail, by inbox row, the oldest first.

    Raises:
        NoSuchRequest: no request of that id is registered.
    """
    if await requests.find(conn, request_id) is None:
        raise NoSuchRequest(f"No request {request_id} is registered; check the id.")
    rows = [k.n for k in await vault.kinds(conn, request_id) if k.kind == messages.MESSAGE]
    for row in rows:
        yield row, await messages.get(conn, vault, request_id, row)


async def files_of(
    conn: Connection, vault: Vault, request_id: str, row: int, message: messages.StoredMessage
) -> AsyncIterator[tuple[str, bytes]]:
    """Yield the files of a message that were taken: a name of ours, and the bytes."""
    for place, file in enumerate(message.files):
        if not file.refused:
            number = messages.file_number(row, place)
            ending = file.media_type.rpartition("/")[2]
            body = await vault.get(conn, request_id, messages.FILE, number)
            yield f"{request_id}-{row}-{place + 1}.{ending}", body
