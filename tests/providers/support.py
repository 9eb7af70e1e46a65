"""Servers on loopback, registries and directions for the tests of this folder."""

import asyncio
import base64
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeAlias

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from domain.vocabulary import PointOfIdentity
from providers.protocol import DirectedAction, Direction
from providers.registry import Provider, Registry, load_registry

AsgiApp: TypeAlias = Callable[..., Awaitable[None]]
Serve: TypeAlias = Callable[..., Awaitable[str]]

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()
OTHER_SECRET = "whsec_" + base64.b64encode(b"fedcba9876543210fedcba98").decode()
NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
REQUEST = "PR-0000-0000"
EVERY_TERM = (
    "[named_purposes, no_sale_or_sharing, no_other_use, no_use_outside_relationship, "
    "no_combining, ccpa_level_protection, checks_allowed, notice_within_5_business_days, "
    "right_to_stop_misuse, enables_consumer_requests]"
)


def free_port() -> int:
    """Return a port of loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def serving(app: AsgiApp, **options: Any) -> AsyncIterator[str]:
    """Serve an ASGI application on loopback; yields its base URL."""
    port = free_port()
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_level="error", ws="none", **options
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    await server.on_tick(0)
    yield f"{'https' if 'ssl_certfile' in options else 'http'}://127.0.0.1:{port}"
    await _closed(server)


async def _closed(server: uvicorn.Server) -> None:
    """Stop at once: the server's own shutdown sleeps, which hundreds of tests would wait for."""
    for listener in server.servers:
        listener.close()
    for connection in list(server.server_state.connections):
        connection.shutdown()
    for task in list(server.server_state.tasks):
        task.cancel()
    await asyncio.gather(*server.server_state.tasks, return_exceptions=True)


def registry_text(channel: str, provider_id: str = "acme", extra: str = "") -> str:
    """Return a registry of one service provider with that channel (YAML flow style)."""
    return (
        f"providers:\n"
        f"  - id: {provider_id}\n"
        f"    name: Acme\n"
        f"    kind: service_provider\n"
        f"    holds: [shop.customer]\n"
        f"    identifiers: [email, customer_number]\n"
        f"    contract: {{terms: {EVERY_TERM}}}\n"
        f"    channel: {channel}\n"
        f"    escalation: {{name: Desk, email: desk@acme.example}}\n{extra}"
    )


def webhook_registry(endpoint: str, secrets: str = "[env:SECRET]") -> Registry:
    """Return a registry whose one provider takes Standard Webhooks at ``endpoint``."""
    channel = f"{{protocol: standard_webhooks, endpoint: '{endpoint}', signing_secrets: {secrets}}}"
    return load_registry(registry_text(channel), "providers.yaml", {})


def only(registry: Registry) -> Provider:
    """Return the registry's one provider."""
    return registry.providers[0]


def direction(**changes: Any) -> Direction:
    """Return a direction to delete, to the provider ``acme`` unless changed."""
    facts: dict[str, Any] = {
        "direction_id": f"{REQUEST}.acme",
        "request_id": REQUEST,
        "action": DirectedAction.DELETE,
        "locators": {PointOfIdentity.EMAIL: "ana.ruiz@example.com"},
        "scope": ("shop.customer",),
        "confirm_by": date(2026, 12, 8),
        "contact": "privacy@business.example",
        "callback_url": "https://business.example/v1/providers/acme/callbacks",
        "submitted_at": datetime(2026, 11, 20, 17, 0, tzinfo=UTC),
    }
    return Direction(**{**facts, **changes})


def client_tls(authority: Path) -> ssl.SSLContext:
    """Return a context that trusts one authority only."""
    return ssl.create_default_context(cafile=str(authority))


def application(handlers: dict[str, Any]) -> Starlette:
    """Return an application with one handler per path, for every method."""
    methods = ["GET", "POST", "PUT", "DELETE"]
    return Starlette(
        routes=[Route(path, handler, methods=methods) for path, handler in handlers.items()]
    )


async def to_loopback(host: str, port: int) -> Sequence[str]:
    """Resolve every name to this machine."""
    return ["127.0.0.1"]
