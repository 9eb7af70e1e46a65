"""Attached files: what can be read is shown as text, what cannot waits for staff (RED-12)."""

import asyncio
import base64
import binascii
import html
import json
import re
from dataclasses import dataclass, field

from datamap.disclosure.children import read_by
from datamap.disclosure.scrubbing import Cleaner
from domain.gathering import GatheredFile
from domain.notice_words import WithheldReason

MOST_BYTES = 16 * 1024 * 1024
"""Bytes of a file that is still read; a bigger one waits for staff."""

_ARCHIVE = "application/zip"
_SIGNATURES = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"PK\x03\x04", _ARCHIVE),
)
_SCRIPTS = {"application/pdf": "pdf_child.py", _ARCHIVE: "office_child.py"}
"""What reads a kind of file, each in a process of its own."""

_UNKNOWN = "application/octet-stream"
_TEXT = "text/plain"
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_HIDING = re.compile(
    r"\{\\rtf|content-transfer-encoding:\s*(?:base64|quoted-printable)|;base64,|"
    r"[A-Za-z0-9+/]{200,}|(?:=[0-9A-F]{2}){6}",
    re.IGNORECASE,
)
"""Text that holds other content in a coded form, which no scan sees."""


@dataclass(frozen=True)
class Readable:
    """What could be read of a file."""

    media_type: str
    text: str | None = field(repr=False)
    whole: bool


def decoded(stored: str) -> bytes:
    """Return a file's bytes from the form in which a system hands them over, hex or base64."""
    try:
        if stored.startswith("\\x"):
            return bytes.fromhex(stored[2:])
        return base64.b64decode(stored, validate=True)
    except (ValueError, binascii.Error):
        return stored.encode("utf-8", "surrogatepass")


@dataclass(frozen=True)
class Spot:
    """Where a file stands, and why its row is held back, if it is."""

    n: int
    place: str
    row: int
    column: str
    held_row: WithheldReason | None = None


async def judge_file(body: bytes, cleaner: Cleaner, spot: Spot) -> GatheredFile:
    """Read a file and clean its text. Its bytes are kept unless they hold what must not go out."""
    read = await readable(body)
    # A long text takes its time; meanwhile others may work.
    clean = await asyncio.to_thread(cleaner.text, read.text) if read.text is not None else None
    never = clean.never if clean else ()
    return GatheredFile(
        **vars(spot),
        media_type=read.media_type,
        text=clean.value if clean else None,
        whole=read.whole,
        never=never,
        others=clean.others.spans if clean else (),
        original_size=None if never else len(body),
    )


async def readable(body: bytes) -> Readable:
    """Return a file's text, as far as it has any that can be read wholly and surely."""
    media_type = _media_type(body)
    if len(body) > MOST_BYTES:
        return Readable(media_type, None, whole=False)
    if (script := _SCRIPTS.get(media_type)) is not None:
        if (read := await read_by(script, body)) is None:
            return Readable(media_type, None, whole=False)
        return Readable(read.media_type, read.text, read.whole)
    text = _text(body) if media_type == _UNKNOWN else None
    if text is None or _HIDING.search(text):
        return Readable(media_type, None, whole=False)
    return Readable(_TEXT, text, whole=True)


def _media_type(body: bytes) -> str:
    start = body[:1024]
    for signature, media_type in _SIGNATURES:
        if start.startswith(signature) or (signature == b"%PDF-" and signature in start):
            return media_type
    return _UNKNOWN


def _text(body: bytes) -> str | None:
    """Decode what is text, and write out signs that its format writes as codes."""
    wide = body.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "cp1252"):
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if _NO_TEXT.search(text) else _plain(text)
    return None


def _plain(text: str) -> str:
    start = text.lstrip()[:1]
    if start == "<":
        return html.unescape(text)
    if start and start in "{[":
        try:
            return json.dumps(json.loads(text), ensure_ascii=False, indent=1)
        except (ValueError, RecursionError):
            return text
    return text
