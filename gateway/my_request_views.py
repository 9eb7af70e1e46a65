"""What people see of their own request: where it stands, its dates, what is needed from them."""

from collections.abc import Mapping
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from domain import policies
from domain.clocks import local_date
from domain.decisions.inbox import DISOWNED, WITHDRAWN
from domain.documents import Delivery
from domain.notice_words import Need, Reader
from domain.package import DOWNLOADED
from domain.state import Stage
from domain.vocabulary import NoticeKind, Requester
from gateway.consumer_links import (
    asked_by,
    owes_confirmation,
    owes_declaration,
    owes_fee_answer,
)
from gateway.consumer_views import shown
from gateway.links import Link
from gateway.my_request_facts import (
    delivery_of,
    documents_of,
    estimate_of,
    fee_in_words,
    is_open,
    may_choose_delivery,
    may_send_documents,
    owes_authority,
    purposes_of,
)
from gateway.pages import Page, Pages, language_of
from gateway.points import Faults
from gateway.receiving import promised_dates
from gateway.same_origin import REFERRER_POLICY
from records.requests import RegisteredRequest
from records.suppression import Scope

_AGENTS = frozenset({Requester.AGENT_SIGNED, Requester.AGENT_POA})
_UNDECIDED = frozenset({"received", "verifying", "deciding"})
_STAGE_WORDS: Mapping[str, str] = {
    Stage.RECEIVED: "received",
    Stage.VERIFYING: "verifying",
    Stage.DECIDING: "deciding",
    Stage.DIRECTING: "directing",
    Stage.ANSWERING: "answering",
    Stage.WAITING_FOR_PROVIDERS: "answered",
    Stage.KEEPING_PACKAGE: "answered",
    Stage.CLOSED: "closed",
}
_SHOWN_SCOPES = (Scope.SALE_SHARING, Scope.SENSITIVE_DATA, Scope.MARKETING)
Suppressed = Mapping[Scope, datetime]


def acts_here(link: Link) -> bool:
    """Tell whether the reader is who must confirm and sign; an agent is not (VER-14, AGT-02).

    The consumer whom an agent asks for has letters, and so a link, of their own (AGT-07).
    """
    if link.request.requester not in _AGENTS:
        return True
    letter = link.own_letter
    return letter is not None and letter.facts.get("reader") == Reader.CONSUMER


def is_agents(link: Link) -> bool:
    """Tell whether the link came in an agent's own letter."""
    return link.request.requester in _AGENTS and not acts_here(link)


def may_withdraw(link: Link) -> bool:
    """Tell whether nothing is decided yet, so that the request can be taken back."""
    undecided = (link.request.stage or "received") in _UNDECIDED and not link.request.answered_at
    return undecided and not link.came(WITHDRAWN) and not link.came(DISOWNED)


class MyRequestViews:
    """Renders the pages of one's own request."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def knock(self, request: Request, link: Link) -> Response:
        """Ask to open the page; mail scanners open links, and this one opens once."""
        return self._render(request, "my_request_open.html", {"request": shown(link.request)}, link)

    def ended(self, request: Request, link: Link, why: str) -> Response:
        """Say that a link is used up or over, and offer a new one."""
        values = {"request": shown(link.request), "why": why}
        return self._render(request, "my_request_ended.html", values, link, 410)

    def find(self, request: Request, faults: Faults, typed: Mapping[str, str]) -> Response:
        """Ask for number and address, to have a link sent there."""
        values = {"faults": faults, "typed": typed}
        status = 422 if faults else 200
        return self._render(request, "my_request_find.html", values, None, status)

    def told(self, request: Request, what: str, link: Link | None = None) -> Response:
        """Say what was done: a link asked for, the request withdrawn, the visit ended."""
        number = link.request.request_id if link else None
        return self._render(request, "my_request_told.html", {"what": what, "number": number}, link)

    def withdraw(self, request: Request, link: Link) -> Response:
        """Ask whether the request is really to be taken back."""
        values = {"request": shown(link.request)}
        return self._render(request, "my_request_withdraw.html", values, link)

    def status(self, request: Request, link: Link, suppressed: Suppressed | None) -> Response:
        """Show everything; nothing in it is personal, opt-outs of the reader aside (OPT-04)."""
        values = {
            "request": shown(link.request),
            "stage": _stage(link.request),
            "stopped": _stopped(link),
            "dates": _dates(link.request),
            "needs": _needs(link) if is_open(link) else [],
            "acts": acts_here(link),
            "may_withdraw": may_withdraw(link),
            "opt_outs": _opt_outs(link, suppressed),
            "documents": documents_of(link),
            "may_send": may_send_documents(link),
            "delivery": delivery_of(link).value if _chooses(link) else None,
            "package": acts_here(link) and _has_package(link),
        }
        return self._render(request, "my_request.html", values, link)

    def documents(
        self, request: Request, link: Link, faults: Faults, typed: Mapping[str, str], most: int
    ) -> Response:
        """Ask for a document, and say what came; nothing of a document is ever shown."""
        sent = documents_of(link)
        values = {
            "request": shown(link.request),
            "sent": sent,
            "purposes": [purpose.value for purpose in purposes_of(link)],
            "may_send": len(sent) < most,
            "faults": faults,
            "typed": typed,
        }
        status = 422 if faults else 200
        return self._render(request, "my_request_documents.html", values, link, status)

    def fee(self, request: Request, link: Link) -> Response:
        """Show the estimate that waits for an answer (FEE-03)."""
        language = language_of(request, link.request.language)
        estimate = estimate_of(link)
        assert estimate is not None, "an answer is owed to an estimate"
        values = {"request": shown(link.request), **fee_in_words(estimate, language)}
        return self._render(request, "fee.html", values, link)

    def delivery(self, request: Request, link: Link) -> Response:
        """Ask how a copy of the data is to come."""
        values = {
            "request": shown(link.request),
            "ways": [way.value for way in Delivery],
            "chosen": delivery_of(link).value,
        }
        return self._render(request, "my_request_delivery.html", values, link)

    def _render(
        self,
        request: Request,
        template: str,
        values: Mapping[str, object],
        link: Link | None,
        status: int = 200,
    ) -> Response:
        language = language_of(request, link.request.language if link else None)
        page = Page(template, language, values, status, REFERRER_POLICY)
        return self._pages.render(request, page)


def _chooses(link: Link) -> bool:
    return acts_here(link) and may_choose_delivery(link)


def _has_package(link: Link) -> bool:
    """Tell whether a letter brought a package that was not fetched yet (KNO-07)."""
    reports = [one for one in link.letters if one.notice is NoticeKind.ACCESS_REPORT]
    brought = any(one.facts.get("specific_pieces") for one in reports)
    return brought and not link.came(DOWNLOADED)


def _stage(row: RegisteredRequest) -> str:
    """Return the catalogue's word for where the request stands."""
    if row.closed_at or row.answered_at:
        return "closed" if row.closed_at else "answered"
    return _STAGE_WORDS.get(row.stage or "received", "fulfilling")


def _stopped(link: Link) -> str:
    if link.came(WITHDRAWN):
        return "withdrawn"
    return "not_me" if link.came(DISOWNED) else ""


def _dates(row: RegisteredRequest) -> dict[str, object]:
    policy = policies.in_force_at(row.received_at)
    promised = promised_dates(row.request_types, row.residency, row.received_at)
    due = local_date(row.respond_by or promised.response_deadline, policy)
    return {
        "answer_by": due,
        "extended": due > promised.response_due,
        "answered_on": local_date(row.answered_at, policy) if row.answered_at else None,
        "closed_on": local_date(row.closed_at, policy) if row.closed_at else None,
    }


def _needs(link: Link) -> list[str]:
    """Name what the reader can do now; the same whatever matched (NOT-03)."""
    wanted = {
        "second_step": owes_confirmation(link) and link.asks(Need.SECOND_STEP),
        "confirm": owes_confirmation(link) and not link.asks(Need.SECOND_STEP),
        "points": bool(asked_by(link)),
        "declaration": owes_declaration(link),
        "fee": acts_here(link) and owes_fee_answer(link),
        "authority": owes_authority(link) and not _waits_for_agent(link),
    }
    return [name for name, holds in wanted.items() if holds]


def _waits_for_agent(link: Link) -> bool:
    """Tell whether the proof is the agent's to send, and the consumer reads (AGT-01)."""
    return link.request.requester in _AGENTS and acts_here(link)


def _opt_outs(link: Link, suppressed: Suppressed | None) -> list[dict[str, object]]:
    if suppressed is None:
        return []
    policy = policies.in_force_at(link.request.received_at)
    days = {scope: local_date(since, policy) for scope, since in suppressed.items()}
    return [{"scope": scope.value, "since": days.get(scope)} for scope in _SHOWN_SCOPES]
