"""Staff sign in, stay signed in for a while, and leave; nobody else gets past the door."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import asyncpg
import httpx
import pytest
from starlette.requests import Request

from domain.ids import outside_stream
from domain.vocabulary import Role
from gateway.app import create_app
from gateway.parts import GatewayParts
from gateway.staff.principal import StaffMember, needs, own_path
from gateway.staff.reads import record_view
from records import ledger, staff_sessions
from tests.gateway.staff import FROM_OUR_PAGE, session, sign_in
from tests.gateway.support import NOW, Clock, filed_request

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


async def test_a_session_ends_when_it_lies_idle_and_after_a_day_at_the_latest(
    client: httpx.AsyncClient, owner: asyncpg.Connection, clock: Clock
) -> None:
    """Pages keep it awake, for ten hours and not a minute more."""
    await sign_in(client, owner)
    for _ in range(11):
        clock.move(timedelta(minutes=54))
        assert (await client.get(QUEUE)).status_code == 200
    clock.move(timedelta(minutes=6))
    assert (await client.get(QUEUE)).status_code == 303
    client.cookies.clear()
    idle = await session(owner)
    clock.at = NOW
    client.cookies.set("__Host-staff", idle)
    clock.move(timedelta(minutes=60))
    assert (await client.get(QUEUE)).status_code == 303


async def test_signing_in_again_ends_the_session_before(
    development: httpx.AsyncClient, owner: asyncpg.Connection
) -> None:
    """A session that was planted in the browser, or kept by somebody else, is good no more."""
    planted = await session(owner)
    development.cookies.set("staff", planted, domain="127.0.0.1")
    assert (await development.get(QUEUE)).status_code == 200
    await press(development, await link(owner))
    fresh = development.cookies["staff"]
    assert fresh != planted
    assert (await development.get(QUEUE)).status_code == 200
    stolen = await development.get(QUEUE, headers={"cookie": f"staff={planted}"})
    assert stolen.status_code == 303


async def test_signing_out_ends_the_session_everywhere(
    client: httpx.AsyncClient, owner: asyncpg.Connection
) -> None:
    """The cookie is taken back, and a copy of it is worth nothing."""
    await sign_in(client, owner)
    kept = client.cookies["__Host-staff"]
    left = await press(client, "/staff/sign-out")
    assert left.headers["location"] == "/staff/sign-in?out=1"
    assert "Max-Age=0" in left.headers["set-cookie"]
    again = await client.get(QUEUE, headers={"cookie": f"__Host-staff={kept}"})
    assert again.status_code == 303


FOREIGN: tuple[dict[str, str], ...] = (
    {"sec-fetch-site": "cross-site", "origin": "https://evil.example"},
    {"sec-fetch-site": "same-site", "origin": "https://other.example.com"},
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {},
)


async def test_another_sites_form_does_nothing(
    client: httpx.AsyncClient, owner: asyncpg.Connection
) -> None:
    """Nor does one that does not say where it comes from; the session goes on."""
    await sign_in(client, owner)
    form = {"content-type": "application/x-www-form-urlencoded"}
    for headers in FOREIGN:
        forged = await client.post("/staff/sign-out", content="", headers=form | headers)
        assert forged.status_code == 403, headers
    assert (await client.get(QUEUE)).status_code == 200


async def test_whose_session_ended_comes_back_to_the_page_of_the_form(
    parts: GatewayParts, client: httpx.AsyncClient
) -> None:
    """The form itself is not sent again, and no other site's page is gone to."""
    app = create_app(parts)

    @app.post("/staff/requests/PR-0000-0000/approve")
    async def approve(request: Request) -> str:
        return (await needs(request, parts, Role.APPROVER)).id

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=str(client.base_url)) as browser:
        for referer in (
            "https://privacy.example.com/staff/requests/PR-0000-0000",
            "https://e.vil/x",
        ):
            sent = await browser.post(
                "/staff/requests/PR-0000-0000/approve", headers={"referer": referer}
            )
            page = await browser.get(sent.headers["location"])
            assert page.status_code == 200
            assert "e.vil" not in page.text
    assert sent.headers["location"] == "/staff/sign-in?next=/x"


async def test_no_page_is_framed_cached_or_scripted(
    client: httpx.AsyncClient, owner: asyncpg.Connection
) -> None:
    """Signed in or not, the browser is told to."""
    pages = [await client.get("/staff/sign-in"), await client.get(QUEUE)]
    await sign_in(client, owner)
    pages += [await client.get(path) for path in (QUEUE, "/staff/metrics", "/staff/nothing")]
    for page in pages:
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "frame-ancestors 'none'" in policy
        assert page.headers["x-frame-options"] == "DENY"
        assert page.headers["cache-control"] == "no-store"


def test_only_the_staffs_own_pages_are_gone_to_after_the_sign_in() -> None:
    """No link signs a person in and leads to another site."""
    assert own_path("/staff/requests/PR-0000-0000?x=1") == "/staff/requests/PR-0000-0000?x=1"
    for wanted in (
        "",
        "https://evil.example/staff/",
        "//evil.example/staff/",
        "/\\evil.example",
        "/staff/\nLocation:x",
        "/request",
        "/staff/sign-in/link/x",
    ):
        assert own_path(wanted) == QUEUE, wanted


async def test_a_role_is_needed_and_named(
    client: httpx.AsyncClient, parts: GatewayParts, owner: asyncpg.Connection
) -> None:
    """Any of those that a page asks for will do."""
    app = create_app(parts)

    @app.get("/staff/for-approvers")
    async def page(request: Request) -> str:
        member = await needs(request, parts, Role.APPROVER, Role.COUNSEL)
        return member.id

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=str(client.base_url)) as browser:
        await sign_in(browser, owner, Role.HANDLER)
        refused = await browser.get("/staff/for-approvers")
        assert (refused.status_code, "approver or counsel" in refused.text) == (403, True)
        await sign_in(browser, owner, Role.COUNSEL)
        assert (await browser.get("/staff/for-approvers")).text == '"s.lee"'


async def test_a_view_of_personal_data_is_on_record(
    parts: GatewayParts, owner: asyncpg.Connection
) -> None:
    """It stands in the request's outside stream, with who saw what."""
    request_id = await filed_request(parts)
    member = StaffMember("s.lee", "Sam Lee", frozenset({Role.HANDLER}))
    async with parts.pool.acquire() as connection:
        await record_view(connection, parts, member, request_id, "the submission")
    [entry] = await ledger.read(owner, outside_stream(request_id))
    document = json.loads(entry.body)
    assert document["type"] == "PersonalDataViewed"
    assert document["at"] == "2026-11-23T18:00:00+00:00"
    assert document["data"] == {
        "actor": {"id": "s.lee", "known": "authenticated"},
        "what": "the submission",
    }
