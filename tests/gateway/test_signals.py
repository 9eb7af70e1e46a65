"""A browser's opt-out signal is an opt-out at once, once, and can be looked at (OPT-04, OPT-05)."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from domain.ids import is_request_id
from gateway.parts import GatewayParts
from gateway.signal_docs import SIGNAL_EXAMPLES
from records.requests import Projection, project
from tests.gateway.support import (
    API_KEY,
    Clock,
    WatchedEngine,
    filed_request,
    problem,
)

GPC = {"Sec-GPC": "1"}
SIGNAL = "/v1/opt-out/signal"
PERSON = {"consumer": {"name": "Ana Canary Ruiz", "email": "ana.canary@example.com"}}


async def pass_on(client: httpx.AsyncClient, body: Any, **sent: str) -> httpx.Response:
    """Pass a visitor's signal on, as a site's backend does."""
    headers = {"X-API-Key": API_KEY, **GPC, **sent}
    return await client.post(SIGNAL, json=body, headers=headers)


async def requests_stored(owner: asyncpg.Connection) -> list[asyncpg.Record]:
    """Return every request."""
    return list(await owner.fetch("SELECT * FROM privacy.request ORDER BY registered_at"))


@pytest.mark.parametrize(("method", "path"), [("GET", "/gpc.gif"), ("POST", SIGNAL)])
async def test_a_signal_is_an_opt_out_at_once_and_once(
    client: httpx.AsyncClient,
    owner: asyncpg.Connection,
    engine: WatchedEngine,
    parts: GatewayParts,
    clock: Clock,
    method: str,
    path: str,
) -> None:
    """The first call files a request for the browser; later ones, known by its cookie, none."""
    first = await client.request(method, path, headers=GPC)
    assert first.status_code in {200, 201}
    clock.move(timedelta(days=40))
    again = await client.request(method, path, headers=GPC)
    assert again.status_code == 200
    (row,) = await requests_stored(owner)
    assert (row["request_types"], row["channel"]) == (["gpc_signal"], "gpc")
    assert engine.started == [row["request_id"]]
    kept = json.loads(await parts.vault.get(owner, row["request_id"], "submission"))
    assert kept == {
        "request_types": ["gpc_signal"],
        "channel": "gpc",
        "device": client.cookies["__Host-device"],
    }


@pytest.mark.parametrize("sent", [{}, {"DNT": "1"}, {"Sec-GPC": "0"}, {"Sec-GPC": "true"}])
async def test_nothing_else_is_a_signal(
    client: httpx.AsyncClient, owner: asyncpg.Connection, sent: dict[str, str]
) -> None:
    """Do-not-track alone changes nothing, and no cookie is set without a signal (OPT-05)."""
    for response in (
        await client.get("/gpc.gif", headers=sent),
        await client.post(SIGNAL, headers=sent),
        await client.get("/opt-out", headers=sent),
    ):
        assert response.status_code == 200
        assert "set-cookie" not in response.headers
    assert await requests_stored(owner) == []


async def test_the_pictures_of_a_first_page_are_one_signal(
    client: httpx.AsyncClient, owner: asyncpg.Connection
) -> None:
    """Ten calls at a time, none with a cookie yet, are one browser (OPT-10)."""
    calls = (client.get("/gpc.gif", headers=GPC) for _ in range(10))
    answers = await asyncio.gather(*calls)
    assert len({answer.headers["set-cookie"] for answer in answers}) == 1
    assert len(await requests_stored(owner)) == 1


async def test_browsers_are_told_apart(
    client: httpx.AsyncClient, owner: asyncpg.Connection
) -> None:
    """Another browser is another request."""
    for agent in ("one", "other"):
        client.cookies.clear()
        await client.get("/gpc.gif", headers={**GPC, "user-agent": agent})
    assert len(await requests_stored(owner)) == 2


async def test_the_picture_is_a_picture_with_a_modest_cookie(client: httpx.AsyncClient) -> None:
    """Any site may show it; the cookie is ours alone and unreadable to scripts."""
    response = await client.get("/gpc.gif", headers=GPC)
    assert response.content.startswith(b"GIF89a")
    assert response.headers["content-type"] == "image/gif"
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    assert response.headers["cache-control"] == "no-store"
    cookie = response.headers["set-cookie"].lower()
    assert cookie.startswith("__host-device=")
    assert {"httponly", "secure", "samesite=lax", "path=/"} <= {*cookie.split("; ")}


async def test_a_person_who_is_signed_in_is_opted_out_on_every_device(
    client: httpx.AsyncClient, owner: asyncpg.Connection
) -> None:
    """The backend names the person; another browser of theirs opens no second request."""
    first = await pass_on(client, PERSON | {"device": "a" * 20})
    again = await pass_on(client, PERSON | {"device": "b" * 20, "residency": "CA"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["honoured"] is True
    assert is_request_id(first.json()["request_id"])
    assert len(await requests_stored(owner)) == 1


async def test_parallel_signals_of_a_person_are_one_request(
    client: httpx.AsyncClient, owner: asyncpg.Connection
) -> None:
    """Even where their bodies differ."""
    bodies = [PERSON | {"device": f"{number}" * 20} for number in range(8)]
    answers = await asyncio.gather(*(pass_on(client, body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len(await requests_stored(owner)) == 1


async def test_a_signal_after_an_opt_in_goes_before_it(
    client: httpx.AsyncClient, owner: asyncpg.Connection, parts: GatewayParts, clock: Clock
) -> None:
    """A granted opt-in ends the opt-out, and the next signal begins a new one (OPT-05, OPT-07)."""
    clock.move(timedelta(days=-1))
    before = (await pass_on(client, PERSON)).json()
    clock.move(timedelta(days=2))
    opt_in = await filed_request(parts, request_types=["opt_in_after_opt_out"])
    assert (await pass_on(client, PERSON)).json() == before
    await project(owner, opt_in, Projection(outcome="GRANT"))
    after = await pass_on(client, PERSON)
    assert after.status_code == 201
    assert after.json()["request_id"] != before["request_id"]
    assert (await pass_on(client, PERSON)).json() == after.json()


@pytest.mark.parametrize(("outcome", "status"), [("GRANT", 200), (None, 200), ("WITHDRAWN", 201)])
async def test_an_opt_out_by_form_stands_for_the_signal(
    client: httpx.AsyncClient,
    owner: asyncpg.Connection,
    parts: GatewayParts,
    outcome: str | None,
    status: int,
) -> None:
    """Whoever opted out already needs no second request, unless it came to nothing."""
    earlier = await filed_request(parts, request_types=["opt_out_sale_sharing"])
    await project(owner, earlier, Projection(outcome=outcome))
    assert (await pass_on(client, PERSON)).status_code == status


async def test_only_intake_clients_name_people(
    client: httpx.AsyncClient, owner: asyncpg.Connection
) -> None:
    """A wrong key is refused; without one a body is not read, and the browser alone is meant."""
    problem(await pass_on(client, PERSON, **{"X-API-Key": "wrong"}), 401)
    await client.post(SIGNAL, json=PERSON, headers=GPC)
    (row,) = await requests_stored(owner)
    assert row["client"] == "browser"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/device"),
        ({"device": "short"}, "/device"),
        ({"canary": 1}, "/(unknown)"),
        ({"consumer": {"name": "Ana", "postal_address": ["1 Canary"]}}, "/consumer/email"),
    ],
)
async def test_a_bad_body_is_named(client: httpx.AsyncClient, body: Any, pointer: str) -> None:
    """422, quoting nothing."""
    (error,) = problem(await pass_on(client, body), 422)["errors"]
    assert error["pointer"] == pointer


@pytest.mark.parametrize("name", SIGNAL_EXAMPLES)
async def test_the_documented_signals_are_taken(client: httpx.AsyncClient, name: str) -> None:
    """Who copies an example from the API page gets 201."""
    assert (await pass_on(client, SIGNAL_EXAMPLES[name]["value"])).status_code == 201


async def test_the_page_shows_whether_this_browser_is_opted_out(
    client: httpx.AsyncClient, clock: Clock
) -> None:
    """With the signal it stands at once; later the cookie shows it still (OPT-04)."""
    assert "sends no opt-out signal" in (await client.get("/opt-out")).text
    sent = await client.get("/opt-out", headers=GPC)
    assert "we honor it" in sent.text
    assert "November 23, 2026" in sent.text
    clock.move(timedelta(days=30))
    kept = await client.get("/opt-out?lang=es")
    assert "Este navegador está excluido" in kept.text
    assert "23 de noviembre de 2026" in kept.text


async def test_a_flood_of_new_browsers_is_slowed_down(
    client: httpx.AsyncClient, owner: asyncpg.Connection
) -> None:
    """One address opens so many requests a minute; browsers that are known pass (OPT-10)."""
    await client.get("/gpc.gif", headers={**GPC, "user-agent": "known"})
    kept = dict(client.cookies)
    statuses = []
    for number in range(60):
        client.cookies.clear()
        answer = await client.get("/gpc.gif", headers={**GPC, "user-agent": f"{number}"})
        statuses.append(answer.status_code)
    assert (statuses[:59], statuses[59]) == ([200] * 59, 429)
    client.cookies.update(kept)
    assert (await client.get("/gpc.gif", headers=GPC)).status_code == 200
    assert len(await requests_stored(owner)) == 60
