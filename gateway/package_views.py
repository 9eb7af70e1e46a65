"""What a consumer sees behind a package's link; nothing of the package itself."""

from datetime import date, datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from domain import policies
from domain.clocks import local_date
from gateway.consumer_views import shown
from gateway.links import Link
from gateway.package_links import PackageLink, Standing
from gateway.pages import Page, Pages, language_of
from gateway.parts import GatewaySettings
from gateway.same_origin import REFERRER_POLICY
from records.package_codes import Verdict

_STATUS = {Standing.UNKNOWN: 404, Standing.EXPIRED: 410, Standing.GONE: 410}


class PackageViews:
    """Renders the pages of a package's link."""

    def __init__(self, pages: Pages, settings: GatewaySettings) -> None:
        self._pages = pages
        self._settings = settings

    def form(
        self, request: Request, found: PackageLink, refused: Verdict | None = None
    ) -> Response:
        """Ask for a code, or offer to send one; with ``refused``, say what is wrong with a code."""
        link = found.link
        values = {
            "request": shown(link.request),
            "until": _day(link, link.token.expires_at - timedelta(microseconds=1)),
            "asks_code": found.code.usable or refused is not None,
            "may_ask": found.code.n < self._settings.codes_per_link,
            "minutes": self._settings.code_minutes,
            "refused": refused.value if refused else None,
        }
        language = language_of(request, link.request.language)
        # Whoever visits the page of the request sends a form that must be known as our own.
        headers = {} if "token" in request.path_params else REFERRER_POLICY
        page = Page("package.html", language, values, 422 if refused else 200, headers)
        return self._pages.render(request, page)

    def ended(self, request: Request, why: Standing, link: Link | None) -> Response:
        """Show that there is nothing to fetch, and what to do next."""
        language = language_of(request, link.request.language if link else None)
        used = link.pressed if link else None
        values = {
            "why": why.value,
            "request_id": link.request.request_id if link else None,
            "fetched_on": _day(link, used.received_at) if link and used else None,
        }
        page = Page("package_ended.html", language, values, _STATUS.get(why, 200))
        return self._pages.render(request, page)


def _day(link: Link, at: datetime) -> date:
    return local_date(at, policies.in_force_at(link.request.received_at))
