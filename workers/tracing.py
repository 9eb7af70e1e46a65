"""Traces (OpenTelemetry) through gateway, workflows and activities; nothing in them is personal.

The standard variables switch them on and say where they go: OTEL_EXPORTER_OTLP_ENDPOINT and the
like. Without one nothing is traced, and nothing is added to any workflow's history.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Link, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.trace.status import Status
from temporalio.contrib.opentelemetry import TracingInterceptor

from domain.ids import is_request_id, request_of
from workers.redaction import scrub
from workers.temporal.versions import RELEASE

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")

_WORKFLOW = "temporalWorkflowID"
_KEPT = frozenset(
    {
        _WORKFLOW,
        "temporalRunID",
        "temporalActivityID",
        "http.request.method",
        "http.route",
        "http.response.status_code",
    }
)
_NAME = re.compile(r"[A-Za-z]+(:[A-Za-z_]+)?|[A-Z]+ [\w/{}:.-]*")
_ERROR = re.compile(r"[A-Za-z_]+")


def is_wanted(variables: Mapping[str, str]) -> bool:
    """Tell whether the environment says where traces go."""
    named = any(variables.get(name) for name in ENDPOINTS)
    return named and variables.get("OTEL_TRACES_EXPORTER", "otlp") != "none"


@contextmanager
def tracing(service: str) -> Iterator[Tracer | None]:
    """Give a tracer while a process runs, or none; what waits is sent before it ends."""
    if not is_wanted(os.environ):
        yield None
        return
    provider = provider_of(service, OTLPSpanExporter())
    try:
        yield provider.get_tracer("privacy")
    finally:
        provider.shutdown()


def provider_of(service: str, exporter: SpanExporter) -> TracerProvider:
    """Return what makes spans and hands them on, with what may be said of them."""
    about = {"service.version": RELEASE}
    if not os.environ.get("OTEL_SERVICE_NAME"):
        about["service.name"] = service
    provider = TracerProvider(resource=Resource.create(about))
    provider.add_span_processor(BatchSpanProcessor(SafeSpans(exporter)))
    return provider


def temporal_spans(tracer: Tracer | None) -> Sequence[TracingInterceptor]:
    """Return the interceptor for a client and its workers; none without a tracer.

    It makes no span while a workflow replays. The trace goes on in a header of the start, which
    names the trace and nothing else.
    """
    if tracer is None:
        return ()
    spans = TracingInterceptor(tracer)
    spans.text_map_propagator = TraceContextTextMapPropagator()
    return (spans,)


class SafeSpans(SpanExporter):
    """Passes spans on without what somebody typed: no event, no message, known attributes only."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Hand over what may be said of each span."""
        return self._exporter.export([safe(span) for span in spans])

    def shutdown(self) -> None:
        """Close the exporter."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Send what waits."""
        return self._exporter.force_flush(timeout_millis)


def safe(span: ReadableSpan) -> ReadableSpan:
    """Return a span without what may be personal, and with the request that it is about."""
    fault = _ERROR.match(span.status.description or "")
    return ReadableSpan(
        name=span.name if _NAME.fullmatch(span.name) else span.name.partition(":")[0],
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_attributes(span.attributes or {}),
        links=[Link(each.context) for each in span.links],
        kind=span.kind,
        status=Status(span.status.status_code, fault.group() if fault else None),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _attributes(found: Mapping[str, Any]) -> dict[str, Any]:
    kept = {
        name: scrub(value) if isinstance(value, str) else value
        for name, value in found.items()
        if name in _KEPT
    }
    request = request_of(str(found.get(_WORKFLOW, "")))
    return kept | ({"request_id": request} if is_request_id(request) else {})
