"""How errors look: a problem document for programs, a page that says what to do next for people."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.pages import Page, Pages, language_of
from gateway.problems import (
    INTERNAL,
    MALFORMED_BODY,
    MEDIA_TYPE,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    Problem,
)
from gateway.staff.layout import StaffPages

STAFF_PATHS = "/staff"
PAGE_PATHS = ("/r/", "/p/", "/docs", "/request", "/my-request", "/opt-out", "/verify/", STAFF_PATHS)
PROGRAM_PATHS = ("/v1/", "/codec/", "/health/", "/openapi.json")


class ErrorAnswers:
    """Renders every error of the gateway."""

    def __init__(self, pages: Pages, staff_pages: StaffPages, public_url: str) -> None:
        self._pages = pages
        self._staff_pages = staff_pages
        self._public_url = public_url

    def render(self, request: Request, problem: Problem) -> Response:
        """Answer a problem in the form that the caller reads."""
        if _is_staffs(request):
            return self._staff_page(request, problem)
        if _read_by_people(request):
            return self._page(request, problem)
        document = problem.document(self._public_url).model_dump(mode="json")
        return JSONResponse(
            document, problem.kind.status, headers=problem.headers, media_type=MEDIA_TYPE
        )

    async def on_problem(self, request: Request, problem: Exception) -> Response:
        """Exception handler for :class:`Problem`."""
        assert isinstance(problem, Problem)
        return self.render(request, problem)

    async def on_http_exception(self, request: Request, raised: Exception) -> Response:
        """Exception handler for what the router itself refuses."""
        assert isinstance(raised, HTTPException)
        problem = _problem_for(raised)
        if problem.kind is NOT_FOUND and _is_staffs(request):
            problem = Problem(NOT_FOUND, "Check the address; the list leads to every request.")
        return self.render(request, problem)

    def _staff_page(self, request: Request, problem: Problem) -> Response:
        values = {"title": problem.kind.title, "detail": problem.detail}
        status = problem.kind.status
        page = self._staff_pages.render(request, "staff/error.html", None, values, status)
        page.headers.update(problem.headers)
        return page

    def _page(self, request: Request, problem: Problem) -> Response:
        language = language_of(request)
        page = Page(
            "error.html",
            language,
            {"name": problem.kind.name},
            problem.kind.status,
            problem.headers,
        )
        return self._pages.render(request, page)


def _problem_for(raised: HTTPException) -> Problem:
    headers = dict(raised.headers or {})
    match raised.status_code:
        case 404:
            return Problem(NOT_FOUND, "Check the address; the API page lists all of them.")
        case 405:
            detail = "Use a method that the Allow header names."
            return Problem(METHOD_NOT_ALLOWED, detail, headers=headers)
        case status if status < 500:
            return Problem(MALFORMED_BODY, "Send the request as the API page shows it.")
    return Problem(INTERNAL, "Our staff can see that it happened. Please try again later.")


def _is_staffs(request: Request) -> bool:
    return request.url.path.startswith(STAFF_PATHS)


def _read_by_people(request: Request) -> bool:
    path = request.url.path
    if path.startswith(PAGE_PATHS):
        return True
    accepts_pages = "text/html" in request.headers.get("accept", "")
    return accepts_pages and not path.startswith(PROGRAM_PATHS)
