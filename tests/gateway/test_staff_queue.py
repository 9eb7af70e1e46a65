"""The queue lists open requests by due date; nobody sees it who is not signed in."""

import inspect
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from domain.state import RequestState, Stage
from domain.vocabulary import Role
from gateway.parts import GatewayParts
from gateway.staff.words import ACTIONS, STAGES, VIEWS
from records import work_queue
from records.work_queue import View
from tests.gateway.staff import sign_in
from tests.gateway.support import NOW, filed_request

DAY = timedelta(days=1)


async def standing(
    owner: asyncpg.Connection, parts: GatewayParts, respond_by: datetime | None, **columns: Any
) -> str:
    """File a request and let it stand as its workflow would have written."""
    kinds = columns.pop("request_types", ["delete"])
    request_id = await filed_request(parts, request_types=kinds)
    row = {"respond_by": respond_by, "stage": "verifying", "needs_action": "", **columns}
    places = ", ".join(f"{name} = ${n}" for n, name in enumerate(row, 2))
    await owner.execute(
        f"UPDATE privacy.request SET {places} WHERE request_id = $1", request_id, *row.values()
    )
    return request_id


@pytest.fixture
async def late(owner: asyncpg.Connection, parts: GatewayParts) -> str:
    """Let a request be two days late and wait for staff."""
    return await standing(owner, parts, NOW - 2 * DAY, stage="deciding", needs_action="decide")


@pytest.fixture
async def soon(owner: asyncpg.Connection, parts: GatewayParts) -> str:
    """Let a request be due tomorrow."""
    return await standing(owner, parts, NOW + DAY, request_types=["know_both"])


@pytest.fixture
async def calm(owner: asyncpg.Connection, parts: GatewayParts) -> str:
    """Let a request be due in a month."""
    return await standing(owner, parts, NOW + 30 * DAY)


@pytest.fixture
async def answered(owner: asyncpg.Connection, parts: GatewayParts) -> str:
    """Let a request be answered after its due date, and wait for providers."""
    return await standing(owner, parts, NOW - 3 * DAY, stage="waiting for providers")


def shown(page: httpx.Response, ids: Sequence[str]) -> list[str]:
    """Return the ids that a page lists, in its order."""
    assert page.status_code == 200, page.text
    found = {one: page.text.find(f'href="/staff/requests/{one}"') for one in ids}
    return sorted((one for one in ids if found[one] >= 0), key=lambda one: found[one])


async def test_open_requests_stand_by_due_date_with_the_days_in_words(
    client: httpx.AsyncClient,
    owner: asyncpg.Connection,
    calm: str,
    answered: str,
    soon: str,
    late: str,
    parts: GatewayParts,
) -> None:
    """The latest first, answered ones last; closed and planted ones are not listed."""
    closed = await standing(owner, parts, NOW, closed_at=NOW, stage="closed")
    planted = await standing(owner, parts, NOW, client="canary")
    await sign_in(client, owner, Role.AUDITOR)
    page = await client.get("/staff/requests")
    ids = [calm, answered, soon, late, closed, planted]
    assert shown(page, ids) == [late, soon, calm, answered]
    for words in ("2 days late", "due tomorrow", "30 days left", "answered", ">Decide<"):
        assert words in page.text
    assert "anary" not in page.text


FILTERS = {
    "show=mine": ["late"],
    "show=soon": ["soon"],
    "show=overdue": ["late"],
    "show=consumer": ["soon", "calm"],
    "show=providers": ["answered"],
    "type=know_both": ["soon"],
    "show=no-such&type=no-such&page=-1": ["late", "soon", "calm", "answered"],
    "page=2": [],
}


async def test_each_list_shows_what_its_name_says(
    client: httpx.AsyncClient,
    owner: asyncpg.Connection,
    late: str,
    soon: str,
    calm: str,
    answered: str,
) -> None:
    """What is not understood in the address is left out."""
    names = {late: "late", soon: "soon", calm: "calm", answered: "answered"}
    await sign_in(client, owner)
    found = {}
    for query in FILTERS:
        page = await client.get(f"/staff/requests?{query}")
        found[query] = [names[one] for one in shown(page, list(names))]
    assert found == FILTERS


async def test_a_package_that_stands_is_neither_late_nor_anybodys_to_wait_for(
    client: httpx.AsyncClient, owner: asyncpg.Connection, parts: GatewayParts
) -> None:
    """Its request is answered, and no provider has anything to say of it."""
    kept = await standing(owner, parts, NOW - 3 * DAY, stage="keeping package")
    await sign_in(client, owner)
    for query in ("show=overdue", "show=providers", "show=soon"):
        assert shown(await client.get(f"/staff/requests?{query}"), [kept]) == []
    page = await client.get("/staff/requests")
    assert "Answered, the package stands" in page.text


async def test_a_request_is_found_as_its_number_is_read_aloud(
    client: httpx.AsyncClient, owner: asyncpg.Connection, parts: GatewayParts
) -> None:
    """In small letters, without dashes, with an O for a zero; closed ones too."""
    await standing(owner, parts, NOW)
    closed = await standing(owner, parts, NOW, closed_at=NOW, stage="closed")
    await sign_in(client, owner)
    spoken = closed.lower().replace("-", " ").replace("0", "o")
    page = await client.get("/staff/requests", params={"id": spoken})
    assert f'href="/staff/requests/{closed}"' in page.text
    assert page.text.count('class="number"') == 1
    nothing = await client.get("/staff/requests?id=%25")
    assert "No request has such a number" in nothing.text


async def test_a_request_whose_clock_was_moved_is_judged_by_its_own_time(
    owner: asyncpg.Connection, parts: GatewayParts, calm: str
) -> None:
    """What is a month away on the wall is late where 40 days have passed."""
    await owner.execute("UPDATE privacy.request SET business_time = $1", NOW + 40 * DAY)
    assert (await work_queue.counts(owner, NOW, None))[View.OVERDUE] == 1
    [row] = await work_queue.of_view(owner, View.OVERDUE, NOW)
    assert (row.request_id, row.at) == (calm, NOW + 40 * DAY)


def test_every_stage_and_every_action_has_its_words() -> None:
    """No code of the engine's stands on the page."""
    codes = re.findall(r'return "([a-z_]+)"', inspect.getsource(RequestState))
    assert codes
    assert set(codes) <= set(ACTIONS)
    assert set(STAGES) == set(Stage)
    assert set(VIEWS) == set(View)


async def test_whoever_is_not_signed_in_is_led_to_the_sign_in(client: httpx.AsyncClient) -> None:
    """The page comes back afterwards."""
    asked = await client.get("/staff/requests?show=overdue")
    assert asked.status_code == 303
    assert asked.headers["location"] == "/staff/sign-in?next=/staff/requests%3Fshow%3Doverdue"
