"""From raw bytes to what a mail says: bounded, and the same for the same bytes."""

import hashlib
import re

from pydantic import BaseModel, ConfigDict, Field

from domain.ids import is_request_id
from mail_intake.automatic import Verdict, judge
from mail_intake.files import File, files_of
from mail_intake.limits import HEADERS_END, Limits, TooHard, check
from mail_intake.mime import header, message_ids, parse, sender
from mail_intake.written import body_of, own_words

_REQUEST_ID = re.compile(r"\bPR-[0-9A-Z]{4}-[0-9A-Z]{4}\b")
_MOST_IDS = 50


class ReadMail(BaseModel):
    """What a mail says. Its representation shows no word of it."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    name: str = Field(repr=False)
    address: str = Field(repr=False)
    subject: str = Field(repr=False)
    body: str = Field(repr=False)
    words: str = Field(repr=False)
    """The body without what is quoted."""
    answers: tuple[str, ...] = Field(repr=False)
    """Message-IDs that it answers, the nearest first."""
    request_ids: tuple[str, ...]
    files: tuple[File, ...] = Field(repr=False)
    machine: Verdict | None


UNREAD = ReadMail(
    name="",
    address="",
    subject="",
    body="",
    words="",
    answers=(),
    request_ids=(),
    files=(),
    machine=None,
)
"""What is known of a mail that no machine reads."""


def read_mail(raw: bytes, limits: Limits, ours: frozenset[str]) -> ReadMail:
    """Read a mail; ``ours`` are the addresses that we write from and are written to.

    Raises:
        TooHard: it is too large, too deep or otherwise beyond what is read by a machine.
    """
    check(raw, limits)
    try:
        return _read(raw, limits, ours)
    except RecursionError:
        raise TooHard("nested_too_deep") from None


def _read(raw: bytes, limits: Limits, ours: frozenset[str]) -> ReadMail:
    message = parse(raw)
    name, address = sender(message)
    subject, body = header(message, "Subject"), body_of(message, limits.text_bytes)
    named = _REQUEST_ID.findall(f"{subject}\n{body}".upper())
    return ReadMail(
        name=name,
        address=address,
        subject=subject,
        body=body,
        words=own_words(body),
        answers=_answered(message_ids(message, "In-Reply-To"), message_ids(message, "References")),
        request_ids=tuple(dict.fromkeys(each for each in named if is_request_id(each)))[:_MOST_IDS],
        files=files_of(message, limits),
        machine=judge(message, raw, ours),
    )


def _answered(nearest: tuple[str, ...], earlier: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*nearest, *reversed(earlier)]))[:_MOST_IDS]


def sameness(raw: bytes) -> bytes:
    """Return what two deliveries of one mail share: writer, Message-ID and content, not its way.

    A mail to both of our addresses, or one whose acceptance its server did not hear of, comes
    again with other trace headers. Another content under the same Message-ID is another mail.
    """
    head, body = _divided(raw)
    kept = [line for line in _unfolded(head) if line.lower().startswith((b"from:", b"message-id:"))]
    return b"\n".join([*sorted(kept), hashlib.sha256(body).digest()])


def _divided(raw: bytes) -> tuple[bytes, bytes]:
    found = [(raw.find(mark), len(mark)) for mark in HEADERS_END if mark in raw]
    if not found:
        return raw, b""
    place, width = min(found)
    return raw[:place], raw[place + width :]


def _unfolded(head: bytes) -> list[bytes]:
    return re.sub(rb"\r?\n[ \t]+", b" ", head).splitlines()
