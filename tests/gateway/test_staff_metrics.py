"""The metrics page counts from the record; every plot has its numbers as a table and a file."""

from datetime import timedelta

import asyncpg
import httpx
import pytest

from domain import events as e
from domain import policies
from domain.vocabulary import Decision, Role
from gateway.parts import GatewayParts
from records import requests
from tests.gateway.staff import sign_in
from tests.gateway.support import NOW, filed_request
from tests.happenings import received
from tests.stored import write

DAY = timedelta(days=1)
PAGE = "/staff/metrics"


async def stand(
    owner: asyncpg.Connection, parts: GatewayParts, age: int, answered_after: int | None = None
) -> str:
    """File a deletion ``age`` days ago, answered after so many days, as a workflow records it."""
    request_id = await filed_request(parts)
    received_at = NOW - age * DAY
    found = await requests.find(owner, request_id)
    assert found is not None
    policy = policies.in_force_at(received_at)
    events: list[e.Event] = [
        received(
            policy,
            received_at,
            found.request_types[0],
            requester=found.requester,
            residency=found.residency,
            channel=found.channel,
            language=found.language,
        )
    ]
    outcome = None
    if answered_after is not None:
        outcome = Decision.GRANT
        accepted_at = received_at + answered_after * DAY
        events.append(e.RequestAnswered(outcome=outcome, letter=2, accepted_at=accepted_at))
    await write(owner, request_id, NOW, *events)
    await owner.execute(
        "UPDATE privacy.request SET received_at = $2, respond_by = $3, outcome = $4,"
        " closed_at = $5 WHERE request_id = $1",
        request_id,
        received_at,
        received_at + 45 * DAY,
        outcome,
        NOW if outcome else None,
    )
    return request_id


@pytest.fixture
async def late(owner: asyncpg.Connection, parts: GatewayParts) -> str:
    """Have answered two requests, one late, and owe one that is due tomorrow; return that one."""
    await stand(owner, parts, age=70, answered_after=10)
    await stand(owner, parts, age=60, answered_after=50)
    await stand(owner, parts, age=3)
    return await stand(owner, parts, age=44)


async def test_the_page_and_its_files_say_the_same(
    client: httpx.AsyncClient, owner: asyncpg.Connection, late: str
) -> None:
    """Plots without a script or a style of their own, each with its numbers."""
    await sign_in(client, owner, Role.AUDITOR)
    page = await client.get(PAGE)
    assert page.status_code == 200
    assert page.text.count("<svg") == 4
    assert "style=" not in page.text
    assert "<script" not in page.text
    months = (await client.get(f"{PAGE}/over-time.csv?months=3")).text.splitlines()
    assert months == [
        "month,received,answered",
        "2026-09,2,1",
        "2026-10,1,0",
        "2026-11,1,1",
    ]
    on_time = (await client.get(f"{PAGE}/on-time.csv?months=3")).text.splitlines()
    assert on_time[1:] == ["2026-09,1,0,100", "2026-10,0,0,", "2026-11,0,1,0"]
    days = (await client.get(f"{PAGE}/days-to-respond.csv")).text
    assert "6–10,1,0" in days
    assert "46–60,0,1" in days
    outcomes = (await client.get(f"{PAGE}/outcomes.csv")).text.splitlines()
    assert outcomes[1].startswith("to delete personal information,4,2,")
    assert (
        (await client.get(f"{PAGE}/year-2026.csv"))
        .text.splitlines()[1]
        .startswith("to delete,4,2,0,0,30.0,30.0")
    )


async def test_who_will_be_late_is_named(
    client: httpx.AsyncClient, owner: asyncpg.Connection, late: str
) -> None:
    """One answer in four weeks is too slow for the two that are owed, the first due first."""
    await sign_in(client, owner, Role.HANDLER)
    page = (await client.get(PAGE)).text
    assert "<strong>2 of 2</strong>" in page
    assert f'href="/staff/requests/{late}"' in page
    file = (await client.get(f"{PAGE}/forecast.csv")).text
    assert file.splitlines()[1].startswith(f"{late},2026-11-24,")


async def test_an_empty_house_has_a_page(
    client: httpx.AsyncClient, owner: asyncpg.Connection
) -> None:
    """Nothing is divided by nothing."""
    await sign_in(client, owner)
    page = await client.get(f"{PAGE}?months=24&year=1999")
    assert page.status_code == 200
    assert "No request waits for an answer" in page.text


async def test_files_are_for_staff_and_have_known_names(
    client: httpx.AsyncClient, owner: asyncpg.Connection
) -> None:
    """Nobody else gets one, and no other name is one."""
    for name in ("over-time", "year-2026"):
        assert (await client.get(f"{PAGE}/{name}.csv")).status_code == 303
    await sign_in(client, owner)
    for name in ("passwords", "year-1999", "year-2027", "year-x"):
        assert (await client.get(f"{PAGE}/{name}.csv")).status_code == 404
    file = await client.get(f"{PAGE}/on-time.csv")
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert file.headers["content-disposition"] == 'attachment; filename="privacy-on-time.csv"'
