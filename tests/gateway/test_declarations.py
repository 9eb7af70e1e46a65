"""Whoever must declare reads the words and signs with a name; the record is kept (VER-14)."""

import json
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from domain.links import LinkPurpose
from domain.vocabulary import NoticeKind
from gateway.parts import GatewayParts
from letters.declaration import Signer, declaration
from records import inbox
from records.inbox import Message
from tests.gateway.support import (
    NOW,
    Clock,
    WatchedEngine,
    filed_request,
    token_for,
    write_event,
    write_letter,
)

NEEDS = {"needs": ["confirm_address", "declaration"]}
AGENT = {"name": "Pat Doe", "email": "pat@example.com"}
PERJURY = "under penalty of perjury under the laws of the State of California"


@pytest.fixture
async def request_id(parts: GatewayParts, owner: asyncpg.Connection) -> str:
    """File a request for a copy, whose letter asks for a declaration."""
    request_id = await filed_request(parts, request_types=["know_specific"])
    await write_letter(owner, request_id, NEEDS)
    return request_id


async def sign(client: httpx.AsyncClient, token: str, **fields: str) -> httpx.Response:
    """Type a name and press the button that signs."""
    return await client.post(f"/r/{token}", data={"action": "sign", **fields})


async def kinds(owner: asyncpg.Connection, request_id: str) -> list[str]:
    """Name what came in."""
    return [message.kind for message in await inbox.of_request(owner, request_id)]


async def record_of(
    parts: GatewayParts, owner: asyncpg.Connection, message: Message
) -> dict[str, Any]:
    """Open the signed record."""
    body = await parts.vault.get(owner, message.request_id, inbox.EVIDENCE, message.row_id)
    record: dict[str, Any] = json.loads(body)
    return record


async def test_a_signature_is_kept_with_its_words(
    client: httpx.AsyncClient,
    parts: GatewayParts,
    owner: asyncpg.Connection,
    engine: WatchedEngine,
    request_id: str,
) -> None:
    """Exact statement, name, date, time and link go to the vault; the inbox says who signed."""
    token = await token_for(owner, request_id, LinkPurpose.CONFIRM)
    page = await client.get(f"/r/{token}")
    assert PERJURY in page.text
    assert "Date: November 23, 2026" in page.text
    done = await sign(client, token, signature="  Ana  Canary Ruiz ")
    assert "You have signed" in done.text
    signed, address = await inbox.of_request(owner, request_id)
    assert (signed.kind, address.kind) == ("declaration_signed", "address_confirmed")
    assert signed.facts == {
        "language": "en",
        "letter": 2,
        "signed_on": "2026-11-23",
        "signer": "consumer",
    }
    record = await record_of(parts, owner, signed)
    statement = declaration(Signer.CONSUMER, page_language(page), "Ana Canary Ruiz", request_id)
    assert (record["statement"], record["name"]) == (statement, "Ana Canary Ruiz")
    assert (record["signed_on"], record["signed_at"]) == ("2026-11-23", NOW.isoformat())
    assert record["link"] in signed.once_key
    assert "Canary" not in str(signed)
    assert {row for _, row in engine.delivered} == {signed.row_id, address.row_id}


def page_language(page: httpx.Response) -> Any:
    """Return the language that a page says it has."""
    return page.headers["content-language"]


@pytest.mark.parametrize("name", ["", "   ", "...", "42", "x" * 201, "Ana\nRuiz\x00"])
async def test_nothing_is_signed_without_a_name(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str, name: str
) -> None:
    """The form comes again with a message; the link stays good."""
    token = await token_for(owner, request_id, LinkPurpose.CONFIRM)
    page = await sign(client, token, signature=name)
    assert page.status_code == 422
    assert 'aria-invalid="true"' in page.text
    assert await kinds(owner, request_id) == []


@pytest.mark.parametrize(
    ("requester", "words"),
    [
        ("consumer", "I am the consumer whose personal information"),
        ("agent_signed", "I am the consumer whose personal information"),
        ("parent", "I am the parent or legal guardian"),
        ("conservator", "I am the conservator"),
    ],
)
async def test_each_signer_declares_in_their_own_words(
    client: httpx.AsyncClient,
    parts: GatewayParts,
    owner: asyncpg.Connection,
    requester: str,
    words: str,
) -> None:
    """For an agent it is the consumer who declares."""
    agent = None if requester == "consumer" else AGENT
    request_id = await filed_request(parts, requester=requester, agent=agent)
    await write_letter(owner, request_id, NEEDS)
    token = await token_for(owner, request_id, LinkPurpose.CONFIRM)
    assert words in (await client.get(f"/r/{token}")).text


async def test_the_declaration_is_in_the_pages_language(
    client: httpx.AsyncClient, parts: GatewayParts, owner: asyncpg.Connection, request_id: str
) -> None:
    """What is kept are the words that were read."""
    token = await token_for(owner, request_id, LinkPurpose.CONFIRM)
    assert "bajo pena de perjurio" in (await client.get(f"/r/{token}?lang=es")).text
    signing = {"action": "sign", "signature": "Ana Ruiz"}
    await client.post(f"/r/{token}?lang=es", data=signing)
    signed = (await inbox.of_request(owner, request_id))[0]
    assert signed.facts["language"] == "es"
    assert "bajo pena de perjurio" in (await record_of(parts, owner, signed))["statement"]


async def test_points_and_signature_go_together(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """One press of the longer page brings all of it; the points alone may be sent as well."""
    token = await token_for(owner, request_id, LinkPurpose.RESPOND)
    await sign(client, token, signature="Ana Ruiz", phone="+1 415 555 0142")
    assert await kinds(owner, request_id) == [
        "points_added",
        "declaration_signed",
        "address_confirmed",
    ]


async def test_who_confirmed_first_can_still_sign(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """The same link takes the signature later, once; then it says so."""
    token = await token_for(owner, request_id, LinkPurpose.CONFIRM)
    confirmed = await client.post(f"/r/{token}", data={"action": "confirm"})
    assert "One thing is still missing" in confirmed.text
    page = await client.get(f"/r/{token}")
    assert PERJURY in page.text
    assert 'value="confirm"' not in page.text
    await sign(client, token, signature="Ana Ruiz")
    again = await sign(client, token, signature="Somebody Else")
    assert "already" in again.text
    assert await kinds(owner, request_id) == ["address_confirmed", "declaration_signed"]


async def test_one_signature_is_enough_for_every_link(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """Another link of the letter asks for it no more."""
    first = await token_for(owner, request_id, LinkPurpose.CONFIRM)
    other = await token_for(owner, request_id, LinkPurpose.RESPOND)
    await sign(client, first, signature="Ana Ruiz")
    page = (await client.get(f"/r/{other}")).text
    assert PERJURY not in page
    assert 'name="phone"' in page


async def test_no_declaration_where_the_letter_asks_for_none(
    client: httpx.AsyncClient, parts: GatewayParts, owner: asyncpg.Connection
) -> None:
    """The page of a deletion shows none and takes none."""
    request_id = await filed_request(parts)
    await write_letter(owner, request_id, {"needs": ["confirm_address"]})
    token = await token_for(owner, request_id, LinkPurpose.CONFIRM)
    assert PERJURY not in (await client.get(f"/r/{token}")).text
    await sign(client, token, signature="Ana Ruiz")
    assert await kinds(owner, request_id) == []


async def test_the_date_is_the_requests_own(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str, clock: Clock
) -> None:
    """Where the workflow's clock is ahead, the declaration is dated by that clock."""
    recorded_at = await owner.fetchval("SELECT clock_timestamp()")
    clock.at = recorded_at
    expires_at = recorded_at + timedelta(days=30)
    token = await token_for(owner, request_id, LinkPurpose.CONFIRM, expires_at=expires_at)
    await write_event(owner, request_id, recorded_at + timedelta(days=10))
    await sign(client, token, signature="Ana Ruiz")
    signed = (await inbox.of_request(owner, request_id))[0]
    ahead = recorded_at + timedelta(days=10)
    days = {(ahead - timedelta(hours=hours)).date().isoformat() for hours in (7, 8)}
    assert signed.facts["signed_on"] in days


async def test_an_opt_in_is_a_choice_and_no_mere_address(
    client: httpx.AsyncClient, parts: GatewayParts, owner: asyncpg.Connection
) -> None:
    """The second step names what is allowed, and doing nothing allows nothing (OPT-07, MIN-03)."""
    request_id = await filed_request(parts, request_types=["opt_in_after_opt_out"])
    await write_letter(owner, request_id, {"needs": ["confirm_address", "second_step"]})
    token = await token_for(owner, request_id, LinkPurpose.CONFIRM)
    assert "Do you want to allow it?" in (await client.get(f"/r/{token}")).text
    done = await client.post(f"/r/{token}", data={"action": "confirm"})
    assert "Your choice is confirmed" in done.text
    assert await kinds(owner, request_id) == ["address_confirmed"]


async def test_a_deletion_is_confirmed_a_second_time_where_the_policy_asks_it(
    client: httpx.AsyncClient, parts: GatewayParts, owner: asyncpg.Connection
) -> None:
    """The button says what it confirms, and pressing it proves the address as well (DEL-12)."""
    request_id = await filed_request(parts, request_types=["delete"])
    await write_letter(owner, request_id, {"needs": ["confirm_address", "confirm_deletion"]})
    token = await token_for(owner, request_id, LinkPurpose.CONFIRM)
    assert "Yes, delete my information" in (await client.get(f"/r/{token}")).text
    await client.post(f"/r/{token}", data={"action": "confirm"})
    assert await kinds(owner, request_id) == ["address_confirmed"]


async def test_a_fee_is_accepted_by_its_link(
    client: httpx.AsyncClient, parts: GatewayParts, owner: asyncpg.Connection
) -> None:
    """The page states the amount of the letter; only the button accepts it (FEE-03)."""
    request_id = await filed_request(parts, request_types=["know_both"])
    facts = {
        "request_id": request_id,
        "request_type": "know_both",
        "receipt_date": "2026-11-23",
        "written_on": "2026-11-24",
        "reason": "too_many_requests",
        "work_minutes": 90,
        "hourly_rate_cents": 3000,
        "accept_by": "2026-12-24",
    }
    await write_letter(owner, request_id, facts, NoticeKind.FEE_ESTIMATE)
    token = await token_for(owner, request_id, LinkPurpose.ACCEPT_FEE)
    assert "$45.00" in (await client.get(f"/r/{token}")).text
    assert await kinds(owner, request_id) == []
    done = await client.post(f"/r/{token}", data={"action": "accept_fee"})
    assert "You accepted the fee" in done.text
    assert await kinds(owner, request_id) == ["fee_accepted"]
