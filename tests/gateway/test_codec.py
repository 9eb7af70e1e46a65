"""The codec endpoint reads and writes payloads for signed-in staff in the Web UI, nobody else."""

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import asyncpg
import httpx
import pytest

from domain.vocabulary import Role
from gateway.app import create_app
from gateway.parts import GatewayParts
from tests.gateway.staff import session, sign_in
from tests.gateway.support import UI_ORIGIN, problem

ALLOWED = {"origin": UI_ORIGIN, "content-type": "application/json", "x-namespace": "default"}
PLAIN = {
    "payloads": [
        {
            "metadata": {"encoding": base64.b64encode(b"json/plain").decode()},
            "data": base64.b64encode(b'{"stage": "deciding"}').decode(),
        }
    ]
}


@pytest.fixture
async def staff(client: httpx.AsyncClient, owner: asyncpg.Connection) -> httpx.AsyncClient:
    """Call as the browser of a signed-in member of staff."""
    await sign_in(client, owner, Role.AUDITOR)
    return client


@pytest.fixture
async def development(parts: GatewayParts) -> AsyncIterator[httpx.AsyncClient]:
    """Call the gateway of a development stack, where nobody signs in."""
    settings = parts.settings.model_copy(update={"development": True})
    transport = httpx.ASGITransport(create_app(replace(parts, settings=settings)))
    async with httpx.AsyncClient(transport=transport, base_url="https://privacy.example.com") as it:
        yield it


async def call(client: httpx.AsyncClient, path: str, body: Any) -> httpx.Response:
    """Call the endpoint as the Web UI does."""
    return await client.post(path, content=json.dumps(body), headers=ALLOWED)


async def test_what_the_ui_encodes_it_can_decode(staff: httpx.AsyncClient) -> None:
    """A form's input is encrypted on the way in, and readable again on the way out."""
    encoded = await call(staff, "/codec/encode", PLAIN)
    assert "deciding" not in str(base64.b64decode(encoded.json()["payloads"][0]["data"]))
    decoded = await call(staff, "/codec/decode?preserveStorageRefs=true", encoded.json())
    assert decoded.json() == PLAIN
    assert decoded.headers["access-control-allow-origin"] == UI_ORIGIN
    assert decoded.headers["access-control-allow-credentials"] == "true"


async def test_outside_development_nobody_reads_who_is_not_signed_in(
    client: httpx.AsyncClient, owner: asyncpg.Connection
) -> None:
    """401, readable by the UI; the same for a session that ended or was made up."""
    for path in ("/codec/decode", "/codec/encode"):
        refused = await call(client, path, PLAIN)
        assert "/staff/sign-in" in problem(refused, 401)["detail"]
        assert refused.headers["access-control-allow-origin"] == UI_ORIGIN
    client.cookies.set("__Host-staff", "made-up")
    problem(await call(client, "/codec/decode", PLAIN), 401)
    kept = await session(owner)
    await owner.execute("UPDATE privacy.staff_session SET ended_at = began_at")
    client.cookies.set("__Host-staff", kept)
    problem(await call(client, "/codec/decode", PLAIN), 401)


async def test_a_development_stack_asks_no_sign_in(development: httpx.AsyncClient) -> None:
    """There the codec hides nothing from whoever sits at the machine."""
    assert (await call(development, "/codec/encode", PLAIN)).status_code == 200


async def test_nothing_in_is_nothing_out(staff: httpx.AsyncClient) -> None:
    """The UI sends empty lists as well."""
    assert (await call(staff, "/codec/decode", {"payloads": []})).json() == {}


@pytest.mark.parametrize("path", ["/codec/decode", "/codec/encode"])
async def test_the_ui_may_ask_first(client: httpx.AsyncClient, path: str) -> None:
    """The preflight allows exactly what the UI sends, to exactly its origin."""
    asked = "content-type, x-namespace, authorization, authorization-extras"
    answer = await client.options(
        path,
        headers={
            "origin": UI_ORIGIN,
            "access-control-request-method": "POST",
            "access-control-request-headers": asked,
        },
    )
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == UI_ORIGIN
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert answer.headers["access-control-allow-methods"] == "POST, OPTIONS"
    for name in asked.split(", "):
        assert name in answer.headers["access-control-allow-headers"].lower()


@pytest.mark.parametrize(
    "origin", ["http://localhost:8233", "http://127.0.0.1:8233.evil.example", "null", None]
)
async def test_no_other_page_may_call(staff: httpx.AsyncClient, origin: str | None) -> None:
    """Another origin, or none, is refused and gets no permission to read the answer."""
    sent = {"content-type": "application/json"} | ({"origin": origin} if origin else {})
    response = await staff.post("/codec/decode", content=json.dumps(PLAIN), headers=sent)
    problem(response, 403)
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize(
    "body", ["{", "[]", "1", '{"payloads": 1}', '{"payloads": [{"data": 7}]}', "[" * 4000]
)
async def test_what_is_no_payload_is_refused(staff: httpx.AsyncClient, body: str) -> None:
    """400, readable by the UI."""
    response = await staff.post("/codec/decode", content=body, headers=ALLOWED)
    problem(response, 400)
    assert response.headers["access-control-allow-origin"] == UI_ORIGIN


async def test_other_kinds_and_methods_are_refused(staff: httpx.AsyncClient) -> None:
    """415 for another media type, 405 for another method, 404 for another path."""
    text = {**ALLOWED, "content-type": "text/plain"}
    problem(await staff.post("/codec/decode", content="{}", headers=text), 415)
    problem(await staff.get("/codec/decode", headers=ALLOWED), 405)
    problem(await staff.get("/codec/other", headers=ALLOWED), 404)
