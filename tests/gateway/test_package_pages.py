"""The page behind a package's link: a fresh code, one download, and evidence of both."""

import asyncio
import json
import re
from collections.abc import Mapping, MutableMapping
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from domain.chain import GENESIS
from domain.ids import outside_stream
from domain.links import LinkPurpose
from domain.package import CODE_REQUESTED, DOWNLOADED
from domain.vocabulary import NoticeKind
from gateway.parts import GatewayParts, GatewaySettings
from records import inbox, ledger, packages, tokens
from records.packages import Kind
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

CODE = {"action": "code"}
BODY = b"PK package of a canary " * 40_000
HASH = sha256(BODY).hexdigest()
CHUNK = 256 * 1024


@pytest.fixture
def settings(settings: GatewaySettings) -> GatewaySettings:
    """Let a link have few codes, and a code few attempts."""
    return settings.model_copy(update={"code_attempts": 2, "codes_per_link": 3})


@pytest.fixture
async def request_id(parts: GatewayParts, owner: asyncpg.Connection) -> str:
    """File a request and release a package for it."""
    request_id = await filed_request(parts)
    await store(parts, owner, request_id, BODY)
    await packages.release(owner, request_id, 1, NOW)
    return request_id


@pytest.fixture
async def token(owner: asyncpg.Connection, request_id: str) -> str:
    """Send the link."""
    return await token_for(owner, request_id, LinkPurpose.PACKAGE)


async def store(
    parts: GatewayParts, owner: asyncpg.Connection, request_id: str, body: bytes
) -> None:
    """Store a package as a worker does."""
    writing = await packages.begin(owner, parts.vault, request_id, Kind.PACKAGE, "0" * 64, NOW)
    for start in range(0, len(body), CHUNK):
        await writing.put(body[start : start + CHUNK])
    digest = sha256(body).hexdigest()
    await writing.finish(content_hash=digest, size=len(body), facts={}, now=NOW)


async def press(
    client: httpx.AsyncClient, token: str, fields: Mapping[str, Any] = CODE
) -> httpx.Response:
    """Press a button of the page."""
    return await client.post(f"/d/{token}", data=dict(fields))


def typed(code: str) -> dict[str, str]:
    """Fill the code in and press the button."""
    return {"action": "fetch", "code": code}


async def mailed(parts: GatewayParts, owner: asyncpg.Connection, request_id: str) -> str:
    """Return the newest code, as the letter's writer finds it."""
    asked = [m for m in await inbox.of_request(owner, request_id) if m.kind == CODE_REQUESTED]
    body = await parts.vault.get(owner, request_id, inbox.EVIDENCE, asked[-1].row_id)
    return body.decode()


async def outside(owner: asyncpg.Connection, request_id: str) -> list[tuple[str, Any]]:
    """Return what happened outside the request's workflow, its chain checked."""
    rows = await ledger.read(owner, outside_stream(request_id))
    assert ledger.verify(rows) == []
    assert not rows or rows[0].previous_hash == GENESIS
    documents = [json.loads(row.body) for row in rows]
    return [(one["type"], one["data"]) for one in documents]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_opening_the_link_changes_nothing(
    client: httpx.AsyncClient, owner: asyncpg.Connection, token: str, request_id: str, method: str
) -> None:
    """A mail scanner that opens every link has no code sent and fetches nothing (NOT-05)."""
    response = await client.request(method, f"/d/{token}")
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert await inbox.of_request(owner, request_id) == []
    assert await outside(owner, request_id) == []


async def test_a_code_starts_the_download_once(
    client: httpx.AsyncClient,
    parts: GatewayParts,
    owner: asyncpg.Connection,
    engine: WatchedEngine,
    token: str,
    request_id: str,
) -> None:
    """KNO-07: code to the address, package whole, then never again; both stand in the ledger."""
    asked = await press(client, token)
    code = await mailed(parts, owner, request_id)
    assert 'autocomplete="one-time-code"' in asked.text
    assert code not in asked.text
    response = await press(client, token, typed(f"{code[:4]} {code[4:]}"))
    assert response.content == BODY
    assert response.headers["content-type"] == "application/zip"
    assert response.headers["content-length"] == str(len(BODY))
    assert response.headers["content-disposition"] == f'attachment; filename="{request_id}.zip"'
    assert response.headers["cache-control"] == "no-store"
    assert await outside(owner, request_id) == [
        ("PackageOpened", {"package_hash": HASH, "letter": 2}),
        ("PackageDownloaded", {"package_hash": HASH}),
    ]
    messages = await inbox.of_request(owner, request_id)
    assert [one.kind for one in messages] == [CODE_REQUESTED, DOWNLOADED]
    assert engine.delivered == [(request_id, one.row_id) for one in messages]
    for fields in (CODE, typed(code)):
        again = await press(client, token, fields)
        assert "already downloaded" in again.text
        assert BODY[:20] not in again.content
    assert len(await inbox.of_request(owner, request_id)) == 2


async def test_two_browsers_with_one_code_get_one_package(
    client: httpx.AsyncClient,
    parts: GatewayParts,
    owner: asyncpg.Connection,
    token: str,
    request_id: str,
) -> None:
    """The right code is worth one download, even for two at the same moment."""
    await press(client, token)
    code = await mailed(parts, owner, request_id)
    answers = await asyncio.gather(*(press(client, token, typed(code)) for _ in range(3)))
    assert sorted(answer.content == BODY for answer in answers) == [False, False, True]


async def test_wrong_codes_are_refused_and_counted(
    client: httpx.AsyncClient,
    parts: GatewayParts,
    owner: asyncpg.Connection,
    token: str,
    request_id: str,
) -> None:
    """After the last attempt the right code is of no use either; a new one has to be sent."""
    await press(client, token)
    code = await mailed(parts, owner, request_id)
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
    for given in (wrong, ""):
        response = await press(client, token, typed(given))
        assert (response.status_code, "This is not the code" in response.text) == (422, True)
    spent = await press(client, token, typed(code))
    assert (spent.status_code, "was used or was typed wrong" in spent.text) == (422, True)
    await press(client, token)
    fresh = await mailed(parts, owner, request_id)
    assert (await press(client, token, typed(fresh))).content == BODY


async def test_a_code_expires(
    client: httpx.AsyncClient,
    parts: GatewayParts,
    owner: asyncpg.Connection,
    clock: Clock,
    token: str,
    request_id: str,
) -> None:
    """A code that was mailed half an hour ago opens nothing."""
    await press(client, token)
    code = await mailed(parts, owner, request_id)
    clock.move(timedelta(minutes=30))
    response = await press(client, token, typed(code))
    assert (response.status_code, "its time is over" in response.text) == (422, True)


async def test_a_link_has_few_codes(
    client: httpx.AsyncClient, owner: asyncpg.Connection, token: str, request_id: str
) -> None:
    """Nobody can flood a mailbox: after the last code the page asks to write to us."""
    answers = [await press(client, token) for _ in range(5)]
    assert len(await inbox.of_request(owner, request_id)) == 3
    assert "No more codes can be sent" in answers[-1].text
    assert "No more codes can be sent" not in answers[0].text


async def test_a_broken_download_can_be_begun_again(
    app: FastAPI,
    client: httpx.AsyncClient,
    parts: GatewayParts,
    owner: asyncpg.Connection,
    token: str,
    request_id: str,
) -> None:
    """Whoever hangs up in the middle keeps the link, and needs a fresh code."""
    await press(client, token)
    code = await mailed(parts, owner, request_id)
    await hang_up(app, token, code)
    assert [kind for kind, _ in await outside(owner, request_id)] == ["PackageOpened"]
    assert (await press(client, token, typed(code))).status_code == 422
    await press(client, token)
    fresh = await mailed(parts, owner, request_id)
    assert (await press(client, token, typed(fresh))).content == BODY


async def hang_up(app: FastAPI, token: str, code: str) -> None:
    """Press the button, and hang up after the first piece."""
    body = urlencode(typed(code)).encode()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "https",
        "path": f"/d/{token}",
        "raw_path": f"/d/{token}".encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in FORM_HEADERS.items()],
        "client": ("127.0.0.1", 1),
        "server": ("privacy.example.com", 443),
    }
    pieces: list[bytes] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.body" and pieces:
            raise OSError("the reader is gone")
        pieces.append(message.get("body", b""))

    await app(scope, receive, send)
    assert pieces


@pytest.mark.parametrize("ending", ["expired", "revoked", "purged", "shredded", "unknown", "other"])
async def test_a_useless_link_says_so(
    client: httpx.AsyncClient,
    parts: GatewayParts,
    owner: asyncpg.Connection,
    clock: Clock,
    token: str,
    request_id: str,
    ending: str,
) -> None:
    """An expired, revoked, foreign or unknown link, or a purged package: a page, no package."""
    if ending == "expired":
        clock.move(timedelta(days=14))
    elif ending == "revoked":
        await tokens.revoke(owner, request_id, NOW)
    elif ending == "purged":
        await packages.purge(owner, request_id, NOW)
    elif ending == "shredded":
        await parts.vault.shred(owner, request_id)
    elif ending == "unknown":
        token = token[:-1] + ("A" if token[-1] != "A" else "B")
    else:
        token = await token_for(owner, request_id, LinkPurpose.CONFIRM)
    for response in (await client.get(f"/d/{token}"), await press(client, token)):
        assert response.status_code == (404 if ending in {"unknown", "other"} else 410)
        assert BODY[:20] not in response.content
    assert await inbox.of_request(owner, request_id) == []


async def test_only_a_released_version_goes_out(
    client: httpx.AsyncClient,
    parts: GatewayParts,
    owner: asyncpg.Connection,
    token: str,
    request_id: str,
) -> None:
    """A newer version under review stays inside until it is released too (KNO-08)."""
    await store(parts, owner, request_id, b"second")
    await press(client, token)
    code = await mailed(parts, owner, request_id)
    assert (await press(client, token, typed(code))).content == BODY


async def test_a_tampered_package_is_not_handed_out(
    client: httpx.AsyncClient,
    parts: GatewayParts,
    owner: asyncpg.Connection,
    token: str,
    request_id: str,
) -> None:
    """A chunk that does not open gives an error, not a part of a package."""
    await owner.execute("UPDATE privacy.package_chunk SET ciphertext = '\\x00' WHERE n = 0")
    await press(client, token)
    response = await press(client, token, typed(await mailed(parts, owner, request_id)))
    assert response.status_code == 500


async def test_the_pages_tell_nothing_personal(
    client: httpx.AsyncClient, token: str, request_id: str
) -> None:
    """Whoever finds the link learns the request's number and dates, in either language."""
    for language, word in (("en", "Your personal information"), ("es", "Su información personal")):
        for response in (
            await client.get(f"/d/{token}?lang={language}"),
            await client.post(f"/d/{token}?lang={language}", data=CODE),
        ):
            assert word in response.text
            assert request_id in response.text
            assert not [canary for canary in CANARIES if canary in response.text.lower()]
            assert not re.search(r"\{\w+\}", response.text)


async def test_who_visits_the_request_fetches_the_package_there(
    client: httpx.AsyncClient,
    parts: GatewayParts,
    owner: asyncpg.Connection,
    token: str,
    request_id: str,
) -> None:
    """The page leads to it, a fresh code opens it all the same, and the letter's link is used."""
    await write_letter(owner, request_id, {"specific_pieces": True}, NoticeKind.ACCESS_REPORT, n=2)
    assert (await client.get("/my-request/package")).headers["location"] == "/my-request"
    status = await token_for(owner, request_id, LinkPurpose.STATUS)
    await client.post(f"/r/{status}", data={"action": "open"})
    assert "/my-request/package" in (await client.get("/my-request")).text
    shown = await client.get("/my-request/package")
    assert "Send me a code" in shown.text
    assert token not in shown.text
    foreign = {"sec-fetch-site": "cross-site"}
    refused = await client.post("/my-request/package", data=CODE, headers=foreign)
    assert refused.status_code == 403
    await client.post("/my-request/package", data=CODE)
    code = await mailed(parts, owner, request_id)
    assert (await client.post("/my-request/package", data=typed(code))).content == BODY
    assert "already downloaded" in (await press(client, token)).text
    assert "/my-request/package" not in (await client.get("/my-request")).text
