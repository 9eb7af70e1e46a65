"""What came by phone, by post or in person is filed by staff with its real first day (REQ-07)."""

import json
import re
from datetime import date

import asyncpg
import httpx

from domain.ids import outside_stream
from domain.submission import Submission
from domain.vocabulary import Channel, Requester, Role
from gateway.parts import GatewayParts
from records import ledger, requests
from tests.gateway.staff import FROM_OUR_PAGE, sign_in
from tests.gateway.support import FORM_HEADERS

NEW = "/staff/new"
CALL = {
    "once": "once-for-this-form",
    "type.delete": "on",
    "type.correct": "on",
    "channel": "phone",
    "received_on": "2026-11-20",
    "requester": "parent",
    "name": "Ana Canary Ruiz",
    "email": "",
    "address": "1480 Guerrero Street\r\nSan Francisco, CA 94110",
    "agent_name": "Rosa Canary Ruiz",
    "agent_email": "rosa.canary@example.com",
    "field_1": "job_title",
    "claimed_1": "Head; of = Logistics",
    "phone": "+1 415 555 0142",
    "birth_date": "2015-03-04",
    "residency": "CA",
    "language": "es",
    "message": "canary said so",
}


async def send(client: httpx.AsyncClient, fields: dict[str, str]) -> httpx.Response:
    """Send the form as a browser sends it from our page."""
    return await client.post(NEW, data=fields, headers=FROM_OUR_PAGE)


async def test_a_call_is_filed_with_the_day_and_the_name_of_who_took_it(
    client: httpx.AsyncClient, owner: asyncpg.Connection, parts: GatewayParts
) -> None:
    """Each right is a request; a second press of the button files nothing more (REQ-08)."""
    await sign_in(client, owner, Role.HANDLER)
    sent = await send(client, CALL)
    again = await send(client, CALL)
    assert sent.status_code == again.status_code == 303
    page = await client.get(sent.headers["location"])
    ids = re.findall(r'href="/staff/requests/(PR-[^"]+)"', page.text)
    assert len(ids) == 2 == await owner.fetchval("SELECT count(*) FROM privacy.request")
    assert "4 Jan 2027" in page.text
    row = await requests.find(owner, ids[0])
    assert row is not None
    assert (row.channel, row.received_at.date()) == (Channel.PHONE, date(2026, 11, 20))
    filed = Submission.model_validate_json(await parts.vault.get(owner, ids[0], "submission"))
    assert filed.requester is Requester.PARENT
    assert filed.birth_date == date(2015, 3, 4)
    assert filed.consumer.postal_address == ("1480 Guerrero Street", "San Francisco, CA 94110")
    corrected = await parts.vault.get(owner, ids[1], "submission")
    assert Submission.model_validate_json(corrected).corrections[0].claimed == CALL["claimed_1"]
    [entry] = await ledger.read(owner, outside_stream(ids[0]))
    document = json.loads(entry.body)
    assert document["type"] == "TakenDown"
    assert document["data"]["actor"] == {"id": "s.lee", "known": "authenticated"}


async def test_every_fault_stands_beside_its_field_and_nothing_typed_is_lost(
    client: httpx.AsyncClient, owner: asyncpg.Connection
) -> None:
    """What the questions find and what the rules of intake find are shown alike."""
    await sign_in(client, owner, Role.APPROVER)
    wrong = {"received_on": "2027-01-01", "requester": "agent_signed", "email": "no address"}
    page = await send(client, wrong | {"name": "Ana <b>Canary</b>", "phone": "415 canary"})
    assert page.status_code == 422
    for name in ("type", "channel", "received_on", "email", "agent_name", "agent_email"):
        assert f'id="{name}-fault"' in page.text
        assert f'href="#{name}"' in page.text
    assert "Ana &lt;b&gt;Canary&lt;/b&gt;" in page.text
    assert "415 canary" in page.text
    old = {**CALL, "received_on": "2019-01-02", "requester": "company", "once": "x"}
    judged = await send(client, old)
    assert judged.status_code == 422
    assert 'id="received_on-fault"' in judged.text
    assert 'id="type-fault"' in judged.text
    nameless = {"type.marketing_opt_out": "on", "channel": "phone", "once": "y"}
    assert 'id="email-fault"' in (await send(client, nameless)).text
    assert await owner.fetchval("SELECT count(*) FROM privacy.request") == 0


async def test_only_handlers_and_approvers_take_requests_down(
    client: httpx.AsyncClient, owner: asyncpg.Connection
) -> None:
    """Auditors and strangers do not, and no other site's form does."""
    assert (await client.get(NEW)).status_code == 303
    await sign_in(client, owner, Role.AUDITOR)
    assert (await client.get(NEW)).status_code == 403
    assert (await send(client, CALL)).status_code == 403
    await sign_in(client, owner, Role.HANDLER)
    assert (await client.get("/staff/requests")).text.count('href="/staff/new"') == 1
    foreign = await client.post(NEW, data=CALL, headers={"sec-fetch-site": "cross-site"})
    bare = await client.post(NEW, data=CALL, headers=FORM_HEADERS)
    assert foreign.status_code == bare.status_code == 403
