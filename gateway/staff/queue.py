"""The queue: every open request by due date, for whoever of the staff is signed in."""

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from domain import policies
from domain.days import local_date
from domain.paths import PATHS
from domain.vocabulary import RequestType
from gateway.links import connection_of
from gateway.parts import GatewayParts
from gateway.staff.layout import StaffPages, workflow_url
from gateway.staff.principal import QUEUE, signed_in
from gateway.staff.words import VIEWS, action_in_words, in_words, remaining, stage_in_words
from records import work_queue
from records.work_queue import QueuedRequest, View

PAGE_SIZE = 50
MOST_PAGES = 200
MOST_LETTERS = 20


def queue_router(parts: GatewayParts, pages: StaffPages) -> APIRouter:
    """Build ``/staff/requests``."""
    router = APIRouter(include_in_schema=False)
    queue = _Queue(parts, pages)
    router.add_api_route("/staff", _to_queue, methods=["GET"])
    router.add_api_route(QUEUE, queue.show, methods=["GET"])
    return router


async def _to_queue(request: Request) -> Response:
    return RedirectResponse(QUEUE, status_code=307)


class _Asked:
    """What the reader asked for; whatever is not understood is as if it were not there."""

    def __init__(self, query: Mapping[str, str]) -> None:
        show, kind, page = query.get("show", ""), query.get("type", ""), query.get("page", "")
        self.view = View(show) if show in {*View} else View.OPEN
        self.type = RequestType(kind) if kind in PATHS else None
        self.text = query.get("id", "").strip()[:MOST_LETTERS]
        self.page = int(page) if page.isdecimal() and 0 < int(page) <= MOST_PAGES else 1

    def link(self, *, view: View | None = None, page: int = 1) -> str:
        """Return the address of another view or page of what was asked for."""
        shown = {
            "show": view or self.view,
            "type": self.type or "",
            "page": page if page > 1 else "",
        }
        searched = {} if view else {"id": self.text}
        return f"{QUEUE}?{urlencode({k: v for k, v in (shown | searched).items() if v})}"


class _Queue:
    def __init__(self, parts: GatewayParts, pages: StaffPages) -> None:
        self._parts = parts
        self._pages = pages

    async def show(self, request: Request) -> Response:
        """Show a page of the queue. It holds no personal data."""
        member = await signed_in(request, self._parts)
        asked, now = _Asked(request.query_params), self._parts.now()
        page = {"offset": (asked.page - 1) * PAGE_SIZE, "limit": PAGE_SIZE + 1}
        async with connection_of(self._parts) as conn:
            counts = await work_queue.counts(conn, now, asked.type)
            if asked.text:
                found = await work_queue.with_id_like(conn, asked.text, now, asked.type, **page)
            else:
                found = await work_queue.of_view(conn, asked.view, now, asked.type, **page)
        values = {
            "asked": asked,
            "views": [
                (view, name, counts[view], asked.link(view=view)) for view, name in VIEWS.items()
            ],
            "types": [(kind.value, in_words(kind)) for kind in PATHS],
            "rows": [self._row(each) for each in found[:PAGE_SIZE]],
            "earlier": asked.link(page=asked.page - 1) if asked.page > 1 else "",
            "later": asked.link(page=asked.page + 1) if len(found) > PAGE_SIZE else "",
        }
        return self._pages.render(request, "staff/queue.html", member, values)

    def _row(self, one: QueuedRequest) -> dict[str, object]:
        policy = policies.nearest_to(one.received_at.date())
        return {
            "id": one.request_id,
            "type": in_words(one.request_type),
            "remaining": remaining(one, policy),
            "due": local_date(one.respond_by, policy) if one.respond_by else None,
            "received": local_date(one.received_at, policy),
            "stage": stage_in_words(one.stage),
            "action": action_in_words(one.needs_action),
            "workflow": workflow_url(self._parts.settings, one.request_id),
        }
