"""The page behind a consumer's link: opening changes nothing, a button counts once."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from markupsafe import escape

from domain.links import LinkPurpose
from gateway.parts import GatewayParts
from records import inbox, tokens
from records.inbox import Message
from records.requests import Projection, project
from records.vault import Vault
from tests.gateway.support import (
    CANARIES,
    FORM_HEADERS,
    NOW,
    Clock,
    WatchedEngine,
    filed_request,
    token_for,
    write_event,
    write_letter,
)

CONFIRM = {"action": "confirm"}
NOT_ME = {"action": "not_me"}


@pytest.fixture
async def request_id(parts: GatewayParts) -> str:
    """File one request."""
    return await filed_request(parts)


async def messages(owner: asyncpg.Connection, request_id: str) -> list[Message]:
    """Return what came in for a request."""
    return await inbox.of_request(owner, request_id)


async def press(client: httpx.AsyncClient, token: str, fields: dict[str, Any]) -> httpx.Response:
    """Press a button of the page."""
    return await client.post(f"/r/{token}", data=fields)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_opening_a_link_changes_nothing(
    client: httpx.AsyncClient,
    owner: asyncpg.Connection,
    engine: WatchedEngine,
    request_id: str,
    method: str,
) -> None:
    """A mail scanner that opens every link confirms nothing (NOT-05)."""
    token = await token_for(owner, request_id, LinkPurpose.CONFIRM)
    response = await client.request(method, f"/r/{token}")
    assert response.status_code == 200
    assert await messages(owner, request_id) == []
    assert engine.delivered == []


async def test_the_page_shows_the_request_and_nothing_personal(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """Number, right and date stand there; no value of the submission does (NOT-03)."""
    token = await token_for(owner, request_id, LinkPurpose.CONFIRM)
    page = (await client.get(f"/r/{token}")).text
    assert request_id in page
    assert "Delete personal information" in page
    assert "November 23, 2026" in page
    assert not [canary for canary in CANARIES if canary in page.lower()]


async def test_a_pressed_button_confirms_the_address(
    client: httpx.AsyncClient,
    owner: asyncpg.Connection,
    engine: WatchedEngine,
    request_id: str,
) -> None:
    """One inbox row, told to the request's workflow, and a page that says what comes next."""
    token = await token_for(owner, request_id, LinkPurpose.CONFIRM)
    page = await press(client, token, CONFIRM)
    (message,) = await messages(owner, request_id)
    assert (message.kind, message.facts) == ("address_confirmed", {"letter": 2})
    assert engine.delivered == [(request_id, message.row_id)]
    assert page.status_code == 200
    assert "Your address is confirmed" in page.text
    assert "January 7, 2027" in page.text


@pytest.mark.parametrize("fields", [{"phone": "1"}, {"action": "canary"}])
async def test_a_form_without_a_known_button_changes_nothing(
    client: httpx.AsyncClient,
    owner: asyncpg.Connection,
    request_id: str,
    fields: dict[str, str],
) -> None:
    """The page is shown again, as if it were opened."""
    token = await token_for(owner, request_id, LinkPurpose.CONFIRM)
    page = await press(client, token, fields)
    assert "Is this your email address?" in page.text
    assert await messages(owner, request_id) == []


async def test_a_repeated_press_says_so_and_counts_once(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """Ten presses at once are one confirmation; opening the link again shows it."""
    token = await token_for(owner, request_id, LinkPurpose.CONFIRM)
    pages = await asyncio.gather(*(press(client, token, CONFIRM) for _ in range(10)))
    assert {page.status_code for page in pages} == {200}
    assert sum("already confirmed" in page.text for page in pages) == 9
    assert "already confirmed" in (await client.get(f"/r/{token}")).text
    assert len(await messages(owner, request_id)) == 1


async def test_points_go_to_the_vault_only(
    client: httpx.AsyncClient,
    parts: GatewayParts,
    owner: asyncpg.Connection,
    request_id: str,
) -> None:
    """The inbox names the kinds; the values open from the vault; the address is proved as well."""
    token = await token_for(owner, request_id, LinkPurpose.RESPOND)
    fields = CONFIRM | {"phone": " +1 415 555 0199 ", "birth_date": "1980-12-31", "full_name": "no"}
    page = await press(client, token, fields)
    points, address = await messages(owner, request_id)
    assert "We have what you sent" in page.text
    assert points.facts == {"kinds": ["birth_date", "phone"], "letter": 2}
    assert address.kind == "address_confirmed"
    evidence = await parts.vault.get(owner, request_id, inbox.EVIDENCE, points.row_id)
    assert json.loads(evidence) == {"birth_date": "1980-12-31", "phone": "+1 415 555 0199"}
    assert "415 555" not in str(points)


async def test_points_can_follow_a_confirmation(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """After one link confirmed the address, the other still takes points, and only those."""
    confirm = await token_for(owner, request_id, LinkPurpose.CONFIRM)
    respond = await token_for(owner, request_id, LinkPurpose.RESPOND)
    await press(client, confirm, CONFIRM)
    await press(client, respond, CONFIRM | {"order_number": "O-1"})
    kinds = [message.kind for message in await messages(owner, request_id)]
    assert kinds == ["address_confirmed", "points_added"]


async def test_a_confirmation_says_what_the_letter_still_waits_for(
    client: httpx.AsyncClient, owner: asyncpg.Connection, parts: GatewayParts
) -> None:
    """Nobody is told to wait whose details are missing; it follows from the letter (NOT-03)."""
    said = []
    for needs in (["confirm_address", "more_points"], ["confirm_address"]):
        request_id = await filed_request(parts)
        await write_letter(owner, request_id, {"needs": needs})
        token = await token_for(owner, request_id, LinkPurpose.CONFIRM)
        page = await press(client, token, CONFIRM)
        said.append("Add what is missing" in page.text)
    assert said == [True, False]


async def test_the_page_asks_for_the_points_that_policy_finds_reliable(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """The same fields whatever was offered or matched; facts of public pages are not asked."""
    token = await token_for(owner, request_id, LinkPurpose.RESPOND)
    page = (await client.get(f"/r/{token}")).text
    for kind in ("phone", "postal_address", "birth_date", "customer_number", "order_number"):
        assert f'name="{kind}"' in page
    assert 'name="full_name"' not in page
    assert 'name="employer"' not in page


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Fill in at least one field"),
        ({"phone": "9" * 201}, "200 characters"),
        ({"birth_date": "31.12.1980"}, "1980-12-31"),
        ({"phone": 'canary"><b>\r\nBcc: canary'}, "one line"),
    ],
)
async def test_a_form_with_faults_says_what_to_mend(
    client: httpx.AsyncClient,
    owner: asyncpg.Connection,
    request_id: str,
    fields: dict[str, str],
    sentence: str,
) -> None:
    """422 with a sentence at the field; what was typed stays in it; nothing stored."""
    token = await token_for(owner, request_id, LinkPurpose.RESPOND)
    page = await press(client, token, CONFIRM | fields)
    assert page.status_code == 422
    assert sentence in page.text
    assert all(str(escape(text)).split("\r")[0] in page.text for text in fields.values())
    assert "<b>" not in page.text
    assert await messages(owner, request_id) == []


@pytest.mark.parametrize("purpose", [LinkPurpose.CONFIRM, LinkPurpose.RESPOND, LinkPurpose.DISOWN])
async def test_this_was_not_me_stops_the_request(
    client: httpx.AsyncClient,
    owner: asyncpg.Connection,
    request_id: str,
    purpose: LinkPurpose,
) -> None:
    """Every link of an unconfirmed address has the button; every other link then knows (NOT-05)."""
    token = await token_for(owner, request_id, purpose)
    other = await token_for(owner, request_id, LinkPurpose.CONFIRM)
    page = await press(client, token, NOT_ME)
    (message,) = await messages(owner, request_id)
    assert message.kind == "request_disowned"
    assert "We stop this request" in page.text
    later = await press(client, other, CONFIRM)
    assert "The request was stopped" in later.text
    assert len(await messages(owner, request_id)) == 1


@pytest.mark.parametrize("purpose", [LinkPurpose.DISOWN, LinkPurpose.RESPOND])
async def test_a_confirmed_request_is_not_stopped_by_another_link(
    client: httpx.AsyncClient,
    owner: asyncpg.Connection,
    request_id: str,
    purpose: LinkPurpose,
) -> None:
    """Who doubts a confirmation is told to write or call; no page promises what will not happen."""
    confirm = await token_for(owner, request_id, LinkPurpose.CONFIRM)
    other = await token_for(owner, request_id, purpose)
    await press(client, confirm, CONFIRM)
    assert "not_me" not in (await client.get(f"/r/{other}")).text
    page = await press(client, other, NOT_ME)
    assert "was confirmed from this address" in page.text
    assert len(await messages(owner, request_id)) == 1


async def test_an_unknown_link_says_what_to_do(client: httpx.AsyncClient) -> None:
    """404, for opening and for pressing, whatever the token looks like."""
    for token in ("x", "x" * 43, "%00%ff"):
        page = await client.get(f"/r/{token}")
        assert page.status_code == 404
        assert page.headers["content-type"].startswith("text/html")
    page = await press(client, "x" * 43, CONFIRM)
    assert page.status_code == 404
    assert "write to us" in page.text


async def test_a_providers_link_opens_no_consumers_page(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """A token is good for its purpose only."""
    token = await token_for(owner, request_id, LinkPurpose.ACKNOWLEDGE)
    assert (await client.get(f"/r/{token}")).status_code == 404


async def test_an_expired_link_says_what_to_do(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str, clock: Clock
) -> None:
    """410 after its last instant; a press stores nothing."""
    token = await token_for(owner, request_id, LinkPurpose.CONFIRM)
    clock.move(timedelta(days=14))
    page = await press(client, token, CONFIRM)
    assert page.status_code == 410
    assert "This link has ended" in page.text
    assert await messages(owner, request_id) == []


async def test_expiry_is_judged_by_the_requests_own_time(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """Where the workflow's clock is ahead, its links end by that clock."""
    recorded_at = await owner.fetchval("SELECT clock_timestamp()")
    token = await token_for(owner, request_id, LinkPurpose.CONFIRM)
    head = await write_event(owner, request_id, recorded_at + timedelta(days=10))
    assert (await client.get(f"/r/{token}")).status_code == 200
    await write_event(owner, request_id, recorded_at + timedelta(days=15), 2, head)
    assert (await client.get(f"/r/{token}")).status_code == 410


async def test_a_revoked_link_has_ended(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """Staff can take links back."""
    token = await token_for(owner, request_id, LinkPurpose.CONFIRM)
    await tokens.revoke(owner, request_id, NOW)
    assert (await press(client, token, CONFIRM)).status_code == 410


async def test_a_finished_request_needs_no_confirmation(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """Once answered, the link says that it is no longer needed."""
    token = await token_for(owner, request_id, LinkPurpose.CONFIRM)
    await project(owner, request_id, Projection(answered_at=NOW))
    page = await press(client, token, CONFIRM)
    assert page.status_code == 410
    assert "no longer needed" in page.text


async def test_shredded_data_takes_no_more_points(
    client: httpx.AsyncClient, owner: asyncpg.Connection, parts: GatewayParts, request_id: str
) -> None:
    """After retention's end the page says that the request is finished."""
    token = await token_for(owner, request_id, LinkPurpose.RESPOND)
    await Vault.shred(parts.vault, owner, request_id)
    assert (await press(client, token, CONFIRM | {"phone": "1"})).status_code == 410
    assert await messages(owner, request_id) == []


async def test_the_button_works_while_the_engine_is_away(
    client: httpx.AsyncClient,
    owner: asyncpg.Connection,
    engine: WatchedEngine,
    request_id: str,
) -> None:
    """The press is stored and answered; the sweep delivers it."""
    engine.away = True
    token = await token_for(owner, request_id, LinkPurpose.CONFIRM)
    assert "is confirmed" in (await press(client, token, CONFIRM)).text
    (message,) = await messages(owner, request_id)
    assert message.delivered_at is None


async def test_pages_speak_the_requests_language(
    client: httpx.AsyncClient, owner: asyncpg.Connection, parts: GatewayParts
) -> None:
    """Spanish for a Spanish request, English by a click; an unknown link asks the browser."""
    token = await token_for(owner, await filed_request(parts, language="es"), LinkPurpose.CONFIRM)
    spanish = await client.get(f"/r/{token}")
    assert '<html lang="es">' in spanish.text
    assert "23 de noviembre de 2026" in spanish.text
    english = await client.get(f"/r/{token}?lang=en")
    assert '<html lang="en">' in english.text
    unknown = await client.get("/r/x", headers={"accept-language": "fr, es-MX;q=0.8"})
    assert "Este enlace no funciona" in unknown.text


async def test_pages_guard_the_token_and_the_reader(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """No referrer, no script, no frame, no cache, no cookie."""
    token = await token_for(owner, request_id, LinkPurpose.CONFIRM)
    for page in (await client.get(f"/r/{token}"), await press(client, token, CONFIRM)):
        policy = page.headers["content-security-policy"]
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script" not in policy
        assert "set-cookie" not in page.headers
        assert "<script" not in page.text
        assert token not in page.text.replace(f"/r/{token}", "")


async def test_hostile_forms_get_a_readable_page(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """Too large, of another kind, or unreadable: an HTML page with the right status."""
    path = f"/r/{await token_for(owner, request_id, LinkPurpose.CONFIRM)}"
    cases = [
        (client.post(path, content=b"a=" + b"x" * 9000, headers=FORM_HEADERS), 413),
        (client.post(path, json={"action": "confirm"}), 415),
        (client.post(path, content=b"&".join([b"a=1"] * 60), headers=FORM_HEADERS), 400),
        (client.put(path), 405),
    ]
    for call, status in cases:
        page = await call
        assert page.status_code == status
        assert "<h1>" in page.text
    assert await messages(owner, request_id) == []


async def test_too_many_visits_must_wait(client: httpx.AsyncClient) -> None:
    """Guessing tokens from one address is slowed down (VER-13)."""
    statuses = [(await client.get("/r/guess")).status_code for _ in range(61)]
    assert statuses == [404] * 60 + [429]


async def test_whoever_confirmed_nothing_can_say_not_me_after_the_answer(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """The last letter to an unconfirmed address has the button; nothing else opens (NOT-05)."""
    await project(owner, request_id, Projection(answered_at=NOW, closed_at=NOW))
    disown = await token_for(owner, request_id, LinkPurpose.DISOWN)
    confirm = await token_for(owner, request_id, LinkPurpose.CONFIRM)
    late = await press(client, confirm, CONFIRM)
    page = await press(client, disown, NOT_ME)
    (message,) = await messages(owner, request_id)
    assert late.status_code != 200
    assert (page.status_code, message.kind) == (200, "request_disowned")
