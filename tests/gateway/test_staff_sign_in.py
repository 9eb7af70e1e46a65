"""Staff sign in, stay signed in for a while, and leave; nobody else gets past the door."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import asyncpg
import httpx
import pytest

from domain.vocabulary import Role
from gateway.app import create_app
from gateway.parts import GatewayParts
from records import staff_sessions
from tests.gateway.staff import FROM_OUR_PAGE
from tests.gateway.support import NOW, Clock

QUEUE = "/staff/requests"
ROLES = frozenset({Role.HANDLER, Role.APPROVER})


@pytest.fixture
async def development(parts: GatewayParts) -> AsyncIterator[httpx.AsyncClient]:
    """Call a gateway of a development stack."""
    settings = parts.settings.model_copy(
        update={"development": True, "public_url": "http://127.0.0.1"}
    )
    transport = httpx.ASGITransport(create_app(replace(parts, settings=settings)))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as it:
        yield it


async def link(owner: asyncpg.Connection) -> str:
    """Make a link as ``privacy sign-in`` does, and return its path."""
    until = NOW + timedelta(minutes=10)
    secret = await staff_sessions.issue_link(owner, "s.lee", ROLES, until)
    return f"/staff/sign-in/link/{secret}"


async def press(client: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    """Send a form as a browser does that shows our page."""
    return await client.post(path, content=urlencode(fields), headers=FROM_OUR_PAGE)


async def test_a_link_of_a_development_stack_signs_in_once(
    development: httpx.AsyncClient, owner: asyncpg.Connection
) -> None:
    """Opening it changes nothing, its button signs in, and the second press does not."""
    path = await link(owner)
    assert "Sign in as s.lee" in (await development.get(path)).text
    pressed = await press(development, path)
    assert (pressed.status_code, pressed.headers["location"]) == (303, QUEUE)
    cookie = pressed.headers["set-cookie"]
    assert cookie.startswith("staff=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert (await press(development, path)).status_code == 404


async def test_outside_development_no_link_signs_in(
    client: httpx.AsyncClient, owner: asyncpg.Connection
) -> None:
    """The address does not exist there."""
    path = await link(owner)
    assert (await client.get(path)).status_code == 404
    assert (await press(client, path)).status_code == 404


async def test_a_link_ends_after_its_time(
    development: httpx.AsyncClient, owner: asyncpg.Connection, clock: Clock
) -> None:
    """Neither its page nor its button works any longer."""
    path = await link(owner)
    clock.move(timedelta(minutes=10))
    assert (await development.get(path)).status_code == 404
    assert (await press(development, path)).status_code == 404
