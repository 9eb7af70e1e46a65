"""The pages on which staff look a package through, and decide item by item (KNO-08, RED-08)."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlencode

import asyncpg
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from domain.actions import ACTIONS
from domain.decisions.review import GROUNDS
from domain.package import ReviewAction
from domain.vocabulary import Role
from gateway.case import reviewing, words
from gateway.case.dossier import Case, open_case
from gateway.case.forms import CaseForms
from gateway.case.pages import PAGE, WORKERS, media_type_saved
from gateway.case.reviewing import Review, open_review
from gateway.case.sending import Fate, Sent, once, send
from gateway.links import connection_of
from gateway.parts import GatewayParts
from gateway.problems import NOT_FOUND, Problem
from gateway.staff.forms import read_staff_form
from gateway.staff.layout import StaffPages
from gateway.staff.principal import QUEUE, StaffMember, needs, signed_in
from gateway.staff.reads import record_view
from packages import ReviewRefused, file_text
from packages.gathering import file_of, original_of

REVIEW = f"{PAGE}/review"
MOST_PAGES = 100_000


def review_router(parts: GatewayParts, pages: StaffPages) -> APIRouter:
    """Build ``/staff/requests/{request_id}/review`` and what hangs below it."""
    router = APIRouter(include_in_schema=False)
    door = _Door(parts, pages)
    router.add_api_route(REVIEW, door.overview, methods=["GET"])
    router.add_api_route(f"{REVIEW}/files/{{number}}", door.file, methods=["GET"])
    router.add_api_route(f"{REVIEW}/files/{{number}}/original", door.original, methods=["GET"])
    router.add_api_route(f"{REVIEW}/{{place}}", door.entries, methods=["GET"])
    router.add_api_route(f"{REVIEW}/{{place}}", door.decide, methods=["POST"])
    return router


class _Door:
    def __init__(self, parts: GatewayParts, pages: StaffPages) -> None:
        self._parts = parts
        self._pages = pages

    async def overview(self, request: Request, request_id: str) -> Response:
        """Show the package: its collections, what is to be looked at, what was decided."""
        member = await signed_in(request, self._parts)
        async with connection_of(self._parts) as connection:
            case, review = await self._open(connection, request_id)
            await record_view(connection, self._parts, member, case.id, "the package's outline")
        wanted = {"rebuild_report", "release_report"}
        forms = CaseForms(case.state, case.policy, case.now, member.roles).likely()
        values = {
            **self._common(case, review, member),
            "collections": review.collections(),
            "forms": [form for form in forms if form.action in wanted],
            "decisions": case.state.review,
        }
        return self._pages.render(request, "case/review.html", member, values)

    async def entries(self, request: Request, request_id: str, place: str) -> Response:
        """Show a page of a collection's entries."""
        member = await signed_in(request, self._parts)
        return await self._shown(request, request_id, place, member)

    async def decide(self, request: Request, request_id: str, place: str) -> Response:
        """Take a decision on an item, and show the same entries again."""
        member = await needs(request, self._parts, *WORKERS)
        typed = await read_staff_form(request, self._parts.settings)
        async with connection_of(self._parts) as connection:
            case, review = await self._open(connection, request_id)
            wish = await self._wish(review, typed, counsel=member.may(Role.COUNSEL))
        action = ACTIONS["review_items"]
        decided = {"decided_by": member.id, "decisions": [wish]}
        key = typed.get("once", "") or once()
        sent = await send(self._parts, case, member, action, decided, key=key)
        if sent.fate is Fate.REFUSED:
            return await self._shown(request, request_id, place, member, sent)
        query = urlencode(list(request.query_params.multi_items()))
        anchor = typed.get("entry", "")
        there = f"{QUEUE}/{request_id}/review/{place}?{query}#{anchor}"
        return RedirectResponse(there, status_code=303)

    async def file(self, request: Request, request_id: str, number: int) -> Response:
        """Show the text of a file, as it was gathered."""
        member = await signed_in(request, self._parts)
        async with connection_of(self._parts) as connection:
            case, review = await self._open(connection, request_id)
            file = await self._file(review, number, member)
            await record_view(connection, self._parts, member, case.id, f"file {number}")
            text = await file_text(review.gathering, number)
        values = {
            **self._common(case, review, member),
            "file": file,
            "text": text,
            "marked": reviewing.highlighted(text, file.others),
        }
        return self._pages.render(request, "case/file.html", member, values)

    async def original(self, request: Request, request_id: str, number: int) -> Response:
        """Hand out a file as it is held, to be saved and looked at elsewhere (RED-12)."""
        member = await signed_in(request, self._parts)
        async with connection_of(self._parts) as connection:
            case, review = await self._open(connection, request_id)
            file = await self._file(review, number, member)
            await record_view(connection, self._parts, member, case.id, f"file {number} as it is")
        if file.original_size is None:
            raise Problem(NOT_FOUND, "Of this file only the text is kept: it may never go out.")
        kind, headers = media_type_saved(file.media_type, f"{case.id}-{number}")
        return StreamingResponse(self._pieces(case, number), media_type=kind, headers=headers)

    async def _pieces(self, case: Case, number: int) -> AsyncIterator[bytes]:
        async with self._parts.pool.acquire() as connection:
            review = await open_review(connection, self._parts, case.state)
            assert review is not None, "it was there a moment ago"
            file = await file_of(review.gathering, number)
            async for piece in original_of(review.gathering, file):
                yield piece

    async def _file(self, review: Review, number: int, member: StaffMember) -> Any:
        if not 0 < number <= len(review.gathering.outline.files):
            raise Problem(NOT_FOUND, "The package has no such file.")
        file = await file_of(review.gathering, number)
        if reviewing.is_health(file.held_row) and not member.may(Role.COUNSEL):
            raise Problem(NOT_FOUND, "This file speaks of health: counsel alone looks at it.")
        return file

    async def _shown(
        self,
        request: Request,
        request_id: str,
        place: str,
        member: StaffMember,
        refused: Sent | None = None,
    ) -> Response:
        async with connection_of(self._parts) as connection:
            case, review = await self._open(connection, request_id)
            section = review.section(place)
            if section is None:
                raise Problem(NOT_FOUND, "The package has no such collection.")
            only = request.query_params.get("show") == "attention"
            numbers = review.rows_to_look_at(place) if only else range(1, section.rows + 1)
            page = _page(request.query_params)
            shown = numbers[(page - 1) * reviewing.PAGE_SIZE : page * reviewing.PAGE_SIZE]
            what = f"entries of {place}, page {page}"
            await record_view(connection, self._parts, member, case.id, what)
            entries, fault = await _entries(review, place, shown, member)
        values = {
            **self._common(case, review, member),
            "section": section,
            "label": reviewing.label_of(section),
            "entries": entries,
            "fault": fault,
            "refused": refused,
            "only": only,
            "attention": len(review.rows_to_look_at(place)),
            "page": page,
            "pages": max(1, -(-len(numbers) // reviewing.PAGE_SIZE)),
            "query": request.url.query,
        }
        status = 422 if refused else 200
        return self._pages.render(request, "case/entries.html", member, values, status)

    async def _open(self, connection: asyncpg.Connection, request_id: str) -> tuple[Case, Review]:
        case = await open_case(connection, self._parts, request_id)
        review = await open_review(connection, self._parts, case.state)
        if review is None:
            raise Problem(NOT_FOUND, "This request has no package, or it was purged.")
        return case, review

    async def _wish(
        self, review: Review, typed: Mapping[str, str], *, counsel: bool
    ) -> dict[str, Any]:
        """Return the decision that a form stands for; words to take out become their places."""
        item, action = typed.get("item", ""), typed.get("action", "")
        wish: dict[str, Any] = {"item": item, "action": action}
        if action in {ReviewAction.WITHHOLD, ReviewAction.REDACT}:
            wish["reason"] = typed.get("reason", "")
        if action == ReviewAction.REDACT:
            text = await review.text_of(item, counsel=counsel)
            wish["spans"] = reviewing.spans_of(text, typed.get("words", ""))
        return wish

    def _common(self, case: Case, review: Review, member: StaffMember) -> dict[str, Any]:
        open_for_review = case.state.awaits_release and not case.state.rebuilding
        return {
            "case": case,
            "facts": review.facts,
            "once": once,
            "review": review,
            "may_decide": open_for_review and member.may(*WORKERS),
            "grounds": [(reason, words.REASONS[reason]) for reason in GROUNDS],
            "reasons": words.REASONS,
            "said": reviewing.ACTIONS,
            "counsel": member.may(Role.COUNSEL),
        }


async def _entries(
    review: Review, place: str, numbers: Any, member: StaffMember
) -> tuple[list[reviewing.Entry], str]:
    """Return entries, or why they cannot be shown: a decision that cannot be carried out."""
    try:
        return await review.entries(place, numbers, counsel=member.may(Role.COUNSEL)), ""
    except ReviewRefused as refused:
        return [], str(refused)


def _page(query: Mapping[str, str]) -> int:
    asked = query.get("page", "")
    return int(asked) if asked.isdecimal() and 0 < int(asked) <= MOST_PAGES else 1
