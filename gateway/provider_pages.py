"""The page behind the link in a provider's letter: report how far a direction is (SVC-02).

One link serves for "received" and later for the result. Opening it acknowledges nothing.
"""

from collections.abc import Mapping
from typing import NamedTuple

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from domain.decisions.direction import ACKNOWLEDGED
from domain.direction import LAST_WORDS
from domain.links import LinkPurpose
from domain.vocabulary import ProviderStanding
from gateway import acknowledgements
from gateway.access import address_of
from gateway.bodies import parse_form, read_form
from gateway.consumer_links import Standing
from gateway.limits import RateLimit
from gateway.links import Link, connection_of, find_link
from gateway.pages import Pages
from gateway.parts import GatewayParts
from gateway.provider_views import ProviderViews
from providers.mail import pressed
from providers.protocol import Acknowledgement, NotOurs, ReasonCode
from providers.registry import Provider
from records.vault import VaultError

PURPOSES = frozenset({LinkPurpose.ACKNOWLEDGE})
REASONED = frozenset({ProviderStanding.PARTLY, ProviderStanding.REFUSED})
ANSWERS = frozenset({ProviderStanding.RECEIVED, *LAST_WORDS})


class Report(NamedTuple):
    """What a provider's person chose on the page."""

    standing: ProviderStanding
    reason: ReasonCode | None


def provider_router(parts: GatewayParts, pages: Pages) -> APIRouter:
    """Build ``/p/{token}``."""
    router = APIRouter(include_in_schema=False)
    door = _Door(parts, pages)
    router.add_api_route("/p/{token}", door.show, methods=["GET", "HEAD"])
    router.add_api_route("/p/{token}", door.press, methods=["POST"])
    return router


def read_report(fields: Mapping[str, str]) -> Report | None:
    """Return a form's report, or ``None`` when something has to stay and no reason is given."""
    standing, reason = fields.get("standing", ""), fields.get("reason", "")
    if standing not in ANSWERS:
        return None
    if standing not in REASONED:
        return Report(ProviderStanding(standing), None)
    if reason not in {*ReasonCode}:
        return None
    return Report(ProviderStanding(standing), ReasonCode(reason))


class _Door:
    def __init__(self, parts: GatewayParts, pages: Pages) -> None:
        self._parts = parts
        self._views = ProviderViews(pages)
        self._visits = RateLimit(parts.settings.visits_per_minute, parts.now)

    async def show(self, request: Request, token: str) -> Response:
        """Say what the link is for. Nothing is stored."""
        self._visits.spend(address_of(request))
        return self._answer(request, await self._find(token))

    async def press(self, request: Request, token: str) -> Response:
        """Take a report, each standing once and nothing after the last word."""
        self._visits.spend(address_of(request))
        body = await read_form(request, self._parts.settings)
        link = await self._find(token)
        provider = self._provider(link)
        if link is None or provider is None or link.expired or _last_word(link):
            return self._answer(request, link)
        report = read_report(parse_form(body))
        if report is None:
            return self._form(request, link, incomplete=True)
        try:
            word = self._word(link, provider, report)
            fresh = await acknowledgements.store(self._parts, word, body)
        except (NotOurs, VaultError):
            return self._views.ended(request, Standing.CLOSED, link)
        return self._views.done(request, link, report.standing, earlier=not fresh)

    async def _find(self, token: str) -> Link | None:
        async with connection_of(self._parts) as connection:
            return await find_link(connection, token, PURPOSES, self._parts.now())

    def _provider(self, link: Link | None) -> Provider | None:
        return self._parts.desk.registry.get(link.token.stream.partition(".")[2]) if link else None

    def _word(self, link: Link, provider: Provider, report: Report) -> Acknowledgement:
        key = f"{link.token.once_key}:{report.standing}"
        now = self._parts.now()
        return pressed(provider, link.token.stream, report.standing, now, key, reason=report.reason)

    def _answer(self, request: Request, link: Link | None) -> Response:
        if link is None or self._provider(link) is None:
            return self._views.ended(request, Standing.UNKNOWN, link)
        last = _last_word(link)
        if last:
            return self._views.done(request, link, last, earlier=True)
        if link.expired:
            return self._views.ended(request, Standing.EXPIRED, link)
        return self._form(request, link, incomplete=False)

    def _form(self, request: Request, link: Link, *, incomplete: bool) -> Response:
        provider = self._provider(link)
        name = provider.name if provider else ""
        received = ProviderStanding.RECEIVED in _standings(link)
        return self._views.form(request, link, name, received=received, incomplete=incomplete)


def _standings(link: Link) -> list[ProviderStanding]:
    return [
        ProviderStanding(message.facts["standing"])
        for message in link.own_messages
        if message.kind == ACKNOWLEDGED
    ]


def _last_word(link: Link) -> ProviderStanding | None:
    return next((one for one in _standings(link) if one in LAST_WORDS), None)
