"""Reading a mail's structure without trusting it: whatever is malformed comes out as text."""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses

from domain.typed_line import without_unseen

LONGEST_HEADER = 2000
"""Characters of one header that are looked at."""

_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def parse(raw: bytes) -> Message:
    """Return the mail as a tree; nothing that is wrong in it raises."""
    return message_from_bytes(raw)


def header(message: Message, name: str) -> str:
    """Return a header decoded on one line; an absent one is empty."""
    return on_one_line(_decoded(_raw(message, name)))


def tokens(message: Message, name: str) -> str:
    """Return a header's first word in lower case, as ``auto-replied`` of ``Auto-Replied; x``."""
    return header(message, name).partition(";")[0].partition("(")[0].strip().lower()


def message_ids(message: Message, *names: str) -> tuple[str, ...]:
    """Return the Message-IDs in some headers, in order, each once."""
    found = (each for name in names for each in _MESSAGE_ID.findall(_raw(message, name)))
    return tuple(dict.fromkeys(found))


def sender(message: Message) -> tuple[str, str]:
    """Return name and address of the writer: ``From``, else ``Reply-To``, else ``Sender``."""
    for name in ("From", "Reply-To", "Sender"):
        for spoken, address in _addresses(_raw(message, name)):
            if "@" in address:
                return on_one_line(_decoded(spoken)), address.strip()
    return "", ""


def _addresses(value: str) -> list[tuple[str, str]]:
    try:
        return getaddresses([value])
    except RecursionError:  # comments within comments
        return []


def return_path(message: Message) -> str | None:
    """Return the address that bounces go to: empty for ``<>``, ``None`` where none is noted."""
    noted = message.get("Return-Path")
    if noted is None:
        return None
    found = _addresses(str(noted)[:LONGEST_HEADER])
    return found[0][1] if found else ""


def leaves(message: Message) -> Iterator[Message]:
    """Yield the parts that hold content, and mails within the mail as one part each."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        inner = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            waiting.extend(each for each in reversed(inner) if isinstance(each, Message))
        else:
            yield part


def content(part: Message) -> bytes:
    """Return a part's bytes, decoded as far as they can be."""
    inner = part.get_payload(decode=True)
    if isinstance(inner, bytes):
        return inner
    nested = part.get_payload()
    if isinstance(nested, list):
        return b"\n".join(_bytes_of(each) for each in nested if isinstance(each, Message))
    return str(nested or "").encode(errors="replace")


def text(part: Message, longest: int) -> str:
    """Return a part's text; what its character set cannot be is shown as replacement marks."""
    raw = content(part)[:longest]
    charset = part.get_content_charset() or "utf-8"
    try:
        return raw.decode(charset, errors="replace")
    except (LookupError, ValueError):
        return raw.decode("utf-8", errors="replace")


def on_one_line(words: str) -> str:
    """Return ``words`` without controls, invisible characters or breaks."""
    return " ".join(_BREAKS.sub(" ", without_unseen(words)).split())


def _raw(message: Message, name: str) -> str:
    return str(message.get(name) or "")[:LONGEST_HEADER]


def _decoded(value: str) -> str:
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError, LookupError):
        return value
    return "".join(_piece(words, charset) for words, charset in pieces)


def _piece(words: bytes | str, charset: str | None) -> str:
    if isinstance(words, str):
        return words
    try:
        return words.decode(charset or "utf-8", errors="replace")
    except (LookupError, ValueError):
        return words.decode("utf-8", errors="replace")


def _bytes_of(message: Message) -> bytes:
    try:
        return message.as_bytes()
    except (ValueError, LookupError, TypeError, AttributeError, UnicodeError):
        return b""
