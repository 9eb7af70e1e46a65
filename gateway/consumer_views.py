"""What a consumer sees behind a letter's link. Nothing personal, the same for known and unknown."""

from starlette.requests import Request
from starlette.responses import Response

from domain import policies
from domain.clocks import local_date
from domain.decisions.inbox import ADDRESS_CONFIRMED
from domain.links import LinkPurpose
from gateway.consumer_links import Standing, asked_by
from gateway.links import Link
from gateway.pages import Page, Pages, language_of
from gateway.points import INPUTS, Faults
from gateway.receiving import promised_dates
from records.requests import RegisteredRequest

_STATUS = {Standing.UNKNOWN: 404, Standing.EXPIRED: 410, Standing.CLOSED: 410}


class ConsumerViews:
    """Renders the pages of one letter's link."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def form(self, request: Request, link: Link, faults: Faults) -> Response:
        """Show what the link is for, its button and its fields; with ``faults``, what to mend."""
        values = {
            "request": _shown(link.request),
            "fields": [INPUTS[kind] for kind in asked_by(link)],
            "faults": faults,
            "only_not_me": link.token.purpose == LinkPurpose.DISOWN,
            "may_disown": not link.came(ADDRESS_CONFIRMED),
        }
        language = language_of(request, link.request.language)
        status = 422 if faults else 200
        return self._pages.render(request, Page("link.html", language, values, status))

    def done(self, request: Request, link: Link, what: Standing, *, earlier: bool) -> Response:
        """Show what was pressed, just now or ``earlier``."""
        values = {"request": _shown(link.request), "what": what.value, "earlier": earlier}
        language = language_of(request, link.request.language)
        return self._pages.render(request, Page("link_done.html", language, values))

    def ended(self, request: Request, why: Standing, link: Link | None) -> Response:
        """Show that a link is of no use, and what to do next."""
        language = language_of(request, link.request.language if link else None)
        request_id = link.request.request_id if link else None
        values = {"why": why.value, "request_id": request_id}
        page = Page("link_ended.html", language, values, _STATUS[why])
        return self._pages.render(request, page)


def _shown(request: RegisteredRequest) -> dict[str, object]:
    policy = policies.in_force_at(request.received_at)
    promised = promised_dates(request.request_types, request.residency, request.received_at)
    return {
        "id": request.request_id,
        "types": [each.value for each in request.request_types],
        "receipt_date": local_date(request.received_at, policy),
        "respond_by": local_date(request.respond_by or promised.response_deadline, policy),
    }
