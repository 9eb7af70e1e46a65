"""Reading a body that may be hostile: bounded in bytes and in time, strict in form."""

import asyncio
import json
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from domain.strict_json import NotPlain, read_json
from gateway.parts import GatewaySettings
from gateway.problems import MALFORMED_BODY, MEDIA_TYPE_REFUSED, TOO_LARGE, TOO_SLOW, Problem

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MOST_FORM_FIELDS = 50


def require_media_type(request: Request, expected: str) -> None:
    """Refuse a body of another kind, or a compressed one.

    Raises:
        Problem: 415.
    """
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if given != expected:
        raise Problem(MEDIA_TYPE_REFUSED, f"Send the body with the Content-Type {expected}.")
    if coding != "identity":
        raise Problem(MEDIA_TYPE_REFUSED, "Send the body as it is, without a Content-Encoding.")


async def read_body(request: Request, limit: int, seconds: float) -> bytes:
    """Return the raw body, counting what arrives and trusting no Content-Length.

    Raises:
        Problem: 413 beyond ``limit`` bytes, 408 beyond ``seconds``.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise _too_large(limit)
    try:
        async with asyncio.timeout(seconds):
            return await _collect(request, limit)
    except TimeoutError:
        raise Problem(
            TOO_SLOW, "Send the whole body without long pauses, then try again."
        ) from None


async def read_form(request: Request, settings: GatewaySettings) -> bytes:
    """Return the raw body of a submitted form.

    Raises:
        Problem: 413, 408 or 415.
    """
    require_media_type(request, FORM)
    return await read_body(request, settings.body_limit, settings.body_seconds)


def parse_json(body: bytes) -> Any:
    """Return the JSON value of ``body``; repeated names and non-numbers are refused.

    Raises:
        Problem: 400, with the place of the fault but nothing of what stands there.
    """
    if not body.strip():
        raise Problem(MALFORMED_BODY, "The body is empty: send the JSON that the API page shows.")
    try:
        return read_json(body)
    except json.JSONDecodeError as fault:
        place = f"line {fault.lineno}, column {fault.colno}"
        detail = f"The body is not JSON: look at {place}."
    except NotPlain as fault:
        detail = str(fault)
    except UnicodeDecodeError:
        detail = "The body is not UTF-8: encode it so."
    except ValueError:
        detail = "The JSON holds a number of too many digits: send such a value as a text."
    raise Problem(MALFORMED_BODY, detail)


def parse_form(body: bytes) -> dict[str, str]:
    """Return the fields of a submitted form; of a repeated field the last one.

    Raises:
        Problem: 400.
    """
    try:
        text = body.decode("ascii")
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FORM_FIELDS))
    except ValueError:
        detail = "The form cannot be read: go back and send it again."
        raise Problem(MALFORMED_BODY, detail) from None


async def _collect(request: Request, limit: int) -> bytes:
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > limit:
            raise _too_large(limit)
    return bytes(received)


def _too_large(limit: int) -> Problem:
    # The rest of the body stays unread, so the connection cannot serve another request.
    return Problem(
        TOO_LARGE, f"Send at most {limit} bytes in one body.", headers={"Connection": "close"}
    )
