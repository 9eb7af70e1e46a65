"""Copies that providers return: fetched from where they may lie, and only there."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from providers.credentials import Credentials
from providers.desk import ProviderDesk, build_desk
from providers.outgoing import LOOPBACK, Outgoing
from providers.protocol import SendingFailed
from providers.registry import load_registry
from tests.providers.support import application, registry_text, serving, to_loopback

API = "opendsr.vendor.example"
HOOKS = "hooks.vendor.example"
CHANNELS = {
    "opendsr": f"{{protocol: opendsr, base_url: 'http://{API}:PORT/v2', authorization: 'env:AUTH', "
    "results_hosts: [files.vendor.example]}",
    "standard_webhooks": f"{{protocol: standard_webhooks, endpoint: 'http://{HOOKS}:PORT/x', "
    "signing_secrets: ['env:S'], results_hosts: [files.vendor.example]}",
    "mail": "{protocol: mail, address: a@vendor.example}",
}


async def copy(request: Request) -> Response:
    """Answer with what was asked, so that the test sees our headers."""
    return JSONResponse({"authorization": request.headers.get("authorization")})


async def gone(request: Request) -> Response:
    """Tell that the copy is no longer kept."""
    return Response(status_code=410)


@asynccontextmanager
async def desk_for(protocol: str) -> AsyncIterator[tuple[ProviderDesk, str]]:
    """Yield a desk with one provider, and the port on which its hosts answer."""
    outgoing = Outgoing(LOOPBACK, resolver=to_loopback)
    async with serving(application({"/copy": copy, "/gone": gone})) as url:
        port = url.rpartition(":")[2]
        text = registry_text(CHANNELS[protocol].replace("PORT", port))
        registry = load_registry(text, "p.yaml", {})
        yield build_desk(registry, outgoing, Credentials({"AUTH": "Bearer t0ken"})), port
        await outgoing.aclose()


def callback(url: str, *, inside: bool = False) -> bytes:
    """Return a callback that names a copy, at the top or inside ``data``."""
    named = {"results_url": url}
    return json.dumps({"data": named} if inside else named).encode()


async def failure(protocol: str, raw: Any) -> SendingFailed:
    """Return how the fetching of a copy fails."""
    async with desk_for(protocol) as (desk, port):
        with pytest.raises(SendingFailed) as caught:
            await desk.fetch_copy("acme", raw.replace(b"PORT", port.encode()))
    return caught.value


@pytest.mark.parametrize(
    ("protocol", "host", "authorization"),
    [
        ("opendsr", API, "Bearer t0ken"),
        ("opendsr", "files.vendor.example", None),
        ("standard_webhooks", HOOKS, None),
        ("standard_webhooks", "files.vendor.example", None),
    ],
)
async def test_a_copy_is_fetched_and_our_credentials_stay_at_the_api(
    protocol: str, host: str, authorization: str | None
) -> None:
    """The API's own origin sees our credentials, a host for downloads does not."""
    async with desk_for(protocol) as (desk, port):
        inside = protocol == "standard_webhooks"
        got = await desk.fetch_copy("acme", callback(f"http://{host}:{port}/copy", inside=inside))
    assert got.content_type == "application/json"
    assert json.loads(got.body) == {"authorization": authorization}
    assert "authorization" not in repr(got)


@pytest.mark.parametrize(
    ("protocol", "raw", "code"),
    [
        ("opendsr", callback("http://evil.example:PORT/copy"), "foreign_results_host"),
        ("opendsr", callback("http://127.0.0.1:PORT/copy"), "foreign_results_host"),
        ("mail", callback(f"http://{API}:PORT/copy"), "foreign_results_host"),
        ("opendsr", callback(f"http://{API}:PORT/gone"), "copy_gone"),
        ("opendsr", b"{}", "no_copy"),
        ("opendsr", b"[" * 10_000, "no_copy"),
    ],
)
async def test_a_copy_elsewhere_gone_or_unnamed_is_not_fetched(
    protocol: str, raw: bytes, code: str
) -> None:
    """Even a rightly signed callback cannot send us to a host that was not agreed upon."""
    refused = await failure(protocol, raw)
    assert (refused.code, refused.retryable) == (code, False)
