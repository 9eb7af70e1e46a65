"""What else can be done on the page of one's own request: documents, a fee, how a copy comes."""

from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

from domain.decisions.inbox import FEE_ACCEPTED
from domain.documents import DELIVERY_CHOSEN, DOCUMENT_SENT, Delivery
from gateway.consumer_links import owes_fee_answer
from gateway.links import Link
from gateway.my_request_desk import VisitorsDesk, home
from gateway.my_request_facts import (
    estimate_of,
    may_choose_delivery,
    may_send_documents,
    purposes_of,
)
from gateway.my_request_views import MyRequestViews, acts_here
from gateway.points import Faults
from gateway.presses import Press
from gateway.uploads import FIELD, Document, SentForm

PURPOSE = "purpose"


class MoreDoor:
    """Takes documents, the answer to an estimate, and the choice of delivery."""

    def __init__(self, desk: VisitorsDesk, views: MyRequestViews) -> None:
        self._desk = desk
        self._views = views
        self._most = desk.parts.settings.documents_per_request

    async def documents(self, request: Request) -> Response:
        """Ask for a document, and say what came already."""
        link = await self._desk.looks(request)
        if link is None or not may_send_documents(link):
            return home(request)
        return self._views.documents(request, link, {}, {}, self._most)

    async def keep_document(self, request: Request) -> Response:
        """Keep a document in the vault as it came; nothing of ours opens it (AGT-01)."""
        sent, link = await self._desk.uploads(request)
        if sent is None or link is None or not may_send_documents(link):
            return home(request)
        faults = self._faults(sent, link)
        if faults or sent.document is None:
            return self._views.documents(request, link, faults, sent.fields, self._most)
        await self._desk.store(link, document_press(link, sent.fields[PURPOSE], sent.document))
        return home(request, "/my-request/documents")

    async def fee(self, request: Request) -> Response:
        """Show the estimate again (FEE-03)."""
        link = await self._desk.looks(request)
        if link is None or not _owes_answer(link):
            return home(request)
        return self._views.fee(request, link)

    async def accept_fee(self, request: Request) -> Response:
        """Take the answer to an estimate; doing nothing is the other answer (FEE-03)."""
        _, link = await self._desk.sends(request)
        if link is not None and _owes_answer(link):
            estimate = estimate_of(link)
            assert estimate is not None, "an answer is owed to an estimate"
            await self._desk.store(link, Press(FEE_ACCEPTED, {"letter": estimate.n}))
        return home(request)

    async def delivery(self, request: Request) -> Response:
        """Ask how a copy of the data is to come."""
        link = await self._desk.looks(request)
        if link is None or not _may_choose(link):
            return home(request)
        return self._views.delivery(request, link)

    async def choose_delivery(self, request: Request) -> Response:
        """Take the choice; the last one counts until the answer (NOT-07)."""
        typed, link = await self._desk.sends(request)
        way = typed.get("way", "")
        if link is not None and _may_choose(link) and way in {*Delivery}:
            before = sum(one.kind == DELIVERY_CHOSEN for one in link.own_messages)
            await self._desk.store(link, Press(DELIVERY_CHOSEN, {"way": way}, once=str(before)))
        return home(request)

    def _faults(self, sent: SentForm, link: Link) -> Faults:
        unknown = sent.fields.get(PURPOSE) not in {*purposes_of(link)}
        faults = ({PURPOSE: "choose_which"} if unknown else {}) | sent.faults
        if sent.document is None and FIELD not in faults:
            faults[FIELD] = "no_document"
        if sum(one.kind == DOCUMENT_SENT for one in link.own_messages) >= self._most:
            faults[FIELD] = "too_many_documents"
        return faults


def document_press(link: Link, purpose: str, document: Document) -> Press:
    """Return the message that a document is; its evidence is the document itself."""
    facts = {
        "letter": link.letters[-1].n if link.letters else 0,
        "media_type": document.media_type,
        "purpose": purpose,
        "size": len(document.content),
    }
    once = f"{purpose}:{sha256(document.content).hexdigest()[:32]}"
    return Press(DOCUMENT_SENT, facts, document.content, once)


def _owes_answer(link: Link) -> bool:
    open_still = not (link.request.answered_at or link.request.closed_at)
    return acts_here(link) and open_still and owes_fee_answer(link)


def _may_choose(link: Link) -> bool:
    return acts_here(link) and may_choose_delivery(link)
