"""A begun request waits behind its link, for its writer alone; the form may bring a document."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import asyncpg
import httpx
import pytest

from gateway.parts import GatewayParts
from records import inbox
from records.inbox import EVIDENCE
from tests.gateway.support import Clock

CORRECT = "/request?" + urlencode({"lang": "en", "want": "correct", "who": "consumer"})
AGENT = "/request?" + urlencode({"lang": "en", "want": "delete", "who": "agent_signed"})
PDF = b"%PDF-1.7 canary of a permission"
BEGUN = {
    "action": "save",
    "nonce": "n1",
    "name": "Ana Canary",
    "corrections": "2",
    "claimed_2": "Sales Director",
}
NAMED = {"name": "Ana Ruiz", "email": "ana@example.com", "nonce": "n2", "action": "send"}
PAT = {"agent_name": "Pat Doe", "agent_email": "pat@example.com"}


async def save(client: httpx.AsyncClient, **more: str) -> str:
    """Save a begun form and return the token of its link."""
    saved = await client.post(CORRECT, data={**BEGUN, **more})
    assert saved.status_code == 303
    page = (await client.get(saved.headers["location"])).text
    found = re.search(r"https://privacy\.example\.com/request/later/([\w-]{43})\?lang=en", page)
    assert found
    return found.group(1)


async def test_what_was_typed_waits_behind_its_link_and_nowhere_else(
    client: httpx.AsyncClient, owner: asyncpg.Connection
) -> None:
    """The form comes back as it was left; the database alone reveals nothing, nor is one filed."""
    token = await save(client)
    page = (await client.get(f"/request/later/{token}")).text
    assert 'value="Ana Canary"' in page
    assert 'value="Sales Director"' in page
    assert f'name="draft" value="{token}"' in page
    row = await owner.fetchrow("SELECT * FROM privacy.request_draft")
    assert b"Canary" not in row["ciphertext"]
    assert token not in row["hash"]
    assert await owner.fetchval("SELECT count(*) FROM privacy.request") == 0


async def test_it_is_saved_again_under_its_link_and_gone_once_sent(
    client: httpx.AsyncClient, owner: asyncpg.Connection
) -> None:
    """One link all along; after sending it opens nothing, and the letters begin."""
    token = await save(client)
    assert await save(client, draft=token, name="Ana Ruiz") == token
    assert 'value="Ana Ruiz"' in (await client.get(f"/request/later/{token}")).text
    fields = {"field_1": "phone", "claimed_1": "1", "draft": token, **NAMED}
    sent = await client.post(CORRECT, data=fields)
    assert sent.status_code == 303, sent.text
    assert await owner.fetchval("SELECT count(*) FROM privacy.request_draft") == 0
    assert (await client.get(f"/request/later/{token}")).status_code == 404


async def test_a_link_ends_and_cannot_be_guessed_or_chosen(
    client: httpx.AsyncClient, owner: asyncpg.Connection, clock: Clock
) -> None:
    """After a week it is forgotten; a token of somebody's choosing is replaced by a good one."""
    token = await save(client, draft="chosen-by-me")
    assert token != "chosen-by-me"
    for wrong in (token[:-1] + ("A" if token[-1] != "A" else "B"), "chosen-by-me", "%00"):
        assert (await client.get(f"/request/later/{wrong}")).status_code == 404
        assert (await client.get(f"/request/saved/{wrong}")).status_code == 404
    clock.move(timedelta(days=7))
    assert (await client.get(f"/request/later/{token}")).status_code == 404
    await save(client)
    assert await owner.fetchval("SELECT count(*) FROM privacy.request_draft") == 1


async def test_the_link_leaks_to_no_other_site(client: httpx.AsyncClient) -> None:
    """Its page sends no Referer elsewhere, is not cached, and another site saves nothing."""
    token = await save(client)
    page = await client.get(f"/request/later/{token}")
    assert page.headers["referrer-policy"] == "same-origin"
    assert page.headers["cache-control"] == "no-store"
    foreign = {"sec-fetch-site": "cross-site"}
    assert (await client.post(CORRECT, data=BEGUN, headers=foreign)).status_code == 403


@pytest.mark.parametrize(("content", "faulty"), [(PDF, False), (b"<html>", True), (b"", False)])
async def test_a_permission_may_come_with_the_form(
    client: httpx.AsyncClient,
    parts: GatewayParts,
    owner: asyncpg.Connection,
    content: bytes,
    faulty: bool,
) -> None:
    """A good one is kept in the vault once, a bad one is named, and none is as well."""
    files = {"document": ("permission.pdf", content, "application/pdf")}
    for _ in range(2):
        sent = await client.post(AGENT, data={**NAMED, **PAT}, files=files)
        assert sent.status_code == (422 if faulty else 303)
    assert ("This kind of file is not taken" in sent.text) == faulty
    request_id = await owner.fetchval("SELECT request_id FROM privacy.request")
    assert (request_id is None) == faulty
    kept = await inbox.of_request(owner, request_id) if request_id else []
    assert [one.facts["purpose"] for one in kept] == (["permission"] if content == PDF else [])
    for one in kept:
        assert await parts.vault.get(owner, request_id, EVIDENCE, one.row_id) == PDF
