"""What people see when they make a request: what they want, what it needs, its number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from domain.paths import Proof, path_of
from domain.vocabulary import Language, RequestType, Residency
from gateway.consumer_views import shown
from gateway.pages import Page, Pages, language_of
from gateway.parts import GatewayParts
from gateway.points import INPUTS, Faults
from gateway.request_documents import document_for
from gateway.request_drafts import FIELD as DRAFT
from gateway.request_fields import CORRECTED_FIELDS, MOST_CORRECTIONS
from gateway.same_origin import REFERRER_POLICY
from gateway.wishes import Choice, askers, offered
from records.requests import RegisteredRequest


@dataclass(frozen=True)
class Draft:
    """A form on its way: what was typed, what is to be mended, how many rows it has."""

    typed: Mapping[str, str]
    faults: Faults
    corrections: int
    nonce: str
    trapped: bool = False


class RequestViews:
    """Renders the pages of the request form."""

    def __init__(self, parts: GatewayParts, pages: Pages) -> None:
        self._parts = parts
        self._pages = pages

    def choose(self, request: Request, wishes: Sequence[str], who: str, faults: Faults) -> Response:
        """Ask what somebody wants, and for whom."""
        settings, now = self._parts.settings, self._parts.now()
        values = {
            "groups": offered(settings, now),
            "askers": [asker.value for asker in askers(settings)],
            "wishes": wishes,
            "who": who,
            "faults": faults,
        }
        return self._render(request, "request_choose.html", values, 422 if faults else 200)

    def details(self, request: Request, choice: Choice, draft: Draft) -> Response:
        """Ask what the choice needs, and nothing else."""
        shows = document_for(choice)
        values = {
            "address": address_of_form(choice, language_of(request)),
            "document": shows.value if shows else "",
            "draft_token": draft.typed.get(DRAFT, ""),
            "choice": choice,
            "fields": [INPUTS[kind] for kind in choice.points],
            "corrected": CORRECTED_FIELDS,
            "rows": range(1, draft.corrections + 1),
            "more_rows": draft.corrections < MOST_CORRECTIONS,
            "residencies": [r.value for r in Residency if r is not Residency.UNKNOWN],
            "draft": draft,
            "faults": draft.faults,
            "typed": draft.typed,
        }
        wrong = draft.faults or draft.trapped
        return self._render(request, "request_details.html", values, 422 if wrong else 200)

    def saved(self, request: Request, token: str, days: int) -> Response:
        """Show the link behind which a begun request waits."""
        language = language_of(request)
        link = f"{self._parts.settings.public_url}/request/later/{token}?lang={language.value}"
        return self._render(request, "request_saved.html", {"link": link, "days": days}, 200)

    def not_kept(self, request: Request) -> Response:
        """Say that nothing waits behind a link, and where to begin."""
        return self._render(request, "request_not_kept.html", {}, 404)

    def sent(self, request: Request, requests: Sequence[RegisteredRequest]) -> Response:
        """Show the numbers, and what happens next; the same for known and unknown people."""
        proofs = {path_of(right).proof for row in requests for right in row.request_types}
        values = {
            "requests": [{**shown(row), "promptly": _promptly(row)} for row in requests],
            "proves": proofs != {Proof.NOTHING},
            "for_another": any(row.requester != "consumer" for row in requests),
        }
        return self._render(request, "request_sent.html", values, 200 if requests else 404)

    def _render(
        self, request: Request, template: str, values: Mapping[str, object], status: int
    ) -> Response:
        page = Page(template, language_of(request), values, status, REFERRER_POLICY)
        return self._pages.render(request, page)


def address_of_form(choice: Choice, language: Language) -> str:
    """Return the address of the second page for a choice."""
    chosen = [("want", wish.value) for wish in choice.wishes]
    return "/request?" + urlencode([("lang", language.value), *chosen, ("who", choice.asker.value)])


def _promptly(row: RegisteredRequest) -> bool:
    rights: tuple[RequestType, ...] = row.request_types
    return all(path_of(right).proof is Proof.NOTHING for right in rights)
