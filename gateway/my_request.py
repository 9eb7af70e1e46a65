"""The page of one's own request, behind a letter's link that opens it once (OPT-04, REC-07)."""

from fastapi import APIRouter
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from domain.decisions.inbox import ADDRESS_CONFIRMED, WITHDRAWN
from domain.vocabulary import Requester
from gateway import my_request_links, presses
from gateway.consumer_links import asked_by, owes_confirmation, owes_declaration
from gateway.consumer_views import ConsumerViews
from gateway.declarations import read_signature, signed
from gateway.links import Link, connection_of
from gateway.my_request_desk import HOME, VisitorsDesk, home
from gateway.my_request_more import MoreDoor
from gateway.my_request_views import MyRequestViews, Suppressed, acts_here, is_agents, may_withdraw
from gateway.pages import Pages, language_of
from gateway.parts import GatewayParts
from gateway.points import read_points
from gateway.presses import Press
from gateway.visits import begin, end, open_once, visited
from records import identities
from records.submissions import submission_of
from records.suppression import suppressed_since
from records.vault import VaultError


class MyRequestDoor:
    """Lets the reader of a letter look at the request, and answer what it needs."""

    def __init__(self, parts: GatewayParts, pages: Pages) -> None:
        self._parts = parts
        self._views = MyRequestViews(pages)
        self._forms = ConsumerViews(pages)
        self._desk = VisitorsDesk(parts)
        self.more = MoreDoor(self._desk, self._views)

    async def knock(self, request: Request, link: Link) -> Response:
        """Show what a status link opens. Nothing is stored."""
        there = await visited(request, self._parts)
        if there and there.token.hash == link.token.hash:
            return home(request)
        if link.pressed or link.expired:
            return self._views.ended(request, link, "used" if link.pressed else "expired")
        return self._views.knock(request, link)

    async def enter(self, request: Request, link: Link, action: str) -> Response:
        """Open the page with a link that is still good, or have a new link sent."""
        if action == "new_link":
            await my_request_links.ask(self._parts, link.request.request_id, agent=is_agents(link))
            return self._views.told(request, "link_sent", link)
        if action != "open" or link.expired or link.pressed:
            return await self.knock(request, link)
        async with connection_of(self._parts) as connection:
            if not await open_once(connection, self._parts, link):
                return self._views.ended(request, link, "used")
        response = home(request)
        begin(response, self._parts, link)
        return response

    async def show(self, request: Request) -> Response:
        """Show the request of this visit; without one, ask for number and address."""
        link = await self._desk.looks(request)
        if link is None:
            return self._views.find(request, {}, {})
        return self._views.status(request, link, await self._suppressed(link))

    async def details(self, request: Request) -> Response:
        """Ask for what the request still needs from the reader."""
        link = await self._desk.looks(request)
        if link is None or not _is_asked(link):
            return home(request)
        return self._forms.form(request, link)

    async def answer(self, request: Request) -> Response:
        """Take what the reader confirms, adds or signs."""
        typed, link = await self._desk.sends(request)
        if link is None or not _is_asked(link):
            return home(request)
        points, faults = read_points(typed, asked_by(link))
        name, declaration = "", None
        if typed.get("action") == "sign" and owes_declaration(link):
            name, unsigned = read_signature(typed)
            faults |= unsigned
        elif asked_by(link) and not points:
            faults = faults or {"": "none"}
        if faults:
            return self._forms.form(request, link, faults, typed)
        if name:
            language = language_of(request, link.request.language)
            declaration = signed(link, language, name, self._parts.now())
        await self._desk.store(link, *presses.confirm(link, points, declaration))
        return home(request)

    async def confirm(self, request: Request) -> Response:
        """Take the confirmation of the address, or the second step of an opt-in."""
        _, link = await self._desk.sends(request)
        if link is not None and acts_here(link) and owes_confirmation(link):
            await self._desk.store(link, Press(ADDRESS_CONFIRMED, {"letter": link.answers}))
        return home(request)

    async def ask_withdrawal(self, request: Request) -> Response:
        """Say what taking the request back means."""
        link = await self._desk.looks(request)
        if link is None or not may_withdraw(link):
            return home(request)
        return self._views.withdraw(request, link)

    async def withdraw(self, request: Request) -> Response:
        """Take the request back (REC-07)."""
        _, link = await self._desk.sends(request)
        if link is None or not may_withdraw(link):
            return home(request)
        await self._desk.store(link, Press(WITHDRAWN, {"letter": link.answers}))
        return home(request)

    async def new_link(self, request: Request) -> Response:
        """Have a link sent to the address on record; the page is the same whoever asks (NOT-03)."""
        typed, _ = await self._desk.sends(request)
        number, address, faults = my_request_links.read_claim(typed)
        if faults:
            return self._views.find(request, faults, typed)
        response = self._views.told(request, "link_sent")
        response.background = BackgroundTask(
            my_request_links.ask_if_theirs, self._parts, number, address
        )
        return response

    async def leave(self, request: Request) -> Response:
        """End the visit."""
        await self._desk.sends(request)
        response = self._views.told(request, "left")
        end(response, self._parts)
        return response

    async def _suppressed(self, link: Link) -> Suppressed | None:
        """Return the reader's opt-outs; nobody else's are shown to whoever asks for another."""
        if link.request.requester is not Requester.CONSUMER:
            return None
        parts = self._parts
        async with connection_of(parts) as connection:
            try:
                came = await submission_of(connection, parts.vault, link.request.request_id)
            except VaultError:
                return None
            address = came.consumer.email
            if address is None:
                return None
            person = identities.email(address)
            return await suppressed_since(connection, parts.people, person)


def my_request_router(door: MyRequestDoor) -> APIRouter:
    """Build ``/my-request`` and what is below it."""
    router = APIRouter(include_in_schema=False)
    for path, show, send in (
        ("", door.show, door.confirm),
        ("/details", door.details, door.answer),
        ("/withdraw", door.ask_withdrawal, door.withdraw),
        ("/documents", door.more.documents, door.more.keep_document),
        ("/fee", door.more.fee, door.more.accept_fee),
        ("/delivery", door.more.delivery, door.more.choose_delivery),
    ):
        router.add_api_route(HOME + path, show, methods=["GET", "HEAD"])
        router.add_api_route(HOME + path, send, methods=["POST"])
    router.add_api_route(HOME + "/link", door.new_link, methods=["POST"])
    router.add_api_route(HOME + "/leave", door.leave, methods=["POST"])
    return router


def _is_asked(link: Link) -> bool:
    answered = link.request.answered_at or link.request.closed_at
    return acts_here(link) and not answered and bool(asked_by(link) or owes_declaration(link))
