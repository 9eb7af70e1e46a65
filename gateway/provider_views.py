"""What a provider sees behind the link in our letter. It names the direction, never the person."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from domain.vocabulary import ProviderStanding
from gateway.consumer_links import Standing
from gateway.links import Link
from gateway.pages import Page, Pages, language_of
from providers.protocol import ReasonCode


class ProviderViews:
    """Renders the pages of one direction's link."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def form(
        self, request: Request, link: Link, name: str, *, received: bool, incomplete: bool
    ) -> Response:
        """Show the buttons; ``incomplete`` asks for what a report lacked."""
        values = {
            "direction": {"id": link.token.stream, "provider": name},
            "received": received,
            "incomplete": incomplete,
            "reasons": [reason.value for reason in ReasonCode],
        }
        return self._render(request, "provider.html", values, 422 if incomplete else 200)

    def done(
        self, request: Request, link: Link, standing: ProviderStanding, *, earlier: bool
    ) -> Response:
        """Show what was reported, just now or ``earlier``."""
        values = {
            "direction": {"id": link.token.stream},
            "standing": standing.value,
            "earlier": earlier,
        }
        return self._render(request, "provider_done.html", values)

    def ended(self, request: Request, why: Standing, link: Link | None) -> Response:
        """Show that a link is of no use, and what to do next."""
        values = {"why": why.value, "direction_id": link.token.stream if link else None}
        status = 404 if why is Standing.UNKNOWN else 410
        return self._render(request, "provider_ended.html", values, status)

    def _render(
        self, request: Request, template: str, values: Mapping[str, object], status: int = 200
    ) -> Response:
        page = Page(template, language_of(request), values, status)
        return self._pages.render(request, page)
