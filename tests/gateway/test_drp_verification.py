"""The page where an agent sends the consumer: what is left to do, and the way back."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import asyncpg
import httpx
import pytest

from domain import events as e
from domain.decisions.inbox import LINK_REQUESTED
from gateway.parts import GatewayParts
from records import inbox
from tests.gateway.agents import Network, network, stands
from tests.gateway.support import FORM_HEADERS, Clock

BACK = "https://app.helpers.example/done?user=1"
CONFIRMED = e.AddressConfirmed(inbox=1)


@pytest.fixture
async def net(parts: GatewayParts) -> AsyncIterator[Network]:
    """Serve two paired agents."""
    async with network(parts) as served:
        yield served


async def opened(
    net: Network, owner: asyncpg.Connection, *events: e.Event
) -> tuple[dict[str, Any], str]:
    """File a request to which this happened; return its status and our number of it."""
    filed = await net.filed()
    request_id = await net.request_id(filed["request_id"], owner)
    await stands(owner, request_id, *events)
    status: dict[str, Any] = (await net.helpers.status(filed["request_id"])).json()
    return status, request_id


def page(status: dict[str, Any], back: str = BACK, request_id: str = "") -> str:
    """Return the address that the agent's software makes for the consumer's browser."""
    named = {"redirect_to": back, "request_id": request_id or status["request_id"]}
    path = f"https://privacy.example.com/verify/{status['request_id']}"
    return f"{path}?{urlencode(named)}"


async def test_the_page_names_the_steps_and_nothing_personal(
    net: Network, owner: asyncpg.Connection
) -> None:
    """Whoever has the address may be the agent: it proves nothing and tells nothing (VER-13)."""
    status, request_id = await opened(net, owner)
    assert page(status).startswith(status["user_verification_url"])
    for language, words in (("en", "What is left"), ("es", "Lo que falta")):
        answer = await net.http.get(f"{page(status)}&lang={language}")
        assert answer.status_code == 200
        assert words in answer.text
        assert request_id in answer.text
        assert "canary" not in answer.text.lower()
    assert await inbox.of_request(owner, request_id) == []


async def test_the_letter_is_sent_again_once_an_hour(
    net: Network, owner: asyncpg.Connection, clock: Clock
) -> None:
    """The button asks the workflow, which writes to the address on record alone."""
    status, request_id = await opened(net, owner)
    for _ in range(2):
        sent = await net.http.post(page(status), content=b"action=send", headers=FORM_HEADERS)
        assert "Check your email" in sent.text
    (asked,) = await inbox.of_request(owner, request_id)
    assert asked.kind == LINK_REQUESTED
    clock.move(timedelta(hours=1))
    await net.http.post(page(status), content=b"action=send", headers=FORM_HEADERS)
    assert len(await inbox.of_request(owner, request_id)) == 2
    foreign = {**FORM_HEADERS, "sec-fetch-site": "cross-site"}
    refused = await net.http.post(page(status), content=b"action=send", headers=foreign)
    assert refused.status_code == 403


async def test_a_consumer_who_has_done_their_part_is_led_back(
    net: Network, owner: asyncpg.Connection
) -> None:
    """To hosts of the agent alone; elsewhere the page just says that nothing is left (3.02.1)."""
    status, _ = await opened(net, owner, CONFIRMED)
    assert "reason" not in status
    led = await net.http.get(page(status))
    assert (led.status_code, led.headers["location"]) == (303, BACK)
    for elsewhere in ("https://evil.example/", "//helpers.example", "javascript:1", ""):
        shown = await net.http.get(page(status, elsewhere))
        assert shown.status_code == 200
        assert "You have done your part" in shown.text
        assert "evil" not in shown.headers.get("location", "") + shown.text.split("<main")[1]


async def test_a_request_that_was_disowned_leads_nobody_back(
    net: Network, owner: asyncpg.Connection
) -> None:
    """A verification that failed does not redirect (section 3.02.1)."""
    status, _ = await opened(net, owner, e.RequestDisowned(inbox=1))
    answer = await net.http.get(page(status))
    assert (answer.status_code, status["status"]) == (200, "denied")


@pytest.mark.parametrize("other", ["", "x", "PR-0000-0000"])
async def test_a_page_of_no_request_is_not_there(net: Network, other: str) -> None:
    """Unknown ids, and a request_id in the query that names another request."""
    status = await net.filed()
    wrong = page(status, request_id=other or str(uuid4()))
    for address in (wrong, page({"request_id": other or str(uuid4())})):
        answer: httpx.Response = await net.http.get(address)
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")
