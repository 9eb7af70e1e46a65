"""Where an agent sends the consumer for what only the consumer can do (section 3.02.1).

Whoever knows the address of this page may be the agent, so the page proves nothing and tells
nothing personal: the proof is the link in our letter, which it can have sent again.
"""

from typing import NamedTuple
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from agents.directory import Agent
from agents.statuses import VERIFY, consumer_steps
from domain import policies
from domain.state import RequestState
from gateway import my_request_links
from gateway.access import address_of
from gateway.bodies import parse_form, read_form
from gateway.consumer_views import shown
from gateway.limits import RateLimit
from gateway.links import connection_of
from gateway.pages import Page, Pages, language_of
from gateway.parts import GatewayParts
from gateway.same_origin import REFERRER_POLICY, require_own_form
from records import agent_requests, requests
from records.requests import RegisteredRequest


class Visit(NamedTuple):
    """A request as the consumer comes to it, and where the agent wants them back."""

    request: RegisteredRequest
    state: RequestState
    agent: Agent | None
    back: str

    @property
    def steps(self) -> tuple[str, ...]:
        """What is left for the consumer to do."""
        policy = policies.in_force_at(self.request.received_at)
        return consumer_steps(self.state, policy)

    @property
    def verified(self) -> bool:
        """Whether the consumer has done their part with success."""
        return self.state.address_confirmed and not self.steps and not self.state.disowned


def verification_router(parts: GatewayParts, pages: Pages) -> APIRouter:
    """Build ``/verify/{drp_id}``."""
    router = APIRouter(include_in_schema=False)
    door = _Door(parts, pages)
    router.add_api_route(f"{VERIFY}/{{drp_id}}", door.show, methods=["GET", "HEAD"])
    router.add_api_route(f"{VERIFY}/{{drp_id}}", door.send, methods=["POST"])
    return router


class _Door:
    def __init__(self, parts: GatewayParts, pages: Pages) -> None:
        self._parts = parts
        self._pages = pages
        self._visits = RateLimit(parts.settings.visits_per_minute, parts.now)

    async def show(self, request: Request, drp_id: str) -> Response:
        """Say what is left to do, or lead back to the agent once it is done."""
        self._visits.spend(address_of(request))
        visit = await self._visit(request, drp_id)
        if visit is None:
            return self._unknown(request)
        if visit.verified and visit.back:
            return RedirectResponse(visit.back, status_code=303)
        return self._page(request, visit, sent=False)

    async def send(self, request: Request, drp_id: str) -> Response:
        """Have our letter sent again; once in an hour, and twice in all to an unproved address."""
        self._visits.spend(address_of(request))
        require_own_form(request, self._parts.settings)
        parse_form(await read_form(request, self._parts.settings))
        visit = await self._visit(request, drp_id)
        if visit is None:
            return self._unknown(request)
        if visit.steps:
            await my_request_links.ask(self._parts, visit.request.request_id)
        return self._page(request, visit, sent=bool(visit.steps))

    async def _visit(self, request: Request, drp_id: str) -> Visit | None:
        """Return the request of the page, if ``request_id`` names no other one.

        One that is frozen after a misdelivery has no page, as its links have none.
        """
        try:
            known = UUID(drp_id)
            same = UUID(request.query_params.get("request_id", drp_id)) == known
        except ValueError:
            return None
        async with connection_of(self._parts) as connection:
            row = await agent_requests.find(connection, known) if same else None
            if row is None:
                return None
            gathered = await agent_requests.gather(connection, self._parts.vault, row)
            registered = await requests.find(connection, row.request_id)
        assert registered is not None, "it was gathered"
        if registered.frozen_at is not None:
            return None
        agent = self._parts.agents().get(row.agent_id)
        back = request.query_params.get("redirect_to", "")
        allowed = agent is not None and agent.owns(back)
        return Visit(registered, gathered.state, agent, back if allowed else "")

    def _page(self, request: Request, visit: Visit, *, sent: bool) -> Response:
        language = language_of(request, visit.request.language)
        values = {
            "request": shown(visit.request),
            "agent": visit.agent.name if visit.agent else "",
            "steps": visit.steps,
            "sent": sent,
            "verified": visit.verified,
            "back": visit.back,
            "query": request.url.query,
        }
        page = Page("agent_verify.html", language, values, 200, REFERRER_POLICY)
        return self._pages.render(request, page)

    def _unknown(self, request: Request) -> Response:
        values = {"why": "unknown", "request_id": None}
        page = Page("link_ended.html", language_of(request), values, 404)
        return self._pages.render(request, page)
