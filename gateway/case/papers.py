"""What people sent for a request: declarations, documents, mail; to be read or taken home safely.

Nothing of it is ever shown as a page: text as text, all else as a file that browsers only save.
"""

import email
import email.policy
import json
from collections.abc import Iterator, Mapping
from email.message import EmailMessage
from typing import NamedTuple

from domain.decisions.direction import ACKNOWLEDGED
from domain.decisions.inbox import DECLARATION_SIGNED, MAIL_RECEIVED
from domain.documents import DOCUMENT_SENT, media_type_of
from records.inbox import Message
from records.messages import StoredMessage

KINDS: Mapping[str, str] = {
    DECLARATION_SIGNED: "Signed declaration",
    DOCUMENT_SENT: "Uploaded document",
    MAIL_RECEIVED: "Mail",
    ACKNOWLEDGED: "Answer of a provider",
}
"""Messages whose content staff may see. One-time codes are none of them."""

PURGED = "destroyed at the end of its retention"
DROPPED = "destroyed some weeks after the close, as all that was sent in proof of identity is"

_ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}
_TYPES = {
    DECLARATION_SIGNED: ("application/json", "json"),
    MAIL_RECEIVED: ("message/rfc822", "eml"),
}
_ANY = ("application/octet-stream", "bin")


class Paper(NamedTuple):
    """One thing that somebody sent, as the page lists it."""

    message: Message
    title: str
    says: tuple[tuple[str, str], ...] = ()
    text: str = ""
    saved: bool = True
    """Whether the original is still there to be saved."""


class File(NamedTuple):
    """One thing that somebody sent, to be saved."""

    content: bytes
    media_type: str
    name: str


def paper(message: Message, evidence: bytes) -> Paper:
    """Return what the page says of a message, with what it brought as far as that is text."""
    title = KINDS[message.kind]
    if message.kind == DECLARATION_SIGNED:
        return Paper(message, title, tuple(_declaration(evidence)))
    if message.kind == MAIL_RECEIVED:
        return Paper(message, title, *_mail(evidence))
    return Paper(message, title, (*_about(message), ("Size", f"{len(evidence):,} bytes")))


def paper_without_original(message: Message, said: StoredMessage | None, *, purged: bool) -> Paper:
    """Return what is left of a message whose original was destroyed: of a mail what it ``said``.

    ``purged`` tells that the whole record has reached the end of its retention.
    """
    title, fate = KINDS[message.kind], PURGED if purged else DROPPED
    if said is None:
        return Paper(message, title, (("Content", fate),), saved=False)
    names = ", ".join(each.name for each in said.files) or "none"
    says = (("From", said.sender), ("Subject", said.subject or "–"), ("Attachments", names))
    return Paper(message, title, (*says, ("The mail as it came", fate)), said.text, saved=False)


def file_of(message: Message, evidence: bytes) -> File:
    """Return a message's content as a file, typed by its first bytes and by nothing else."""
    found = media_type_of(evidence) if message.kind == DOCUMENT_SENT else None
    media_type, ending = _TYPES.get(message.kind, _ANY)
    if found is not None:
        media_type, ending = found, _ENDINGS[found]
    return File(evidence, media_type, f"{message.request_id}-{message.row_id}.{ending}")


def _about(message: Message) -> Iterator[tuple[str, str]]:
    if message.kind == ACKNOWLEDGED:
        yield "From", message.stream.partition(".")[2]
        yield "Says", str(message.facts["standing"]).replace("_", " ")
    else:
        yield "About", str(message.facts.get("purpose", "")).replace("_", " ")


def _declaration(evidence: bytes) -> Iterator[tuple[str, str]]:
    record = json.loads(evidence)
    yield "Signed by", str(record["name"])
    yield "On", str(record["signed_on"])
    yield "Statement", str(record["statement"])


def _mail(evidence: bytes) -> tuple[tuple[tuple[str, str], ...], str]:
    mail = email.message_from_bytes(evidence, policy=email.policy.default)
    heads = (("From", _head(mail, "from")), ("Subject", _head(mail, "subject")))
    try:
        part = mail.get_body(("plain",))
        return heads, str(part.get_content()) if part is not None else ""
    except (LookupError, ValueError, AttributeError):
        return heads, ""


def _head(mail: EmailMessage, name: str) -> str:
    try:
        return str(mail[name] or "–")
    except (LookupError, ValueError, AttributeError):
        return "–"
