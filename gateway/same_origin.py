"""Forms are taken from our own pages only: another site cannot send one in a reader's name."""

from urllib.parse import urlsplit

from starlette.requests import Request

from gateway.parts import GatewaySettings
from gateway.problems import FOREIGN_FORM, Problem

REFERRER_POLICY = {"Referrer-Policy": "same-origin"}
"""For pages with such forms; under ``no-referrer`` browsers hide a form's own origin from us."""

_OWN = frozenset({"same-origin", "none"})


def require_own_form(request: Request, settings: GatewaySettings) -> None:
    """Refuse a form that another site sent.

    Browsers say so in ``Sec-Fetch-Site``, older ones in ``Origin``; what says neither is no
    browser that could be misused.

    Raises:
        Problem: 403.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        own = site in _OWN
    else:
        own = origin is None or _host(origin) in {_host(settings.public_url), request.url.netloc}
    if not own:
        raise Problem(FOREIGN_FORM, "Open the page at this address and send the form from there.")


def _host(address: str) -> str:
    return urlsplit(address).netloc
