"""Attachments: kept apart where their bytes are what they say and are harmless; else in the mail.

A refused one is not lost: the mail itself stands in the vault, as it came.
"""

from email.message import Message
from pathlib import PurePosixPath
from typing import NamedTuple

from domain.documents import media_type_of
from mail_intake.limits import Limits
from mail_intake.mime import content, leaves, on_one_line

_BODIES = frozenset({"text/plain", "text/html"})
LONGEST_NAME = 100


class File(NamedTuple):
    """An attachment; ``refused`` is empty where it is kept apart, else the code of the reason."""

    name: str
    media_type: str
    content: bytes
    refused: str = ""


def files_of(message: Message, limits: Limits) -> tuple[File, ...]:
    """Return what is attached, each judged by type and size."""
    attached = [part for part in leaves(message) if _is_attached(part)]
    judged: list[File] = []
    for part in attached:
        full = sum(not each.refused for each in judged) >= limits.files
        judged.append(_judged(part, limits, full=full))
    return tuple(judged)


def _is_attached(part: Message) -> bool:
    if part.get_content_maintype() == "multipart":
        return False
    return part.get_content_disposition() == "attachment" or part.get_content_type() not in _BODIES


def _judged(part: Message, limits: Limits, *, full: bool) -> File:
    name, media_type, raw = _name(part), part.get_content_type(), content(part)
    if full:
        return File(name, media_type, b"", "too_many")
    if len(raw) > limits.file_bytes:
        return File(name, media_type, b"", "too_large")
    actual = media_type_of(raw)
    if actual is None:
        return File(name, media_type, b"", "type_not_taken")
    return File(name, actual, raw)


def _name(part: Message) -> str:
    try:
        named = part.get_filename() or ""
    except (ValueError, LookupError, TypeError, AttributeError):
        named = ""
    plain = PurePosixPath(on_one_line(str(named)).replace("\\", "/")).name
    return plain[:LONGEST_NAME] or "attachment"
