"""What every page of one's own request begins and ends with: the visit, and what it brings."""

from starlette.requests import Request
from starlette.responses import RedirectResponse

from gateway import engine_calls, presses
from gateway.access import address_of
from gateway.bodies import parse_form, read_form
from gateway.limits import RateLimit
from gateway.links import Link, connection_of
from gateway.pages import LANGUAGE_PARAMETER
from gateway.parts import GatewayParts
from gateway.presses import Press
from gateway.same_origin import require_own_form
from gateway.uploads import SentForm, read_with_document
from gateway.visits import visited
from records.vault import VaultError

HOME = "/my-request"


class VisitorsDesk:
    """Counts calls, knows whose visit it is, and stores what the visitor says."""

    def __init__(self, parts: GatewayParts) -> None:
        self.parts = parts
        self._visits = RateLimit(parts.settings.visits_per_minute, parts.now)
        self._uploads = RateLimit(parts.settings.forms_per_minute, parts.now)

    async def looks(self, request: Request) -> Link | None:
        """Return the request that somebody looks at, if a visit goes on."""
        self._visits.spend(address_of(request))
        return await visited(request, self.parts)

    async def sends(self, request: Request) -> tuple[dict[str, str], Link | None]:
        """Return the fields of a form of ours, and the request of the visit."""
        self._visits.spend(address_of(request))
        require_own_form(request, self.parts.settings)
        typed = parse_form(await read_form(request, self.parts.settings))
        return typed, await visited(request, self.parts)

    async def uploads(self, request: Request) -> tuple[SentForm | None, Link | None]:
        """Return a form with a document; without a visit nothing of it is read."""
        self._visits.spend(address_of(request))
        require_own_form(request, self.parts.settings)
        link = await visited(request, self.parts)
        if link is None:
            return None, None
        self._uploads.spend(address_of(request))
        return await read_with_document(request, self.parts.settings), link

    async def store(self, link: Link, *wanted: Press) -> None:
        """Store messages and tell the workflow; a request whose data is gone takes none."""
        try:
            async with connection_of(self.parts) as connection:
                rows = await presses.store(connection, self.parts, link, wanted)
        except VaultError:
            return
        for row_id in reversed(rows):
            await engine_calls.deliver(self.parts, link.stream, row_id)


def home(request: Request, path: str = HOME) -> RedirectResponse:
    """Lead to a page of the request, in the language of this one."""
    chosen = request.query_params.get(LANGUAGE_PARAMETER, "")
    query = f"?{LANGUAGE_PARAMETER}={chosen}" if chosen in {"en", "es"} else ""
    return RedirectResponse(path + query, status_code=303)
