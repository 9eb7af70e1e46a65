"""The request form: two short pages without script or login, then the request's number (REQ-07)."""

import hashlib
import secrets
from datetime import date, timedelta
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from domain import policies
from domain.chain import canonical
from domain.clocks import local_date
from domain.submission import Submission
from gateway import receiving
from gateway.access import address_of
from gateway.bodies import parse_form, read_form
from gateway.limits import HOUR, RateLimit
from gateway.links import connection_of
from gateway.pages import Pages, language_of
from gateway.parts import GatewayParts
from gateway.points import Faults
from gateway.request_documents import document_for, keep_document
from gateway.request_drafts import FIELD as DRAFT
from gateway.request_drafts import Drafts
from gateway.request_fields import RequestFields, Typed
from gateway.request_views import Draft, RequestViews
from gateway.same_origin import require_own_form
from gateway.stamps import read_stamped, stamp
from gateway.uploads import MULTIPART, SentForm, read_with_document
from gateway.wishes import Choice, choice_of
from records.filing import filed_together
from records.identities import digest, email
from records.requests import find

CLIENT = "request-form"
"""The intake client of what is filed here; the form's address is no API key's."""

SENT = "sent request"
SHOWN_FOR = timedelta(days=1)
TRAP = "website"
"""A field that people do not see; what fills in every field it finds fills in this one."""


def request_router(parts: GatewayParts, pages: Pages) -> APIRouter:
    """Build ``/request``, ``/request/later/{token}`` and ``/request/sent/{note}``."""
    router = APIRouter(include_in_schema=False)
    door = _Door(parts, pages)
    router.add_api_route("/request", door.show, methods=["GET", "HEAD"])
    router.add_api_route("/request", door.send, methods=["POST"])
    router.add_api_route("/request/saved/{token}", door.saved, methods=["GET", "HEAD"])
    router.add_api_route("/request/later/{token}", door.later, methods=["GET", "HEAD"])
    router.add_api_route("/request/sent/{note}", door.sent, methods=["GET", "HEAD"])
    return router


class _Door:
    def __init__(self, parts: GatewayParts, pages: Pages) -> None:
        self._parts = parts
        self._views = RequestViews(parts, pages)
        self._visits = RateLimit(parts.settings.visits_per_minute, parts.now)
        self._sent = RateLimit(parts.settings.forms_per_minute, parts.now)
        self._letters = RateLimit(parts.settings.letters_per_hour, parts.now, HOUR)
        self._drafts = Drafts(parts)
        self._uploads = RateLimit(parts.settings.forms_per_minute, parts.now)

    async def show(self, request: Request) -> Response:
        """Show the first page, or the second once everything on the first is chosen."""
        self._visits.spend(address_of(request))
        choice, asked = self._choice(request), request.query_params
        if choice is None or "change" in asked:
            faults = _not_chosen(request) if "go" in asked else {}
            wishes, who = asked.getlist("want"), asked.get("who", "")
            return self._views.choose(request, wishes, who, faults)
        draft = Draft({}, {}, 1, secrets.token_urlsafe(16))
        return self._views.details(request, choice, draft)

    async def send(self, request: Request) -> Response:
        """File what was typed, or show what to mend."""
        self._visits.spend(address_of(request))
        require_own_form(request, self._parts.settings)
        sent = await self._read(request)
        typed, choice = sent.fields, self._choice(request)
        if choice is None:
            return self._views.choose(request, [], "", _not_chosen(request))
        fields = RequestFields(choice, typed, self._today())
        if typed.get("action") == "more":
            return self._again(request, choice, typed, {}, fields.corrections_shown + 1)
        if typed.get("action") == "save":
            return await self._save(request, choice, typed)
        submission = fields.submission(language_of(request))
        faults = fields.faults | sent.faults
        # Whoever is no machine and filled the trap in is shown it, so that no request is lost.
        if submission is None or faults or typed.get(TRAP):
            return self._again(request, choice, typed, faults, fields.corrections_shown)
        return await self._file(request, submission, choice, sent)

    async def saved(self, request: Request, token: str) -> Response:
        """Show the link of a request that was begun."""
        self._visits.spend(address_of(request))
        if await self._drafts.find(token) is None:
            return self._views.not_kept(request)
        return self._views.saved(request, token, self._parts.settings.draft_days)

    async def later(self, request: Request, token: str) -> Response:
        """Go on with a request that was begun before."""
        self._visits.spend(address_of(request))
        begun = await self._drafts.find(token)
        if begun is None:
            return self._views.not_kept(request)
        corrections = RequestFields(begun.choice, begun.typed, self._today()).corrections_shown
        nonce = begun.typed.get("nonce", "")
        return self._views.details(
            request, begun.choice, Draft(begun.typed, {}, corrections, nonce)
        )

    async def _read(self, request: Request) -> SentForm:
        if request.headers.get("content-type", "").startswith(MULTIPART):
            self._uploads.spend(address_of(request))
            return await read_with_document(request, self._parts.settings)
        return SentForm(parse_form(await read_form(request, self._parts.settings)), None, {})

    async def _save(self, request: Request, choice: Choice, typed: Typed) -> Response:
        token = await self._drafts.keep(address_of(request), choice, typed)
        language = urlencode({"lang": language_of(request).value})
        return RedirectResponse(f"/request/saved/{token}?{language}", status_code=303)

    async def sent(self, request: Request, note: str) -> Response:
        """Show the numbers of what was sent."""
        self._visits.spend(address_of(request))
        named = (read_stamped(self._parts, SENT, note) or "").split()
        async with connection_of(self._parts) as connection:
            rows = [await find(connection, request_id) for request_id in named]
        return self._views.sent(request, [row for row in rows if row])

    def _choice(self, request: Request) -> Choice | None:
        asked = request.query_params
        return choice_of(
            asked.getlist("want"), asked.get("who", ""), self._parts.settings, self._parts.now()
        )

    def _again(
        self, request: Request, choice: Choice, typed: Typed, faults: Faults, corrections: int
    ) -> Response:
        nonce = typed.get("nonce", "")
        draft = Draft(typed, faults, corrections, nonce, trapped=bool(typed.get(TRAP)))
        return self._views.details(request, choice, draft)

    async def _file(
        self, request: Request, submission: Submission, choice: Choice, sent: SentForm
    ) -> Response:
        parts, nonce = self._parts, sent.fields.get("nonce", "")
        self._sent.spend(address_of(request))
        self._letters.spend(digest(parts.people, CLIENT, email(submission.consumer.email or "-")))
        now = parts.now()
        receiving.judge(submission, parts.settings, now)
        key = _key(nonce, submission)
        await receiving.file(parts, CLIENT, key, submission, now)
        async with connection_of(parts) as connection:
            filed = await filed_together(connection, parts.hashing, CLIENT, key, submission)
        request_ids = [row.request_id for _, row in filed]
        await self._settle(request_ids, choice, sent)
        note = stamp(parts, SENT, " ".join(request_ids), SHOWN_FOR)
        language = urlencode({"lang": language_of(request).value})
        return RedirectResponse(f"/request/sent/{note}?{language}", status_code=303)

    async def _settle(self, request_ids: list[str], choice: Choice, sent: SentForm) -> None:
        """Keep the document that came with the form, and forget what was saved of it before."""
        shows = document_for(choice)
        if sent.document and shows:
            await keep_document(self._parts, request_ids, shows, sent.document)
        if sent.fields.get(DRAFT):
            await self._drafts.drop(sent.fields[DRAFT])

    def _today(self) -> date:
        now = self._parts.now()
        return local_date(now, policies.in_force_at(now))


def _not_chosen(request: Request) -> Faults:
    asked = request.query_params
    faults = {} if asked.getlist("want") else {"want": "choose_one"}
    faults |= {} if asked.get("who") else {"who": "choose_one"}
    return faults or {"want": "too_many_wishes"}


def _key(nonce: str, submission: Submission) -> str:
    """Name what was sent: a second click is the same, a changed form is another."""
    body = canonical(submission.model_dump(mode="json", exclude_defaults=True))
    return hashlib.sha256(nonce.encode("utf-8", "replace") + b"\n" + body).hexdigest()
