"""The case page's door: what staff see of one request, what they send, what they take home."""

import asyncio
from typing import Any

import structlog
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from domain.action_table import Action
from domain.actions import ACTIONS
from domain.direction_actions import DIRECTION_ACTIONS
from domain.vocabulary import Role
from gateway.case import views, words
from gateway.case.dossier import Case, open_case
from gateway.case.forms import PERSONAL, in_words, not_theirs, read_input
from gateway.case.papers import KINDS, file_of
from gateway.case.personal import Personal
from gateway.case.sending import Fate, Sent, once, send
from gateway.links import connection_of
from gateway.parts import GatewayParts
from gateway.problems import NOT_FOUND, ROLE_NEEDED, UNAVAILABLE, Problem
from gateway.staff.forms import read_staff_form
from gateway.staff.layout import StaffPages, workflow_url
from gateway.staff.principal import QUEUE, StaffMember, needs, signed_in
from gateway.staff.reads import record_view

PAGE = f"{QUEUE}/{{request_id}}"
EVIDENCE_SECONDS = 60.0
"""How long a person waits for a worker to write the evidence."""

WORKERS = (Role.HANDLER, Role.APPROVER, Role.COUNSEL)
"""Who may send anything; auditors only read."""


log = structlog.get_logger("gateway.case")


def case_router(parts: GatewayParts, pages: StaffPages) -> APIRouter:
    """Build ``/staff/requests/{request_id}`` and what hangs below it."""
    router = APIRouter(include_in_schema=False)
    door = _Door(parts, pages)
    router.add_api_route(PAGE, door.show, methods=["GET"])
    router.add_api_route(PAGE, door.act, methods=["POST"])
    router.add_api_route(f"{PAGE}/papers/{{row}}", door.take_home, methods=["GET"])
    router.add_api_route(f"{PAGE}/evidence", door.evidence, methods=["POST"])
    router.add_api_route(f"{PAGE}/letters/{{stream}}/{{n}}", door.letter, methods=["GET"])
    return router


class _Door:
    def __init__(self, parts: GatewayParts, pages: StaffPages) -> None:
        self._parts = parts
        self._pages = pages

    async def show(self, request: Request, request_id: str) -> Response:
        """Show everything about a request; that somebody looked is on record first."""
        member = await signed_in(request, self._parts)
        return await self._shown(request, request_id, member, request.query_params.get("told", ""))

    async def act(self, request: Request, request_id: str) -> Response:
        """Take a form, and send what it says in the name of whoever is signed in."""
        member = await needs(request, self._parts, *WORKERS)
        typed = await read_staff_form(request, self._parts.settings)
        provider = typed.get("provider", "")
        table = DIRECTION_ACTIONS if provider else ACTIONS
        action = table.get(typed.get("action", ""))
        async with connection_of(self._parts) as connection:
            case = await open_case(connection, self._parts, request_id)
        if action is None or (provider and provider not in case.directions):
            raise Problem(NOT_FOUND, "There is no such action. Open the request's page again.")
        return await self._sent(request, case, member, action, typed)

    async def _sent(
        self,
        request: Request,
        case: Case,
        member: StaffMember,
        action: Action,
        typed: dict[str, str],
    ) -> Response:
        if whose := not_theirs(action, member.roles):
            raise Problem(ROLE_NEEDED, f"{in_words(action.name)}: {whose}")
        sent = await send(
            self._parts,
            case,
            member,
            action,
            read_input(action, typed, member.id),
            key=typed.get("once", "") or once(),
            note=typed.get("note", "").strip(),
            personal=typed.get(PERSONAL, ""),
            provider=typed.get("provider", ""),
        )
        if sent.fate is Fate.REFUSED:
            return await self._shown(request, case.id, member, refused=(action.name, sent))
        told = action.name if sent.fate is Fate.DONE else "waits"
        return RedirectResponse(f"{QUEUE}/{case.id}?told={told}", status_code=303)

    async def take_home(self, request: Request, request_id: str, row: int) -> Response:
        """Hand out what somebody sent, as a file that no browser opens by itself."""
        member = await signed_in(request, self._parts)
        async with connection_of(self._parts) as connection:
            case = await open_case(connection, self._parts, request_id)
            message = case.message(row)
            evidence = None
            if message is not None and message.kind in KINDS:
                await record_view(
                    connection, self._parts, member, case.id, KINDS[message.kind].lower()
                )
                evidence = await Personal(connection, self._parts, case.id).evidence(message)
        if message is None or evidence is None:
            raise Problem(NOT_FOUND, "There is no such document, or it was destroyed.")
        file = file_of(message, evidence)
        return saved(file.content, file.media_type, file.name)

    async def evidence(self, request: Request, request_id: str) -> Response:
        """Have a worker write the signed evidence, and hand it out."""
        member = await signed_in(request, self._parts)
        await read_staff_form(request, self._parts.settings)
        async with connection_of(self._parts) as connection:
            case = await open_case(connection, self._parts, request_id)
            await record_view(connection, self._parts, member, case.id, "the evidence, to keep")
        try:
            async with asyncio.timeout(EVIDENCE_SECONDS):
                await self._parts.engine.export_evidence(case.id, member.id, self._parts.now())
        except Exception as fault:
            log.warning("no_evidence", request_id=case.id, fault=type(fault).__name__)
            raise Problem(UNAVAILABLE, "No evidence could be made. Try again later.") from None
        async with connection_of(self._parts) as connection:
            archive = await Personal(connection, self._parts, case.id).exported()
        if archive is None:
            raise Problem(NOT_FOUND, "The evidence is not there any more. Export it once more.")
        return saved(archive, "application/zip", f"{case.id}.evidence.zip")

    async def letter(self, request: Request, request_id: str, stream: str, n: int) -> Response:
        """Show a letter as it went out."""
        member = await signed_in(request, self._parts)
        async with connection_of(self._parts) as connection:
            case = await open_case(connection, self._parts, request_id)
            found = [each for each in case.letters if (each.stream, each.n) == (stream, n)]
            if not found:
                raise Problem(NOT_FOUND, "There is no such letter. Open the request's page again.")
            await record_view(connection, self._parts, member, case.id, f"letter {n}")
            sent = await Personal(connection, self._parts, case.id).letter(found[0])
        values = {"case": case, "letter": found[0], "sent": sent}
        return self._pages.render(request, "case/letter.html", member, values)

    async def _shown(
        self,
        request: Request,
        request_id: str,
        member: StaffMember,
        told: str = "",
        refused: tuple[str, Sent] | None = None,
    ) -> Response:
        async with connection_of(self._parts) as connection:
            case = await open_case(connection, self._parts, request_id)
            await record_view(connection, self._parts, member, case.id, "the case page")
            personal = Personal(connection, self._parts, case.id)
            values: dict[str, Any] = await views.page_of(case, personal, member.roles)
        values |= {
            "told": told if told in ACTIONS or told in DIRECTION_ACTIONS else "",
            "waits": told == "waits",
            "refused": refused,
            "in_words": in_words,
            "once": once,
            "point": words.point,
            "may_act": member.may(*WORKERS),
            "workflow": workflow_url(self._parts.settings, case.id),
        }
        status = 422 if refused else 200
        return self._pages.render(request, "case/show.html", member, values, status)


_TYPED = frozenset({"application/pdf", "image/jpeg", "image/png", "text/plain", "text/csv"})


def saved(content: bytes, media_type: str, name: str) -> Response:
    """Return a file that a browser saves and never opens as a page of ours."""
    return Response(content, media_type=media_type, headers=_to_save(name))


def media_type_saved(held_as: str, name: str) -> tuple[str, dict[str, str]]:
    """Return the type and the headers under which a held file is saved, whatever it says it is."""
    return held_as if held_as in _TYPED else "application/octet-stream", _to_save(name)


def _to_save(name: str) -> dict[str, str]:
    return {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
