"""The HTTP side of the mailbox: a page to read letters, JSON for programs, switches for tests."""

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from workers.stack.mailbox.faults import FaultRequest, Faults
from workers.stack.mailbox.store import MessageStore, envelope_json

LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")
MOST_BYTES = 64 * 1024

PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'"
LETTER_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; "
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
)


def with_links(text: str) -> Markup:
    """Return plain text as HTML whose web addresses can be clicked."""
    parts: list[str] = []
    end = 0
    for found in LINK.finditer(text):
        link = escape(found[0])
        parts += [escape(text[end : found.start()])]
        parts += [f'<a href="{link}" target="_blank" rel="noreferrer">{link}</a>']
        end = found.end()
    return Markup("".join([*parts, escape(text[end:])]))


class Pages:
    """The pages over one store."""

    def __init__(self, store: MessageStore, faults: Faults) -> None:
        self._store = store
        self._faults = faults
        folder = Path(__file__).parent / "templates"
        self._templates = Environment(loader=FileSystemLoader(folder), autoescape=True)
        self._templates.filters["with_links"] = with_links

    def app(self) -> Starlette:
        """Return the web application."""
        return Starlette(
            routes=[
                Route("/", self.inbox),
                Route("/letters/{id:int}", self.letter),
                Route("/letters/{id:int}/html", self.letter_html),
                Route("/messages", self.messages),
                Route("/messages", self.clear_messages, methods=["DELETE"]),
                Route("/messages/{id:int}", self.message),
                Route("/messages/{id:int}/raw", self.raw),
                Route("/messages/{id:int}/read", self.mark_read, methods=["PUT"]),
                Route("/faults", self.faults),
                Route("/faults", self.add_fault, methods=["POST"]),
                Route("/faults", self.clear_faults, methods=["DELETE"]),
                Route("/health", self.health),
            ]
        )

    async def inbox(self, request: Request) -> Response:
        """Show the letters, newest first, all or those to one address."""
        to = request.query_params.get("to") or None
        return self._page("inbox.html", letters=self._store.search(to or "")[::-1], to=to or "")

    async def letter(self, request: Request) -> Response:
        """Show one letter."""
        letter = self._store.letter(_id(request))
        if letter is None:
            return HTMLResponse("There is no letter of this number.", status_code=404)
        return self._page("letter.html", letter=letter)

    async def letter_html(self, request: Request) -> Response:
        """Serve a letter's own HTML, locked in a sandbox; its links open a new tab."""
        letter = self._store.letter(_id(request))
        if letter is None or not letter.html:
            return HTMLResponse("This letter has no HTML.", status_code=404)
        body = '<base target="_blank">' + letter.html
        return HTMLResponse(body, headers={"Content-Security-Policy": LETTER_POLICY})

    async def messages(self, request: Request) -> Response:
        """List messages, oldest first; `?to=` picks an address, `&unread=true` what nobody read."""
        listed = self._store.unread if "unread" in request.query_params else self._store.find
        found = listed(request.query_params.get("to"))
        return JSONResponse([envelope_json(envelope) for envelope in found])

    async def message(self, request: Request) -> Response:
        """Return one message opened."""
        letter = self._store.letter(_id(request))
        if letter is None:
            return _not_found()
        bodies = {"headers": letter.headers, "text": letter.text, "html": letter.html}
        return JSONResponse(envelope_json(letter.envelope) | bodies)

    async def raw(self, request: Request) -> Response:
        """Return one message as it came."""
        content = self._store.raw(_id(request))
        return _not_found() if content is None else Response(content, media_type="text/plain")

    async def mark_read(self, request: Request) -> Response:
        """Mark one message as read."""
        return Response(status_code=204) if self._store.mark_read(_id(request)) else _not_found()

    async def clear_messages(self, request: Request) -> Response:
        """Remove every message."""
        self._store.clear()
        return Response(status_code=204)

    async def faults(self, request: Request) -> Response:
        """List the faults that are on."""
        return JSONResponse({"down": self._faults.down, "faults": self._faults.pending()})

    async def add_fault(self, request: Request) -> Response:
        """Switch a fault on."""
        try:
            fault = FaultRequest.read(await request.json())
        except (ValueError, TypeError) as problem:
            return JSONResponse({"problems": _problems(problem)}, status_code=422)
        self._faults.add(fault)
        return JSONResponse(fault.model_dump(), status_code=201)

    async def clear_faults(self, request: Request) -> Response:
        """Switch every fault off."""
        self._faults.clear()
        return Response(status_code=204)

    async def health(self, request: Request) -> Response:
        """Tell that the mailbox is up."""
        return JSONResponse({"status": "up", "messages": len(self._store.find())})

    def _page(self, template: str, **facts: object) -> Response:
        page = self._templates.get_template(template).render(**facts)
        return HTMLResponse(page, headers={"Content-Security-Policy": PAGE_POLICY})


def _id(request: Request) -> str:
    return str(request.path_params["id"])


def _not_found() -> Response:
    return JSONResponse({"problems": ["there is no message of this id"]}, status_code=404)


def _problems(problem: Exception) -> list[str]:
    if isinstance(problem, ValidationError):
        return [f"{error['loc'][-1]}: {error['msg']}" for error in problem.errors()]
    return ['send a JSON object, for example {"reply": "451 4.3.0 Busy", "count": 2}']
