"""Staff sign in at a real identity provider, and no forged or foreign answer signs anybody in."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from pydantic import SecretStr

from domain.vocabulary import Role
from gateway.app import create_app
from gateway.parts import GatewayParts
from gateway.staff.provider_settings import ProviderSettings
from tests.gateway.identity_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    PERSON,
    FakeProvider,
    running,
)
from tests.gateway.support import Clock

HOST = "https://privacy.example.com"
CALLBACK = f"{HOST}/staff/sign-in/callback"
QUEUE = "/staff/requests"
ROLES = (("pr-approve", Role.APPROVER), ("pr-approve", Role.HANDLER), ("pr-audit", Role.AUDITOR))

OpenBrowser = Callable[..., httpx.AsyncClient]


@pytest.fixture
async def provider(clock: Clock) -> AsyncIterator[FakeProvider]:
    """Run the identity provider."""
    async with running(CALLBACK, clock) as it:
        yield it


@pytest.fixture
async def open_browser(
    parts: GatewayParts, provider: FakeProvider
) -> AsyncIterator[Callable[..., httpx.AsyncClient]]:
    """Give a function that opens a browser on a gateway with a sign-in, any setting changed."""
    opened: list[httpx.AsyncClient] = []

    def browser(**changes: Any) -> httpx.AsyncClient:
        known = {
            "issuer": provider.issuer,
            "client_id": CLIENT_ID,
            "client_secret": SecretStr(CLIENT_SECRET),
            "roles": ROLES,
        }
        settings = parts.settings.model_copy(
            update={"sign_in": ProviderSettings(**(known | changes))}
        )
        transport = httpx.ASGITransport(create_app(replace(parts, settings=settings)))
        opened.append(httpx.AsyncClient(transport=transport, base_url=HOST))
        return opened[-1]

    yield browser
    for one in opened:
        await one.aclose()


async def answer_of_provider(client: httpx.AsyncClient, path: str = QUEUE) -> str:
    """Begin a sign-in and return the address to which the provider sends the browser back."""
    started = await client.get(f"/staff/sign-in/start?next={path}")
    assert started.status_code == 303, started.text
    async with httpx.AsyncClient() as there:
        answered = await there.get(started.headers["location"])
    return answered.headers["location"]


async def sign_in(client: httpx.AsyncClient, path: str = QUEUE) -> httpx.Response:
    """Walk through the whole sign-in and return the last answer."""
    return await client.get(await answer_of_provider(client, path))


async def sessions(owner: asyncpg.Connection) -> list[asyncpg.Record]:
    """Return every session that was begun."""
    rows: list[asyncpg.Record] = await owner.fetch("SELECT * FROM privacy.staff_session")
    return rows


async def test_a_person_signs_in_and_comes_back_to_the_page_wanted(
    open_browser: OpenBrowser, owner: asyncpg.Connection
) -> None:
    """The provider's groups give the roles; the id is in lower case; the way is not lost."""
    client = open_browser()
    wanted = await client.get("/staff/requests?show=overdue")
    assert wanted.headers["location"] == "/staff/sign-in?next=/staff/requests%3Fshow%3Doverdue"
    page = await client.get(wanted.headers["location"])
    assert 'href="/staff/sign-in/start?next=/staff/requests%3Fshow%3Doverdue"' in page.text
    answered = await sign_in(client, "/staff/requests%3Fshow%3Doverdue")
    assert (answered.status_code, answered.headers["location"]) == (
        303,
        "/staff/requests?show=overdue",
    )
    session, given = client.cookies["__Host-staff"], answered.headers.get_list("set-cookie")[0]
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(given.split("; "))
    [row] = await sessions(owner)
    assert (row["staff_id"], row["name"], row["means"]) == ("s.lee", "Sam Lee", "provider")
    assert sorted(row["roles"]) == ["approver", "handler"]
    assert session not in str(row)


FORGED: list[dict[str, Any]] = [
    {"nonce": "another"},
    {"nonce": None},
    {"aud": "another-client"},
    {"aud": [CLIENT_ID, "another"]},
    {"iss": "https://evil.example"},
    {"exp": 1},
    {"sub": None},
    {"at_hash": "AAAA"},
]


async def test_a_token_that_is_not_for_this_sign_in_is_refused(
    open_browser: OpenBrowser, provider: FakeProvider, owner: asyncpg.Connection
) -> None:
    """Another nonce, audience, issuer, time or access token."""
    client = open_browser()
    for claims in FORGED:
        provider.forged_claims = claims
        assert (await sign_in(client)).status_code == 502, claims
    assert "__Host-staff" not in client.cookies
    assert await sessions(owner) == []


async def test_only_the_providers_own_key_signs(
    open_browser: OpenBrowser, provider: FakeProvider, owner: asyncpg.Connection
) -> None:
    """Another key, the client's secret as a key, and no signature are all refused."""
    client = open_browser()
    for signing in ("another key", "client secret", "nothing"):
        provider.signing = signing
        assert (await sign_in(client)).status_code == 502, signing
    assert await sessions(owner) == []


async def test_an_answer_counts_in_the_browser_that_asked_and_once(
    open_browser: OpenBrowser, owner: asyncpg.Connection
) -> None:
    """A stolen or planted answer, another state, and a repeated answer sign nobody in."""
    victim, attacker = open_browser(), open_browser()
    planted = await answer_of_provider(attacker)
    assert (await victim.get(planted)).status_code == 403
    await answer_of_provider(victim)
    assert (await victim.get(planted)).status_code == 403
    own = await answer_of_provider(victim)
    assert (await victim.get(own)).status_code == 303
    assert (await victim.get(own)).status_code == 403
    assert len(await sessions(owner)) == 1


async def test_an_attempt_ends_after_ten_minutes(open_browser: OpenBrowser, clock: Clock) -> None:
    """Who comes back later begins again."""
    client = open_browser()
    answer = await answer_of_provider(client)
    clock.move(timedelta(minutes=10))
    late = await client.get(answer)
    assert (late.status_code, "too long ago" in late.text) == (403, True)


async def test_another_providers_answer_is_refused(open_browser: OpenBrowser) -> None:
    """The answer names its issuer, which must be ours."""
    client = open_browser()
    answer = httpx.URL(await answer_of_provider(client))
    mixed = answer.copy_set_param("iss", "https://evil.example")
    assert (await client.get(mixed)).status_code == 403


async def test_who_has_no_role_is_told_whom_to_ask(
    open_browser: OpenBrowser, provider: FakeProvider, owner: asyncpg.Connection
) -> None:
    """The account is good, but gives nothing here."""
    provider.person["groups"] = ["everybody"]
    refused = await sign_in(open_browser())
    assert refused.status_code == 403
    assert "no role here" in refused.text
    assert await sessions(owner) == []


BY_MAIL = {"id_claim": "email", "domain": "shop.example"}
CLAIMED: list[tuple[dict[str, str], dict[str, Any], str | None]] = [
    (BY_MAIL, {"email_verified": True}, "sam.lee"),
    (BY_MAIL, {"email_verified": False}, None),
    (BY_MAIL | {"domain": "other.example"}, {"email_verified": True}, None),
    ({}, {"preferred_username": "Sam Lee"}, None),
    ({"role_claim": "realm_access.roles"}, {"realm_access": {"roles": ["pr-audit"]}}, "s.lee"),
    ({"role_claim": "https://a.example/r"}, {"https://a.example/r": "pr-audit"}, "s.lee"),
]


async def test_claims_are_read_as_the_settings_say(
    open_browser: OpenBrowser, provider: FakeProvider, owner: asyncpg.Connection
) -> None:
    """An address serves as an id within the company's own domain, and when it is verified."""
    for changes, person, staff_id in CLAIMED:
        provider.person = PERSON | {"email": "Sam.Lee@shop.example"} | person
        await sign_in(open_browser(**changes))
        found = [row["staff_id"] for row in await sessions(owner)]
        assert found == ([staff_id] if staff_id else []), (changes, person)
        await owner.execute("DELETE FROM privacy.staff_session")


async def test_a_provider_that_refuses_or_is_away_leads_back_to_the_page(
    open_browser: OpenBrowser, provider: FakeProvider
) -> None:
    """Each time a sentence says what to do."""
    provider.refusing = True
    refused = await sign_in(open_browser())
    assert (refused.status_code, "did not let you in" in refused.text) == (403, True)
    away = open_browser(issuer="http://127.0.0.1:9")
    assert (await away.get("/staff/sign-in/start")).status_code == 502
    impostor = open_browser(issuer=f"{provider.issuer}/")
    assert (await impostor.get("/staff/sign-in/start")).status_code == 502
    plain = open_browser(issuer="http://login.example.com")
    assert (await plain.get("/staff/sign-in/start")).status_code == 502
