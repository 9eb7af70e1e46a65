"""Taking a request down: what reached somebody here by phone, by post or in person (REQ-07)."""

import secrets
from datetime import timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from domain import policies
from domain.clocks import local_date
from domain.outside import TakenDown
from domain.paths import PATHS
from domain.submission import Submission
from domain.vocabulary import Channel, Language, RequestType, Residency
from gateway import receiving
from gateway.case.pages import WORKERS
from gateway.case.words import REQUESTERS, RESIDENCIES, point
from gateway.links import connection_of
from gateway.parts import GatewayParts
from gateway.problems import KEY_REUSED, Problem
from gateway.request_fields import CORRECTED_FIELDS
from gateway.staff.by_hand import CORRECTIONS, POINTS, ByHand, Faults, Typed
from gateway.staff.forms import read_staff_form
from gateway.staff.layout import StaffPages
from gateway.staff.principal import NEW, StaffMember, needs
from gateway.staff.words import in_words
from gateway.stamps import read_stamped, stamp
from records.connection import Connection
from records.filing import filed_together
from records.outside import note_outside
from records.requests import Filing, KeyConflict, Registered, RegisteredRequest, find

CLIENT = "staff-form"
"""The intake client of what is taken down here; its address is no API key's."""
FILED = "filed by staff"
SHOWN_FOR = timedelta(days=1)
CHANNELS = {
    Channel.PHONE: "By phone",
    Channel.POST: "By post",
    Channel.IN_PERSON: "In person",
    Channel.EMAIL: "By mail to somebody here",
    Channel.WEB_FORM: "By another form or chat",
}
NAMES = {
    "type": "What is asked",
    "channel": "How it reached us",
    "received_on": "Day of the first contact",
    "requester": "Who asks",
    "name": "Name of the person",
    "email": "E-mail address",
    "address": "Postal address",
    "residency": "Where they live",
    "language": "Language of the letters",
    "message": "What they said",
    "agent_name": "Name of who asks",
    "agent_email": "E-mail address of who asks",
    "birth_date": "Day of birth",
    "correction": "What is to be corrected",
    "points": "Details to be known by",
}
"""Questions as the list of faults names them."""
_NOT_SAID = {RequestType.GPC_SIGNAL}
"""Browsers send it, people do not."""
LANGUAGES = {Language.ENGLISH: "English", Language.SPANISH: "Spanish"}


def new_request_router(parts: GatewayParts, pages: StaffPages) -> APIRouter:
    """Build ``/staff/new`` and ``/staff/new/{note}``."""
    router = APIRouter(include_in_schema=False)
    desk = _Desk(parts, pages)
    router.add_api_route(NEW, desk.show, methods=["GET"])
    router.add_api_route(NEW, desk.send, methods=["POST"])
    router.add_api_route(f"{NEW}/{{note}}", desk.filed, methods=["GET"])
    return router


class _Desk:
    def __init__(self, parts: GatewayParts, pages: StaffPages) -> None:
        self._parts = parts
        self._pages = pages

    async def show(self, request: Request) -> Response:
        """Show the empty form."""
        member = await needs(request, self._parts, *WORKERS)
        return self._form(request, member, {"once": secrets.token_urlsafe(16)}, {})

    async def send(self, request: Request) -> Response:
        """File what was taken down, or show what to mend beside each field."""
        member = await needs(request, self._parts, *WORKERS)
        typed = await read_staff_form(request, self._parts.settings)
        form = ByHand(typed, policies.in_force_at(self._parts.now()), self._parts.now())
        submission = form.submission()
        if submission is not None:
            try:
                return await self._file(member, submission, typed)
            except Problem as problem:
                form.mend(problem)
                if not form.faults:
                    raise
        return self._form(request, member, typed, form.faults)

    async def filed(self, request: Request, note: str) -> Response:
        """Show the numbers, to be read to whoever called."""
        member = await needs(request, self._parts, *WORKERS)
        named = (read_stamped(self._parts, FILED, note) or "").split()
        async with connection_of(self._parts) as connection:
            rows = [await find(connection, request_id) for request_id in named]
        values = {"requests": [_shown(row) for row in rows if row]}
        return self._pages.render(request, "staff/new_request_filed.html", member, values)

    async def _file(self, member: StaffMember, submission: Submission, typed: Typed) -> Response:
        parts, key = self._parts, typed.get("once", "")[:40] or secrets.token_urlsafe(16)
        received_at = receiving.judge(submission, parts.settings, parts.now())
        receiving.dates_of(submission, received_at)

        async def signed(connection: Connection, filing: Filing) -> None:
            if isinstance(filing, Registered):
                for _, row in await filed_together(
                    connection, parts.hashing, CLIENT, key, submission
                ):
                    taken = TakenDown(actor=member.actor)
                    await note_outside(connection, row.request_id, taken, parts.now())

        filing = await receiving.file(parts, CLIENT, key, submission, received_at, beside=signed)
        if isinstance(filing, KeyConflict):
            raise Problem(KEY_REUSED, "This form was filed already. Open a new one for a new call.")
        async with connection_of(parts) as connection:
            filed = await filed_together(connection, parts.hashing, CLIENT, key, submission)
        note = stamp(parts, FILED, " ".join(row.request_id for _, row in filed), SHOWN_FOR)
        return RedirectResponse(f"{NEW}/{note}", status_code=303)

    def _form(
        self, request: Request, member: StaffMember, typed: Typed, faults: Faults
    ) -> Response:
        now = self._parts.now()
        values = {
            "typed": typed,
            "faults": faults,
            "names": NAMES,
            "point": point,
            "today": local_date(now, policies.in_force_at(now)).isoformat(),
            "rights": [(each.value, in_words(each)) for each in PATHS if each not in _NOT_SAID],
            "channels": [(each.value, words) for each, words in CHANNELS.items()],
            "requesters": [(each.value, words) for each, words in REQUESTERS.items()],
            "residencies": [(each.value, RESIDENCIES.get(each, "Elsewhere")) for each in Residency],
            "languages": [(each.value, words) for each, words in LANGUAGES.items()],
            "points": POINTS,
            "corrected": CORRECTED_FIELDS,
            "rows": range(1, CORRECTIONS + 1),
        }
        status = 422 if faults else 200
        return self._pages.render(request, "staff/new_request.html", member, values, status)


def _shown(row: RegisteredRequest) -> dict[str, object]:
    dates = receiving.promised_dates(row.request_types, row.residency, row.received_at)
    policy = policies.in_force_at(row.received_at)
    return {
        "id": row.request_id,
        "type": in_words(row.request_types[0]),
        "received": local_date(row.received_at, policy),
        "due": local_date(dates.response_deadline, policy),
    }
