"""The page of one's own request: opened by a link once, for a while, and good to act on."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import asyncpg
import httpx
import pytest

from domain.links import LinkPurpose
from domain.state import Stage
from domain.vocabulary import Language, NoticeKind
from gateway.pages import catalogue
from gateway.parts import GatewayParts
from records import identities, inbox, suppression, tokens
from records.requests import Projection, project
from records.suppression import Scope
from tests.gateway.support import (
    CANARIES,
    FORM_HEADERS,
    NOW,
    Clock,
    WatchedEngine,
    filed_request,
    token_for,
    write_letter,
)

OPEN = {"action": "open"}
HOME = "/my-request"
STRANGER = "PR-0000-0000"
ANA = "Ana.Canary@example.com"
NEEDS = {"needs": ["confirm_address", "more_points", "declaration"]}


@pytest.fixture
async def request_id(parts: GatewayParts) -> str:
    """File one request."""
    return await filed_request(parts, request_types=["know_specific"])


async def visit(client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str) -> str:
    """Open the page by a fresh link, and return the link's token."""
    token = await token_for(owner, request_id, LinkPurpose.STATUS)
    opened = await client.post(f"/r/{token}", data=OPEN)
    assert (opened.status_code, opened.headers["location"]) == (303, HOME)
    return token


async def press(client: httpx.AsyncClient, path: str, **typed: str) -> httpx.Response:
    """Press a button of the page."""
    return await client.post(HOME + path, content=urlencode(typed), headers=FORM_HEADERS)


async def page_of(client: httpx.AsyncClient) -> str:
    """Return the page of the visit."""
    return (await client.get(HOME)).text


async def news(owner: asyncpg.Connection, request_id: str) -> list[str]:
    """Name the messages that the workflow is told."""
    messages = await inbox.of_request(owner, request_id)
    return [message.kind for message in messages if message.kind != "status_opened"]


async def test_a_link_opens_the_page_once(
    client: httpx.AsyncClient,
    owner: asyncpg.Connection,
    engine: WatchedEngine,
    request_id: str,
) -> None:
    """A scanner's look uses nothing up; the button does; nobody else opens it with that link."""
    token = await token_for(owner, request_id, LinkPurpose.STATUS)
    assert "Open my request" in (await client.get(f"/r/{token}")).text
    await client.post(f"/r/{token}", data=OPEN)
    assert request_id in await page_of(client)
    client.cookies.clear()
    for again in (await client.get(f"/r/{token}"), await client.post(f"/r/{token}", data=OPEN)):
        assert again.status_code == 410
        assert "This link was used" in again.text
    assert "set-cookie" not in again.headers
    (opened,) = await inbox.of_request(owner, request_id)
    assert opened.delivered_at is not None
    assert engine.delivered == []


async def test_of_many_presses_at_once_one_opens(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """The link is good for one visit."""
    token = await token_for(owner, request_id, LinkPurpose.STATUS)
    answers = await asyncio.gather(*(client.post(f"/r/{token}", data=OPEN) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers).count(410) >= 5 - 1
    assert sum("set-cookie" in answer.headers for answer in answers) == 1


async def test_the_visit_is_kept_by_a_modest_cookie_and_ends(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str, clock: Clock
) -> None:
    """For half an hour, on this site only, out of reach of scripts; closing ends it at once."""
    token = await token_for(owner, request_id, LinkPurpose.STATUS)
    cookie = (await client.post(f"/r/{token}", data=OPEN)).headers["set-cookie"].lower()
    assert cookie.startswith("__host-visit=")
    parts = {*cookie.split("; ")}
    assert {"httponly", "secure", "samesite=strict", "path=/", "max-age=1800"} <= parts
    assert token.lower() not in cookie
    clock.move(timedelta(minutes=29))
    assert request_id in await page_of(client)
    clock.move(timedelta(minutes=2))
    assert request_id not in await page_of(client)
    await visit(client, owner, request_id)
    await press(client, "/leave")
    assert request_id not in await page_of(client)


async def test_a_forged_or_revoked_visit_is_none(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """The cookie is signed, and staff can end a visit by taking the links back."""
    await visit(client, owner, request_id)
    good = client.cookies["__Host-visit"]
    other = await filed_request_note(owner, request_id)
    for forged in (good[:-1] + ("0" if good[-1] != "0" else "1"), f"x{good}", other, "."):
        client.cookies.clear()
        client.cookies["__Host-visit"] = forged
        assert request_id not in await page_of(client)
    client.cookies.clear()
    client.cookies["__Host-visit"] = good
    await tokens.revoke(owner, request_id, NOW)
    assert request_id not in await page_of(client)


async def filed_request_note(owner: asyncpg.Connection, request_id: str) -> str:
    """Return a cookie that somebody made up from a link of another purpose."""
    return await token_for(owner, request_id, LinkPurpose.CONFIRM)


async def test_the_page_says_where_the_request_stands(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """Stage in words, the dates, an extension; nothing of the submission."""
    await visit(client, owner, request_id)
    received = await page_of(client)
    assert "We have your request" in received
    assert "January 7, 2027" in received
    assert "extended" not in received
    extended = datetime(2027, 2, 22, 7, 59, 59, tzinfo=UTC)
    await project(owner, request_id, Projection(stage="deciding", respond_by=extended))
    deciding = await page_of(client)
    assert "We are deciding" in deciding
    assert "February 21, 2027" in deciding
    assert "(extended by letter)" in deciding
    await project(owner, request_id, Projection(stage="closed", answered_at=NOW, closed_at=NOW))
    closed = await page_of(client)
    assert "The request is finished" in closed
    assert "Take the request back" not in closed
    for page in (received, deciding, closed):
        assert not [canary for canary in CANARIES if canary in page.lower()]


@pytest.mark.parametrize("stage", [*Stage, "a stage of a later release"])
async def test_every_stage_has_words(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str, stage: str
) -> None:
    """The page works whatever the projection says."""
    await visit(client, owner, request_id)
    await project(owner, request_id, Projection(stage=stage))
    assert (await client.get(HOME)).status_code == 200
    words = catalogue(Language.ENGLISH)["my_request"]
    assert set(words["stages"]) == set(words["stages_short"])


async def test_what_is_needed_can_be_given_there(
    client: httpx.AsyncClient,
    owner: asyncpg.Connection,
    engine: WatchedEngine,
    request_id: str,
) -> None:
    """Confirm, add details, sign: each once, each told to the workflow, then nothing is needed."""
    await write_letter(owner, request_id, NEEDS)
    await visit(client, owner, request_id)
    assert "Yes, this is my request" in await page_of(client)
    await press(client, "")
    details = await client.get(f"{HOME}/details")
    assert 'name="phone"' in details.text
    assert "under penalty of perjury" in details.text
    unsigned = await client.post(f"{HOME}/details", data={"action": "sign", "phone": "1"})
    assert unsigned.status_code == 422
    filled = {"action": "sign", "phone": "1", "signature": "Ana Ruiz"}
    done = await client.post(f"{HOME}/details", data=filled)
    assert (done.status_code, done.headers["location"]) == (303, HOME)
    kinds = ["address_confirmed", "points_added", "declaration_signed"]
    assert await news(owner, request_id) == kinds
    assert len(engine.delivered) == 3
    assert "Nothing at the moment" in await page_of(client)
    again = await client.post(f"{HOME}/details", data=filled)
    assert again.headers["location"] == HOME
    assert await news(owner, request_id) == kinds


async def test_the_last_letter_says_what_is_needed(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """Details that answered the first letter do not answer a later one that asks again."""
    await write_letter(owner, request_id, {"needs": ["more_points"]})
    respond = await token_for(owner, request_id, LinkPurpose.RESPOND)
    await client.post(f"/r/{respond}", data={"action": "confirm", "phone": "1"})
    await visit(client, owner, request_id)
    assert "Nothing at the moment" in await page_of(client)
    await write_letter(
        owner, request_id, {"needs": ["more_points"]}, NoticeKind.MORE_INFORMATION, 7
    )
    assert "Details by which we can know you" in await page_of(client)
    await client.post(f"{HOME}/details", data={"action": "confirm", "order_number": "O-1"})
    assert "Nothing at the moment" in await page_of(client)
    last = (await inbox.of_request(owner, request_id))[-1]
    assert (last.kind, last.facts["letter"]) == ("points_added", 7)


async def test_an_agent_looks_and_does_not_sign(
    client: httpx.AsyncClient, owner: asyncpg.Connection, parts: GatewayParts
) -> None:
    """What the consumer must confirm and sign is not an agent's to give, nor their opt-outs."""
    agent = {"name": "Pat Doe", "email": "pat@example.com"}
    request_id = await filed_request(
        parts, requester="agent_signed", agent=agent, request_types=["know_specific"]
    )
    await write_letter(owner, request_id, NEEDS)
    await visit(client, owner, request_id)
    page = await page_of(client)
    assert "The person you ask for has a letter" in page
    assert "Your opt-outs" not in page
    await press(client, "")
    await client.post(f"{HOME}/details", data={"action": "sign", "signature": "Pat Doe"})
    assert await news(owner, request_id) == []


async def test_a_request_can_be_taken_back_until_it_is_decided(
    client: httpx.AsyncClient,
    owner: asyncpg.Connection,
    engine: WatchedEngine,
    request_id: str,
) -> None:
    """A page asks first; then one message, and the page says so (REC-07)."""
    await visit(client, owner, request_id)
    assert "Yes, take it back" in (await client.get(f"{HOME}/withdraw")).text
    assert await news(owner, request_id) == []
    await press(client, "/withdraw")
    await press(client, "/withdraw")
    assert await news(owner, request_id) == ["withdrawn"]
    assert len(engine.delivered) == 1
    page = await page_of(client)
    assert "You took the request back" in page
    assert f"{HOME}/withdraw" not in page


@pytest.mark.parametrize("stage", ["fulfilling", "answering", "closed"])
async def test_what_is_decided_is_not_taken_back(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str, stage: str
) -> None:
    """No page promises what will not happen."""
    await visit(client, owner, request_id)
    await project(owner, request_id, Projection(stage=stage))
    assert (await client.get(f"{HOME}/withdraw")).status_code == 303
    await press(client, "/withdraw")
    assert await news(owner, request_id) == []


async def test_opt_outs_are_shown(
    client: httpx.AsyncClient, owner: asyncpg.Connection, parts: GatewayParts, request_id: str
) -> None:
    """Since when each holds, whichever request it came by; never that something was erased."""
    ana = [identities.email(ANA)]
    for scope in (Scope.SALE_SHARING, Scope.DELETION):
        await suppression.suppress(owner, parts.people, scope, ana, request_id=None, now=NOW)
    await visit(client, owner, request_id)
    page = await page_of(client)
    assert page.count("Opted out since November 23, 2026") == 1
    assert page.count("Not opted out") == 2
    assert "deletion" not in page


@pytest.mark.parametrize(
    ("number", "address", "asked"),
    [
        ("", ANA, True),
        ("", f"  {ANA.upper()} ", True),
        ("", "somebody@example.com", False),
        (STRANGER, ANA, False),
    ],
)
async def test_a_new_link_goes_to_the_address_on_record(
    client: httpx.AsyncClient,
    owner: asyncpg.Connection,
    engine: WatchedEngine,
    request_id: str,
    number: str,
    address: str,
    asked: bool,
) -> None:
    """The page is the same whoever asks; only the right pair has a letter sent (NOT-03)."""
    typed = {"number": (number or request_id).lower(), "email": address}
    expected = await press(client, "/link", number=request_id, email="x@y.zz")
    page = await press(client, "/link", **typed)
    assert (page.status_code, page.text) == (200, expected.text)
    kinds = ["status_link_requested"] if asked else []
    assert await news(owner, request_id) == kinds
    assert len(engine.delivered) == len(kinds)


async def test_one_link_an_hour_is_sent(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str, clock: Clock
) -> None:
    """A mailbox is not flooded, whether by the form or by an old link."""
    token = await token_for(owner, request_id, LinkPurpose.STATUS, expires_at=NOW)
    assert "This link has ended" in (await client.get(f"/r/{token}")).text
    typed = {"number": request_id, "email": ANA}
    for _ in range(3):
        await client.post(f"/r/{token}", data={"action": "new_link"})
        await press(client, "/link", **typed)
    assert await news(owner, request_id) == ["status_link_requested"]
    clock.move(timedelta(hours=1))
    await press(client, "/link", **typed)
    assert len(await news(owner, request_id)) == 2


async def test_a_finished_request_can_be_looked_at_again(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """The old link offers a new one, which the sweep sends."""
    token = await token_for(owner, request_id, LinkPurpose.STATUS, expires_at=NOW)
    await project(owner, request_id, Projection(closed_at=NOW))
    assert "Send me a new link" in (await client.get(f"/r/{token}")).text
    await client.post(f"/r/{token}", data={"action": "new_link"})
    assert await news(owner, request_id) == ["status_link_requested"]


async def test_an_agent_asks_for_a_link_with_its_own_address(
    client: httpx.AsyncClient, owner: asyncpg.Connection, parts: GatewayParts
) -> None:
    """The page says the same whose address it is; consumer and agent each get their own link."""
    agent = {"name": "Rosa", "email": "Rosa@Helpers.example"}
    request_id = await filed_request(parts, requester="agent_signed", agent=agent)
    pages = [
        (await press(client, "/link", number=request_id, email=address)).text
        for address in ("rosa@helpers.example", ANA, "eve@example.com")
    ]
    assert len(set(pages)) == 1
    asked = await inbox.of_request(owner, request_id)
    assert [one.facts for one in asked] == [{"agent": True}, {}]


@pytest.mark.parametrize(
    ("typed", "faults"),
    [
        ({}, 2),
        ({"number": "PR-0000-0001", "email": "ana@"}, 2),
        ({"number": "canary", "email": ANA}, 1),
    ],
)
async def test_what_cannot_be_a_number_or_address_is_named(
    client: httpx.AsyncClient, typed: dict[str, Any], faults: int
) -> None:
    """The check character finds a slip before anything is looked up."""
    page = await press(client, "/link", **typed)
    assert page.status_code == 422
    assert page.text.count('aria-invalid="true"') == faults


@pytest.mark.parametrize("path", ["", "/details", "/withdraw", "/link", "/leave"])
async def test_no_other_site_acts_in_a_visit(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str, path: str
) -> None:
    """Every button of the page is refused when another site presses it."""
    await visit(client, owner, request_id)
    foreign = {"sec-fetch-site": "cross-site"}
    answer = await client.post(HOME + path, data={}, headers=foreign)
    assert answer.status_code == 403
    assert await news(owner, request_id) == []


async def test_without_a_visit_every_address_leads_to_the_way_in(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """Nothing is shown or stored for a browser that has no visit."""
    assert "See where a request stands" in await page_of(client)
    for path in ("/details", "/withdraw"):
        assert (await client.get(HOME + path)).headers["location"] == HOME
    for path in ("", "/details", "/withdraw"):
        assert (await press(client, path)).headers["location"] == HOME
    assert await news(owner, request_id) == []
