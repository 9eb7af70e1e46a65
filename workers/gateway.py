"""The gateway's process: every door, served over HTTP."""

import asyncio
from datetime import UTC, datetime

import uvicorn
from opentelemetry.trace import Tracer
from starlette.types import ASGIApp

from gateway.app import create_app
from gateway.parts import GatewayParts, GatewaySettings
from records.pool import create_pool
from workers import parts
from workers.agents import agents_of
from workers.engine import TemporalEngine
from workers.logging import configure_logging
from workers.processes import run_process
from workers.settings import Settings, load_settings
from workers.temporal.client import codec_keys, connect, core_runtime
from workers.temporal.codec import EncryptionCodec
from workers.tracing import temporal_spans, tracing
from workers.tracing_calls import CallSpans
from workers.web_server import WebServer


async def main(stop: asyncio.Event) -> None:
    """Serve until told to stop."""
    settings = load_settings()
    configure_logging(settings.log_format, settings.log_level.upper())
    parts.install_policies(settings)
    with tracing("privacy-gateway") as tracer:
        await _open(settings, tracer, stop)


async def _open(settings: Settings, tracer: Tracer | None, stop: asyncio.Event) -> None:
    client = await connect(
        settings, runtime=core_runtime(), lazy=True, interceptors=temporal_spans(tracer)
    )
    pool = await create_pool(settings.secret("gateway_dsn"), application="privacy gateway")
    outgoing = parts.outgoing(settings)
    doors = GatewayParts(
        pool=pool,
        vault=parts.vault(settings),
        hashing=parts.fingerprints(settings),
        people=parts.keyring(settings, "suppression_keys"),
        engine=TemporalEngine(client, settings.task_queue, parts.public_url(settings), pool),
        desk=parts.desk(settings, parts.registry(settings), outgoing),
        codec=EncryptionCodec(codec_keys(settings)),
        settings=_settings(settings),
        agents=agents_of(settings),
        now=lambda: datetime.now(UTC),
    )
    app = create_app(doors)
    try:
        await _serve(CallSpans(app, tracer) if tracer else app, settings, stop)
    finally:
        await outgoing.aclose()
        await pool.close()


async def _serve(app: ASGIApp, settings: Settings, stop: asyncio.Event) -> None:
    configuration = uvicorn.Config(
        app,
        host=settings.gateway_host,
        port=settings.gateway_port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    server = WebServer(configuration)
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await serving
    stopping.cancel()


def _settings(settings: Settings) -> GatewaySettings:
    return GatewaySettings(
        public_url=parts.public_url(settings),
        ui_origins=settings.ui_origins,
        ui_workflows_url=parts.workflows_url(settings),
        development=settings.development,
        sign_in=parts.identity_provider(settings),
        staff_idle_minutes=settings.staff_idle_minutes,
        staff_session_hours=settings.staff_session_hours,
        api_keys=settings.intake_clients,
        intake_public_key=settings.intake_public_key,
        business_id=settings.business_id,
    )


if __name__ == "__main__":
    run_process(main)
