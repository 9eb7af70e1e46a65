"""Traces: from a call of the gateway through its workflow to the activities, nothing personal."""

import gzip
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import httpx
import pytest
from fastapi import FastAPI
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from temporalio.client import Client

from domain import ids
from tests.workers.temporal.stumbling import CANARY, Traced, stumble
from workers.keys import KeySet
from workers.stack.temporal import EmbeddedTemporal
from workers.temporal.converter import data_converter
from workers.temporal.replay import replayer
from workers.temporal.worker import build_worker
from workers.tracing import ENDPOINTS, provider_of, temporal_spans, tracing
from workers.tracing_calls import CallSpans

SECRET_LINK = "tok3n-of-a-letter"


@pytest.fixture
def exported() -> InMemorySpanExporter:
    """Keep what is exported."""
    return InMemorySpanExporter()


@pytest.fixture
def provider(exported: InMemorySpanExporter) -> Iterator[TracerProvider]:
    """Make spans as our processes do."""
    made = provider_of("test", exported)
    yield made
    made.shutdown()


@pytest.fixture
async def traced(
    temporal_server: EmbeddedTemporal, keys: KeySet, provider: TracerProvider
) -> Client:
    """Connect as our processes do that are traced."""
    return await Client.connect(
        temporal_server.address,
        data_converter=data_converter(keys),
        interceptors=temporal_spans(provider.get_tracer("privacy")),
    )


def door(client: Client, queue: str) -> FastAPI:
    """Return an application with one page, behind a secret link, that starts a workflow."""
    app = FastAPI()

    @app.post("/r/{token}")
    async def press(token: str) -> str:
        request_id = ids.request_id(uuid.uuid4().bytes[:5])
        handle = await client.start_workflow(Traced.run, id=request_id, task_queue=queue)
        await handle.result()
        return request_id

    return app


async def pressed(app: CallSpans) -> str:
    """Call that page and return the request's id."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as caller:
        answer: str = (await caller.post(f"/r/{SECRET_LINK}?to={CANARY}")).json()
    return answer


async def test_one_trace_leads_from_the_door_to_the_step(
    traced: Client, keys: KeySet, provider: TracerProvider, exported: InMemorySpanExporter
) -> None:
    """Call, start, run and both attempts are one trace with the request's id and no canary."""
    queue = f"test-{uuid.uuid4()}"
    async with build_worker(traced, queue, [Traced], [stumble], grace=timedelta(seconds=0.2)):
        app = CallSpans(door(traced, queue), provider.get_tracer("privacy"))
        request_id = await pressed(app)
    provider.force_flush()
    spans = exported.get_finished_spans()
    assert [span.name for span in spans if span.parent is None] == ["POST /r/{token}"]
    assert {span.context.trace_id for span in spans if span.context} == {
        spans[0].context.trace_id if spans[0].context else 0
    }
    named = [span.name for span in spans]
    assert {"StartWorkflow:Traced", "RunWorkflow:Traced", "StartActivity:stumble"} <= set(named)
    assert named.count("RunActivity:stumble") == 2
    about = {(span.attributes or {}).get("request_id") for span in spans if ":" in span.name[1:]}
    assert request_id in about
    told = json.dumps([json.loads(span.to_json()) for span in spans])
    assert "RuntimeError" in told
    assert CANARY not in told
    assert SECRET_LINK not in told
    history = await traced.get_workflow_handle(request_id).fetch_history()
    assert len(history.events) == 11
    exported.clear()
    await replayer([Traced], keys).replay_workflow(history)


@contextmanager
def receiver() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """Run a collector that keeps paths and bodies."""
    received: list[tuple[str, bytes]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            body = self.rfile.read(size)
            unpacked = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
            received.append((self.path, unpacked))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Collector)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", received
    finally:
        server.shutdown()
        server.server_close()


async def test_the_standard_variables_switch_it_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without them there is no tracer; with one, spans arrive there before the process ends."""
    for name in ENDPOINTS:
        monkeypatch.delenv(name, raising=False)
    with tracing("test") as tracer:
        assert tracer is None
        assert temporal_spans(tracer) == ()
    with receiver() as (address, received):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
        with tracing("test") as tracer:
            assert tracer is not None
            tracer.start_span("StartWorkflow:ConsumerRequest").end()
    assert [path for path, _ in received] == ["/v1/traces"]
    assert b"StartWorkflow:ConsumerRequest" in received[0][1]
