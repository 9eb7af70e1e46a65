"""By what a browser is known that sends an opt-out signal: its cookie, or nothing that lasts."""

import re

from starlette.requests import Request
from starlette.responses import Response

from gateway.access import address_of
from gateway.cookies import read_cookie, set_cookie
from gateway.parts import GatewayParts

COOKIE = "device"
COOKIE_SECONDS = 400 * 24 * 3600
"""The longest that browsers keep a cookie; every signal renews it."""

_DEVICE = re.compile(r"[A-Za-z0-9_-]{16,128}")
_LENGTH = 32


def kept_device(request: Request, parts: GatewayParts) -> str | None:
    """Return the id that the browser was given before and has kept."""
    kept = read_cookie(request, parts.settings, COOKIE)
    return kept if _DEVICE.fullmatch(kept) else None


def device_of(request: Request, parts: GatewayParts) -> str:
    """Return the browser's opaque id.

    A browser without the cookie is known for the calendar month by a keyed hash of what every
    call of it brings. So the pictures of its first page make one device, and a browser that keeps
    no cookies makes few (OPT-10); two alike behind one address share an opt-out that both sent.
    """
    kept = kept_device(request, parts)
    if kept:
        return kept
    traits = (
        f"{parts.now():%Y-%m}",
        address_of(request),
        request.headers.get("user-agent", ""),
        request.headers.get("accept-language", ""),
    )
    _, _, digest = parts.hashing.digest(COOKIE, "\n".join(traits).encode()).partition(":")
    return digest[:_LENGTH]


def remember(response: Response, parts: GatewayParts, device: str) -> None:
    """Give the browser its id to keep."""
    set_cookie(
        response,
        parts.settings,
        COOKIE,
        device,
        seconds=COOKIE_SECONDS,
        same_site="lax",
    )
