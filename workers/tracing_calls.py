"""A span for each call of the gateway, named by its route: a path may hold a link's secret."""

from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Tracer
from starlette.types import ASGIApp, Message, Receive, Scope, Send

UNTRACED = "/health/"


class CallSpans:
    """Wraps an application; what it does meanwhile belongs to the call's span."""

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self._app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call; those of probes are not worth a span."""
        if scope["type"] != "http" or scope["path"].startswith(UNTRACED):
            await self._app(scope, receive, send)
            return
        # A caller's own trace is not taken up: whoever calls decides on nothing here.
        with self._tracer.start_as_current_span(
            scope["method"], context=Context(), kind=SpanKind.SERVER
        ) as span:
            try:
                await self._app(scope, receive, _noting(span, send))
            finally:
                _name(span, scope)


def _noting(span: Span, send: Send) -> Send:
    async def note(message: Message) -> None:
        if message["type"] == "http.response.start":
            span.set_attribute("http.response.status_code", message["status"])
        await send(message)

    return note


def _name(span: Span, scope: Scope) -> None:
    route = getattr(scope.get("route"), "path", "")
    span.update_name(f"{scope['method']} {route}".strip())
    span.set_attributes({"http.request.method": scope["method"], "http.route": route})
