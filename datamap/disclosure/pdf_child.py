"""Reads one PDF from standard input and writes its text as JSON; run as a process of its own.

A file from outside may be made to eat time and memory, so this process has little of both, no
environment and no network to speak of, and stands apart from everything else.
"""

import contextlib
import io
import json
import logging
import resource
import sys
from collections.abc import Iterator

from pypdf import PageObject, PdfReader

MEMORY_BYTES = 1024 * 1024 * 1024
CPU_SECONDS = 20
MOST_PAGES = 500
MOST_CHARACTERS = 5_000_000
_GARBLED = 0.02
"""Share of signs that are none, above which a text was not read rightly."""

_BEYOND_TEXT = ("/AcroForm", "/OpenAction", "/AA", "/Collection", "/AF")


def main() -> None:
    """Answer with ``text``, and ``whole``: whether the file shows nothing but that text."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    logging.disable()
    text, whole = read(sys.stdin.buffer.read())
    json.dump({"text": text, "whole": whole, "media_type": "application/pdf"}, sys.stdout)


def read(body: bytes) -> tuple[str, bool]:
    """Return a PDF's text and whether that is everything it shows."""
    reader = PdfReader(io.BytesIO(body), strict=False)
    pages = [page.extract_text() for page in reader.pages[:MOST_PAGES]]
    parts = [part.strip() for part in (*pages, *_said_of_it(reader))]
    text = "\n\n".join(filter(None, parts))
    whole = (
        len(reader.pages) <= MOST_PAGES
        and len(text) <= MOST_CHARACTERS
        and all(page.strip() for page in pages)
        and not _garbled(text)
        and not any(map(_shows_more, reader.pages))
        and not _holds_more(reader)
    )
    return text[:MOST_CHARACTERS], whole


def _said_of_it(reader: PdfReader) -> Iterator[str]:
    """Yield the document's own description: title, author, subject."""
    for value in (reader.metadata or {}).values():
        if isinstance(value, str):
            yield value


def _shows_more(page: PageObject) -> bool:
    """Tell whether a page has pictures, or notes and fields that its text does not say."""
    return bool(page.get("/Annots")) or len(page.images) > 0


def _holds_more(reader: PdfReader) -> bool:
    root = reader.root_object
    names = root.get("/Names")
    embedded = names is not None and "/EmbeddedFiles" in names.get_object()
    return embedded or any(name in root for name in _BEYOND_TEXT)


def _garbled(text: str) -> bool:
    strange = sum(
        sign == "\ufffd" or (not sign.isprintable() and sign not in "\n\r\t\f") for sign in text
    )
    return strange > len(text) * _GARBLED


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        main()
