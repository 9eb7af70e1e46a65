"""The page behind a provider's link: received first, the result later, each once."""

import asyncio
from datetime import timedelta

import asyncpg
import httpx
import pytest

from domain.ids import direction_stream
from domain.links import LinkPurpose
from gateway.parts import GatewayParts
from records import inbox
from records.inbox import Message
from tests.gateway.support import (
    CANARIES,
    NOW,
    Clock,
    WatchedEngine,
    filed_request,
    token_for,
    write_event,
)


@pytest.fixture
async def direction(parts: GatewayParts, owner: asyncpg.Connection) -> str:
    """Direct Postbird about one request."""
    stream = direction_stream(await filed_request(parts), "postbird")
    await write_event(owner, stream, NOW)
    return stream


@pytest.fixture
async def path(owner: asyncpg.Connection, direction: str) -> str:
    """Write Postbird a link."""
    request_id = direction.partition(".")[0]
    token = await token_for(owner, request_id, LinkPurpose.ACKNOWLEDGE, stream=direction)
    return f"/p/{token}"


async def reports(owner: asyncpg.Connection, direction: str) -> list[Message]:
    """Return what the provider reported."""
    return await inbox.of_request(owner, direction.partition(".")[0])


async def test_opening_the_link_acknowledges_nothing(
    client: httpx.AsyncClient, owner: asyncpg.Connection, direction: str, path: str
) -> None:
    """The page names the direction and the provider, never the person."""
    for method in ("GET", "HEAD"):
        assert (await client.request(method, path)).status_code == 200
    page = (await client.get(path)).text
    assert direction in page
    assert "Postbird Mailings" in page
    assert not [canary for canary in CANARIES if canary in page.lower()]
    assert await reports(owner, direction) == []


async def test_received_first_and_the_result_later_by_one_link(
    client: httpx.AsyncClient,
    owner: asyncpg.Connection,
    engine: WatchedEngine,
    direction: str,
    path: str,
) -> None:
    """Both are stored and told to the direction's workflow."""
    await client.post(path, data={"standing": "received"})
    assert 'value="received"' not in (await client.get(path)).text
    page = await client.post(path, data={"standing": "done"})
    stored = await reports(owner, direction)
    assert "everything that we asked for is done" in page.text
    assert [message.facts["standing"] for message in stored] == ["received", "done"]
    assert [message.kind for message in stored] == ["acknowledged"] * 2
    assert engine.delivered == [(direction, message.row_id) for message in stored]


async def test_a_repeated_press_counts_once(
    client: httpx.AsyncClient, owner: asyncpg.Connection, direction: str, path: str
) -> None:
    """Ten presses at once are one report; the others are told so."""
    presses = [client.post(path, data={"standing": "done"}) for _ in range(10)]
    pages = await asyncio.gather(*presses)
    assert {page.status_code for page in pages} == {200}
    assert sum("already reported" in page.text for page in pages) == 9
    assert len(await reports(owner, direction)) == 1


async def test_nothing_follows_the_last_word(
    client: httpx.AsyncClient, owner: asyncpg.Connection, direction: str, path: str
) -> None:
    """After a result the page takes no other; it says what was reported."""
    await client.post(path, data={"standing": "not_found"})
    page = await client.post(path, data={"standing": "done"})
    assert "nothing is held about this person" in page.text
    assert len(await reports(owner, direction)) == 1


@pytest.mark.parametrize(
    "form",
    [
        {"standing": "canary"},
        {"standing": "silent"},
        {"standing": "partly"},
        {"standing": "refused", "reason": ""},
        {"standing": "refused", "reason": "canary"},
        {"reason": "legal_obligation"},
    ],
)
async def test_what_stays_needs_a_reason(
    client: httpx.AsyncClient,
    owner: asyncpg.Connection,
    direction: str,
    path: str,
    form: dict[str, str],
) -> None:
    """An incomplete report shows the page again and stores nothing."""
    page = await client.post(path, data=form)
    assert page.status_code == 422
    assert "Choose how much cannot be done, and a reason" in page.text
    assert "canary" not in page.text
    assert await reports(owner, direction) == []


async def test_a_reason_is_stored_as_a_code(
    client: httpx.AsyncClient, owner: asyncpg.Connection, direction: str, path: str
) -> None:
    """No free text travels on."""
    await client.post(path, data={"standing": "partly", "reason": "backup_only"})
    (message,) = await reports(owner, direction)
    assert (message.facts["standing"], message.facts["reason"]) == ("partly", "backup_only")


async def test_an_ended_or_unknown_link_says_what_to_do(
    client: httpx.AsyncClient,
    owner: asyncpg.Connection,
    direction: str,
    path: str,
    clock: Clock,
) -> None:
    """410 after its last day, 404 for what is no link of a provider."""
    consumers = await token_for(owner, direction.partition(".")[0], LinkPurpose.CONFIRM)
    assert (await client.get("/p/x")).status_code == 404
    assert (await client.post(f"/p/{consumers}", data={"standing": "done"})).status_code == 404
    clock.move(timedelta(days=15))
    assert (await client.post(path, data={"standing": "done"})).status_code == 410
    assert await reports(owner, direction) == []
