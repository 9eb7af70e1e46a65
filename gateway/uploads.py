"""Reading a form with a document: bounded, in memory only, judged by its first bytes."""

from collections.abc import AsyncGenerator
from typing import NamedTuple

from python_multipart.exceptions import FormParserError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from domain.documents import media_type_of
from gateway.bodies import MOST_FORM_FIELDS, read_body, require_media_type
from gateway.parts import GatewaySettings
from gateway.points import Faults
from gateway.problems import MALFORMED_BODY, Problem

MULTIPART = "multipart/form-data"
FIELD = "document"
"""Name of the field that brings a document."""


class Document(NamedTuple):
    """A document that may be kept. Its name is not: it may name people, and nothing needs it."""

    content: bytes
    media_type: str


class SentForm(NamedTuple):
    """The fields of a form, the document if it brought a good one, and what is wrong with it."""

    fields: dict[str, str]
    document: Document | None
    faults: Faults


class _InMemory(MultiPartParser):
    """Never writes what was sent to this machine's disk, where it would stand unencrypted."""

    spool_max_size = 1 << 40


async def read_with_document(request: Request, settings: GatewaySettings) -> SentForm:
    """Return a submitted form that may bring one document.

    Raises:
        Problem: 400, 413, 408 or 415.
    """
    require_media_type(request, MULTIPART)
    limit = settings.document_bytes + settings.body_limit
    body = await read_body(request, limit, settings.upload_seconds)
    parser = _InMemory(
        request.headers,
        _once(body),
        max_files=1,
        max_fields=MOST_FORM_FIELDS,
        max_part_size=settings.body_limit,
    )
    try:
        form = await parser.parse()
    except (MultiPartException, FormParserError, ValueError, LookupError):
        detail = "The form cannot be read: go back and send it again."
        raise Problem(MALFORMED_BODY, detail) from None
    fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    sent = form.get(FIELD)
    content = await sent.read() if isinstance(sent, UploadFile) else b""
    await form.close()
    return _judged(fields, content, settings)


def _judged(fields: dict[str, str], content: bytes, settings: GatewaySettings) -> SentForm:
    if not content:
        return SentForm(fields, None, {})
    if len(content) > settings.document_bytes:
        return SentForm(fields, None, {FIELD: "too_large"})
    media_type = media_type_of(content)
    if media_type is None:
        return SentForm(fields, None, {FIELD: "kind_not_taken"})
    return SentForm(fields, Document(content, media_type), {})


async def _once(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body
