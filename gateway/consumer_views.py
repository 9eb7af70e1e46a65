"""What a consumer sees behind a letter's link. Nothing personal, the same for known and unknown."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from domain import policies
from domain.clocks import local_date
from domain.decisions.inbox import ADDRESS_CONFIRMED
from domain.links import LinkPurpose
from domain.notice_words import Need
from domain.vocabulary import Language
from gateway.consumer_links import Standing, asked_by, owes_declaration, owes_points
from gateway.declarations import statement
from gateway.links import Link
from gateway.my_request_facts import fee_in_words
from gateway.pages import Page, Pages, language_of
from gateway.points import INPUTS, Faults
from gateway.receiving import promised_dates
from gateway.same_origin import REFERRER_POLICY
from records.requests import RegisteredRequest

_BEFORE_SIGNING = frozenset({Standing.CONFIRMED, Standing.POINTS})
_BEFORE_POINTS = frozenset({Standing.CONFIRMED, Standing.SIGNED})
_STATUS = {Standing.UNKNOWN: 404, Standing.EXPIRED: 410, Standing.CLOSED: 410}


class ConsumerViews:
    """Renders the pages of one letter's link."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def form(
        self,
        request: Request,
        link: Link,
        faults: Faults | None = None,
        typed: Mapping[str, str] | None = None,
    ) -> Response:
        """Show what the link is for, its buttons and its fields.

        With ``faults``, what to mend in what was ``typed``; that is shown to nobody else.
        """
        language = language_of(request, link.request.language)
        if link.token.purpose == LinkPurpose.ACCEPT_FEE:
            return self._pages.render(request, Page("fee.html", language, _fee(link, language)))
        on_visit = link.token.purpose == LinkPurpose.STATUS
        fields = [INPUTS[kind] for kind in asked_by(link)]
        done = link.pressed or link.came(ADDRESS_CONFIRMED)
        values = {
            "request": shown(link.request),
            "fields": fields,
            "faults": faults or {},
            "typed": typed or {},
            "only_not_me": link.token.purpose == LinkPurpose.DISOWN,
            "may_disown": not link.came(ADDRESS_CONFIRMED) and not on_visit,
            "may_confirm": bool(fields) or not done,
            "second_step": link.asks(Need.SECOND_STEP),
            "twice": link.asks(Need.CONFIRM_DELETION) and not done,
            "declaration": self._declaration(link, language),
        }
        status = 422 if faults else 200
        headers = REFERRER_POLICY if on_visit else {}
        return self._pages.render(request, Page("link.html", language, values, status, headers))

    def _declaration(self, link: Link, language: Language) -> dict[str, object] | None:
        if not owes_declaration(link):
            return None
        blank = self._pages.words(language)["declaration"]["blank"]
        return {"statement": statement(link, language, blank), "date": link.today}

    def done(self, request: Request, link: Link, what: Standing, *, earlier: bool) -> Response:
        """Show what was pressed, just now or ``earlier``, and what is still to be signed."""
        if what is Standing.CONFIRMED and link.asks(Need.SECOND_STEP):
            what = Standing.CHOSEN
        values = {
            "request": shown(link.request),
            "what": what.value,
            "earlier": earlier,
            "unsigned": what in _BEFORE_SIGNING and owes_declaration(link),
            "lacks": what in _BEFORE_POINTS and owes_points(link),
        }
        language = language_of(request, link.request.language)
        return self._pages.render(request, Page("link_done.html", language, values))

    def ended(self, request: Request, why: Standing, link: Link | None) -> Response:
        """Show that a link is of no use, and what to do next."""
        language = language_of(request, link.request.language if link else None)
        request_id = link.request.request_id if link else None
        values = {"why": why.value, "request_id": request_id}
        page = Page("link_ended.html", language, values, _STATUS[why])
        return self._pages.render(request, page)


def shown(request: RegisteredRequest) -> dict[str, object]:
    """Return what a page may say of a request: nothing personal (NOT-03)."""
    policy = policies.in_force_at(request.received_at)
    promised = promised_dates(request.request_types, request.residency, request.received_at)
    return {
        "id": request.request_id,
        "types": [each.value for each in request.request_types],
        "receipt_date": local_date(request.received_at, policy),
        "respond_by": local_date(request.respond_by or promised.response_deadline, policy),
    }


def _fee(link: Link, language: Language) -> dict[str, object]:
    """Return the estimate as its letter states it (FEE-03)."""
    assert link.letter is not None, "a link stands in its letter"
    return {"request": shown(link.request), **fee_in_words(link.letter, language)}
