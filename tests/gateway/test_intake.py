"""Intake systems file requests and ask how they stand; bad input changes nothing."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from domain.ids import is_request_id
from gateway.parts import GatewayParts
from records.requests import Projection, project
from tests.gateway.support import (
    API_KEY,
    CANARIES,
    NOW,
    OTHER_API_KEY,
    SUBMISSION,
    Clock,
    WatchedEngine,
    changed,
    headers,
    post,
    problem,
)

SURPLUS = {"consumer": {**SUBMISSION["consumer"], "ana.canary@example.com": "x"}}


async def requests_stored(owner: asyncpg.Connection) -> int:
    """Count the requests in the database."""
    return int(await owner.fetchval("SELECT count(*) FROM privacy.request"))


async def test_a_request_is_filed(client: httpx.AsyncClient, engine: WatchedEngine) -> None:
    """The answer has the id, where to ask, and the dates that the law promises."""
    response = await post(client)
    filed = response.json()
    assert response.status_code == 201
    assert is_request_id(filed["request_id"])
    assert filed["status_url"] == f"https://privacy.example.com/v1/requests/{filed['request_id']}"
    assert response.headers["location"] == filed["status_url"]
    assert filed["dates"] == {
        "receipt_date": "2026-11-23",
        "confirm_receipt_by": "2026-12-09",
        "answer_by": "2027-01-07",
        "answer_deadline": "2027-01-08T07:59:59Z",
        "latest_answer_by": "2027-02-21",
    }
    assert engine.started == [filed["request_id"]]


async def test_the_submission_is_stored_encrypted(
    client: httpx.AsyncClient, parts: GatewayParts, owner: asyncpg.Connection
) -> None:
    """The vault opens to what was sent; no table holds a readable word of it."""
    request_id = (await post(client)).json()["request_id"]
    kept = json.loads(await parts.vault.get(owner, request_id, "submission"))
    assert kept["consumer"] == SUBMISSION["consumer"]
    for table in ("request", "vault", "data_key"):
        rows = str(await owner.fetch(f"SELECT * FROM privacy.{table}")).lower()
        assert not [canary for canary in CANARIES if canary in rows]


async def test_the_same_key_and_body_is_the_same_request(
    client: httpx.AsyncClient, engine: WatchedEngine, clock: Clock
) -> None:
    """A repeated call, later and with its fields in another order, gets 200 and starts nothing."""
    first = await post(client)
    clock.move(timedelta(days=3))
    again = await post(client, dict(reversed(SUBMISSION.items())))
    assert again.status_code == 200
    assert again.json() == first.json()
    assert len(engine.started) == 1


async def test_the_same_key_for_another_body_conflicts(
    client: httpx.AsyncClient, owner: asyncpg.Connection
) -> None:
    """A key names one body for ever."""
    await post(client)
    problem(await post(client, changed(message="canary, something else")), 409)
    assert await requests_stored(owner) == 1


async def test_clients_do_not_share_keys(client: httpx.AsyncClient) -> None:
    """The same key of two clients names two requests."""
    first = await post(client)
    other = await client.post(
        "/v1/requests", json=SUBMISSION, headers=headers("first", OTHER_API_KEY)
    )
    assert other.status_code == 201
    assert other.json()["request_id"] != first.json()["request_id"]


async def test_parallel_calls_with_one_key_file_one_request(
    client: httpx.AsyncClient, owner: asyncpg.Connection, engine: WatchedEngine
) -> None:
    """Of twenty at once one is 201, the others are 200, and all name the same request."""
    answers = await asyncio.gather(*(post(client) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert len({answer.json()["request_id"] for answer in answers}) == 1
    assert await requests_stored(owner) == 1
    assert len(engine.started) == 1


async def test_the_door_works_while_the_engine_is_away(
    client: httpx.AsyncClient, engine: WatchedEngine, owner: asyncpg.Connection
) -> None:
    """Filing needs Postgres only; the sweep starts the workflow later."""
    engine.away = True
    assert (await post(client)).status_code == 201
    assert await requests_stored(owner) == 1


async def test_an_engine_that_hangs_is_not_waited_for(
    client: httpx.AsyncClient, engine: WatchedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start that takes too long is left to the sweep."""

    async def hang(request_id: str) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(engine, "start", hang)
    assert (await asyncio.wait_for(post(client), 5)).status_code == 201


@pytest.mark.parametrize("sent", [{}, {"X-API-Key": "wrong"}, {"Authorization": "Bearer wrong"}])
async def test_no_or_a_wrong_api_key_is_refused(
    client: httpx.AsyncClient, sent: dict[str, str]
) -> None:
    """Both look the same to the caller."""
    response = await client.post(
        "/v1/requests", json=SUBMISSION, headers={"Idempotency-Key": "k", **sent}
    )
    problem(response, 401)
    assert response.headers["www-authenticate"].startswith("Bearer")


async def test_an_api_key_may_be_a_bearer_token(client: httpx.AsyncClient) -> None:
    """Either header carries it."""
    sent = {"Authorization": f"bearer {API_KEY}", "Idempotency-Key": "k"}
    response = await client.post("/v1/requests", json=SUBMISSION, headers=sent)
    assert response.status_code == 201


@pytest.mark.parametrize("key", ["", " ", "with space", "x" * 201, "ключ"])
async def test_an_idempotency_key_is_needed(client: httpx.AsyncClient, key: str) -> None:
    """A missing one, or one that cannot be kept, is refused before the body is read."""
    sent = {b"x-api-key": API_KEY.encode(), b"idempotency-key": key.encode()}
    problem(await client.post("/v1/requests", json=SUBMISSION, headers=sent), 400)


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["/request_types", "/consumer"]),
        (changed(request_types=[]), ["/request_types"]),
        (changed(request_types=["canary"]), ["/request_types/0"]),
        (changed(request_types=["delete", "delete"]), ["/request_types"]),
        (
            changed(consumer={"name": " ", "email": "canary@"}),
            ["/consumer/name", "/consumer/email"],
        ),
        (changed(**SURPLUS), ["/consumer/(unknown)"]),
        (changed(points={"canary@example.com": "x"}), ["/points/(unknown)"]),
        (changed(points={"phone": "+1 415" * 100}), ["/points/phone"]),
        (changed(consumer={"name": "canary\ud800", "email": "a@example.com"}), ["/consumer/name"]),
        (changed(received_at="2026-11-23T10:00:00"), ["/received_at"]),
        (changed(received_at="canary"), ["/received_at"]),
        ([SUBMISSION], [""]),
    ],
)
async def test_every_bad_field_is_named_and_none_quoted(
    client: httpx.AsyncClient, owner: asyncpg.Connection, body: Any, pointers: list[str]
) -> None:
    """422 with a pointer for each fault, and nothing stored."""
    document = problem(await post(client, body), 422)
    assert [error["pointer"] for error in document["errors"]] == pointers
    assert all(error["code"] and error["detail"] for error in document["errors"])
    assert await requests_stored(owner) == 0


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"request_types": ["delete", "admt_access"]}, "/request_types/1", "not_applicable"),
        ({"request_types": ["minor_purge"]}, "/request_types/0", "not_for_requester"),
        ({"requester": "reporter"}, "/request_types/0", "not_for_requester"),
        ({"received_at": "2026-11-23T18:06:00Z"}, "/received_at", "in_the_future"),
        ({"received_at": "2024-01-01T00:00:00Z"}, "/received_at", "too_old"),
    ],
)
async def test_what_the_engine_does_not_serve_is_said(
    client: httpx.AsyncClient, changes: dict[str, Any], pointer: str, code: str
) -> None:
    """Valid words that lead nowhere are refused at the door, not lost behind it."""
    (error,) = problem(await post(client, changed(**changes)), 422)["errors"]
    assert (error["pointer"], error["code"]) == (pointer, code)


async def test_each_right_becomes_a_request_of_its_own(
    client: httpx.AsyncClient, engine: WatchedEngine
) -> None:
    """One answer names them all, each with its own dates; each is started and knows the others."""
    body = changed(request_types=["know_both", "opt_out_sale_sharing"])
    filed = (await post(client, body)).json()
    know, opt_out = filed["requests"]
    assert (filed["request_id"], filed["dates"]) == (know["request_id"], know["dates"])
    assert [one["request_type"] for one in filed["requests"]] == body["request_types"]
    assert (know["dates"]["answer_by"], opt_out["dates"]["answer_by"]) == (
        "2027-01-07",
        "2026-12-16",
    )
    assert engine.started == [know["request_id"], opt_out["request_id"]]
    shown = (await client.get(opt_out["status_url"], headers=headers())).json()
    assert shown["linked"] == [know["request_id"]]
    again = await post(client, body)
    assert (again.status_code, again.json()) == (200, filed)


async def test_each_member_of_a_household_gets_a_request(client: httpx.AsyncClient) -> None:
    """Same receipt time, own id, and nobody's is linked to another person's (REQ-06)."""
    others = [
        {"consumer": {"name": name, "email": f"{name}@example.com"}} for name in ("leo", "mia")
    ]
    filed = (await post(client, changed(household=others))).json()
    assert [one["member"] for one in filed["requests"]] == [0, 1, 2]
    assert len({one["request_id"] for one in filed["requests"]}) == 3
    assert len({one["dates"]["receipt_date"] for one in filed["requests"]}) == 1
    shown = (await client.get(filed["status_url"], headers=headers())).json()
    assert shown["linked"] == []


@pytest.mark.parametrize("requester", ["agent_signed", "agent_poa", "parent", "conservator"])
async def test_others_may_ask_for_a_consumer(client: httpx.AsyncClient, requester: str) -> None:
    """Whoever asks names themselves; without that the field is named (AGT, MIN-05)."""
    agent = {"name": "Pat Doe", "email": "pat@example.com"}
    (error,) = problem(await post(client, changed(requester=requester)), 422)["errors"]
    assert (error["pointer"], error["code"]) == ("/agent", "missing")
    assert (await post(client, changed(requester=requester, agent=agent))).status_code == 201


async def test_a_child_may_file_and_a_reporter_may_report(client: httpx.AsyncClient) -> None:
    """A child's own request is taken, for the parent is asked later (REQ-05); so is a report."""
    child = changed(birth_date="2016-05-01")
    assert (await post(client, child, key="child")).status_code == 201
    report = changed(request_types=["minor_purge"], requester="reporter")
    assert (await post(client, report, key="report")).status_code == 201


async def test_clocks_run_from_the_first_contact(client: httpx.AsyncClient) -> None:
    """A letter that lay in the post room a week has a week less (REQ-08)."""
    response = await post(client, changed(channel="post", received_at="2026-11-16T09:00:00-08:00"))
    assert response.json()["dates"]["answer_by"] == "2026-12-31"


async def test_a_clock_that_runs_ahead_is_forgiven(
    client: httpx.AsyncClient, owner: asyncpg.Connection
) -> None:
    """A client's clock may be minutes ahead; ours never starts in the future."""
    await post(client, changed(received_at="2026-11-23T18:04:00Z"))
    assert await owner.fetchval("SELECT received_at FROM privacy.request") == NOW


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "empty"),
        (b'{"canary":\n  }', "line 2, column 3"),
        (b"\xff", "UTF-8"),
        (json.dumps(SUBMISSION).encode("utf-16"), "UTF-8"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": ' + b"1" * 5000 + b"}", "too many digits"),
        (b'{"canary": 1, "canary": 2}', "repeats a name"),
        (b"[" * 4000, "too deeply"),
    ],
)
async def test_what_is_not_json_is_refused(
    client: httpx.AsyncClient, body: bytes, told: str
) -> None:
    """Broken, repeating, nested without end or in another encoding: 400, and which of them."""
    sent = {**headers(), "content-type": "application/json; charset=utf-8"}
    assert (
        told
        in problem(await client.post("/v1/requests", content=body, headers=sent), 400)["detail"]
    )


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"content-type": "text/plain"}, "Content-Type"),
        ({"content-type": ""}, "Content-Type"),
        ({"content-type": "application/json", "content-encoding": "gzip"}, "Content-Encoding"),
    ],
)
async def test_another_kind_of_body_is_refused(
    client: httpx.AsyncClient, sent: dict[str, str], told: str
) -> None:
    """Only uncompressed JSON is read; the answer says which header is wrong."""
    response = await client.post("/v1/requests", content=b"{}", headers={**headers(), **sent})
    assert told in problem(response, 415)["detail"]


async def test_a_large_body_is_refused_whatever_it_declares(client: httpx.AsyncClient) -> None:
    """Both a declared and a streamed body end at the limit."""
    sent = {**headers(), "content-type": "application/json"}
    declared = await client.post("/v1/requests", content=b" " * 8193, headers=sent)
    problem(declared, 413)
    pulled = 0

    async def endless() -> Any:
        nonlocal pulled
        while True:
            pulled += 1
            yield b" " * 1024

    problem(await client.post("/v1/requests", content=endless(), headers=sent), 413)
    assert pulled < 20


async def test_too_many_calls_must_wait(client: httpx.AsyncClient, clock: Clock) -> None:
    """429 says after how many seconds to come back, and coming back then works."""
    for number in range(120):
        assert (await post(client, key=f"k{number}")).status_code == 201
    refused = await post(client, key="one more")
    problem(refused, 429)
    clock.move(timedelta(seconds=int(refused.headers["retry-after"])))
    assert (await post(client, key="one-more")).status_code == 201


async def test_guessing_api_keys_is_slowed_down(client: httpx.AsyncClient) -> None:
    """Wrong keys of one address run into a limit of their own (VER-13)."""
    sent = {"X-API-Key": "guess"}
    answers = [await client.get("/v1/requests/PR-0000-0000", headers=sent) for _ in range(121)]
    assert [answer.status_code for answer in answers[-2:]] == [401, 429]


async def test_the_status_shows_where_a_request_stands(
    client: httpx.AsyncClient, owner: asyncpg.Connection
) -> None:
    """Stage, dates and outcome come from the projection; before the first event it is received."""
    filed = (await post(client)).json()
    path = f"/v1/requests/{filed['request_id']}"
    before = (await client.get(path, headers=headers())).json()
    assert (before["stage"], before["dates"]) == ("received", filed["dates"])
    assert before["answer_deadline"] == filed["dates"]["answer_deadline"]
    extended = datetime(2027, 2, 22, 7, 59, 59, tzinfo=UTC)
    projection = Projection(stage="deciding", respond_by=extended)
    await project(owner, filed["request_id"], projection)
    after = (await client.get(path, headers=headers())).json()
    assert (after["stage"], after["answer_deadline"]) == ("deciding", "2027-02-22T07:59:59Z")


async def test_an_unchanged_status_is_told_cheaply(
    client: httpx.AsyncClient, owner: asyncpg.Connection
) -> None:
    """The ETag answers 304 until something changes."""
    request_id = (await post(client)).json()["request_id"]
    path = f"/v1/requests/{request_id}"
    etag = (await client.get(path, headers=headers())).headers["etag"]
    asked = {**headers(), "if-none-match": f'"other", W/{etag}'}
    unchanged = await client.get(path, headers=asked)
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    await project(owner, request_id, Projection(stage="deciding"))
    assert (await client.get(path, headers=asked)).status_code == 200


@pytest.mark.parametrize("request_id", ["PR-0000-0000", "PR-4106-105S", "%00", "canary"])
async def test_unknown_and_foreign_requests_look_alike(
    client: httpx.AsyncClient, request_id: str
) -> None:
    """Nobody learns whether a request exists that they did not file."""
    filed = (await post(client)).json()["request_id"]
    sent = headers(api_key=OTHER_API_KEY)
    foreign = problem(await client.get(f"/v1/requests/{filed}", headers=sent), 404)
    unknown = problem(await client.get(f"/v1/requests/{request_id}", headers=sent), 404)
    assert foreign == unknown


async def test_without_a_database_the_caller_is_told_to_try_again(
    client: httpx.AsyncClient, parts: GatewayParts
) -> None:
    """503 with Retry-After; nothing of the fault is shown."""
    await parts.pool.close()
    response = await post(client)
    problem(response, 503)
    assert response.headers["retry-after"]
