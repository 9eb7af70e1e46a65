"""Cookies of the pages: few, first-party, unreadable to scripts."""

from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from gateway.parts import GatewaySettings

SameSite = Literal["lax", "strict"]


def read_cookie(request: Request, settings: GatewaySettings, name: str) -> str:
    """Return a cookie's value, empty if there is none."""
    return request.cookies.get(_full_name(settings, name), "")


def set_cookie(
    response: Response,
    settings: GatewaySettings,
    name: str,
    value: str,
    *,
    seconds: int,
    same_site: SameSite,
) -> None:
    """Give the browser a cookie for this host alone; ``seconds`` 0 takes it back."""
    response.set_cookie(
        _full_name(settings, name),
        value,
        max_age=seconds,
        path="/",
        secure=_is_secure(settings),
        httponly=True,
        samesite=same_site,
    )


def _full_name(settings: GatewaySettings, name: str) -> str:
    # The prefix has browsers refuse the cookie from a sibling host, or without TLS.
    return f"__Host-{name}" if _is_secure(settings) else name


def _is_secure(settings: GatewaySettings) -> bool:
    return settings.public_url.startswith("https://")
