"""Looking a package through: entries, findings, decisions; health is counsel's."""

import json
import re
from datetime import date

import asyncpg
import httpx
import pytest
from playwright.async_api import Page

from datamap.disclosure import Scope
from domain import signed_in
from domain.ids import outside_stream
from domain.policy import Policy
from domain.vocabulary import Role
from gateway.parts import GatewayParts
from records import inbox, ledger, packages
from tests.datamap.disclosure import planted
from tests.datamap.disclosure.gatherings import Gathered, planted_gathering
from tests.gateway.browser import MARKS, faults
from tests.gateway.cases import deletion, with_letter, with_package, with_papers
from tests.gateway.staff import FROM_OUR_PAGE, session, sign_in
from tests.gateway.support import NOW, WatchedEngine
from workers.post_desk import NotAtTheDesk, printed_package
from workers.stack.postgres import EmbeddedPostgres

NOTE = "planted.notes/3/body"
HEALTH = "planted.secrets/1/health"


@pytest.fixture(scope="session")
def ada(postgres: EmbeddedPostgres, policy: Policy) -> Gathered:
    """Gather, once, what the planted system holds of Ada."""
    scope = Scope(policy, date(2022, 1, 1), date(2026, 11, 22))
    return planted_gathering(postgres, scope, "planted_for_case_page")


@pytest.fixture
async def request_id(parts: GatewayParts, owner: asyncpg.Connection, ada: Gathered) -> str:
    """File a request whose package waits to be looked through."""
    return await with_package(parts, owner, ada)


@pytest.fixture(autouse=True)
def recording(engine: WatchedEngine, owner: asyncpg.Connection) -> None:
    """Let what the engine carries out be recorded."""
    engine.records = owner


async def decide(
    client: httpx.AsyncClient, request_id: str, item: str, action: str, **fields: str
) -> httpx.Response:
    """Press a button beside an item."""
    place = item.partition("/")[0]
    sent = {"item": item, "action": action, "once": item + action, **fields}
    path = f"/staff/requests/{request_id}/review/{place}"
    return await client.post(path, data=sent, headers=FROM_OUR_PAGE)


async def wishes(owner: asyncpg.Connection, request_id: str) -> list[dict[str, object]]:
    """Return the decisions that were sent."""
    rows = await inbox.of_request(owner, request_id)
    sent = [row.facts["input"] for row in rows if row.kind == signed_in.KIND]
    return [wish for each in sent for wish in each["decisions"]]


async def test_findings_are_marked_and_what_goes_out_stands_beside(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """KNO-08: words about others are marked in the text; never-disclosed values are not there."""
    await sign_in(client, owner, Role.HANDLER)
    overview = await client.get(f"/staff/requests/{request_id}/review")
    assert re.search(r"planted\.notes\?show=attention", overview.text)
    notes = await client.get(f"/staff/requests/{request_id}/review/planted.notes")
    assert "<mark>Paul Stern</mark>" in notes.text
    assert "&lt;b&gt;bold&lt;/b&gt;" in notes.text
    assert "[WITHHELD:other_person]" in notes.text
    assert "does not go out" in notes.text
    for value in planted.NEVER.values():
        assert value not in notes.text
    looked = [row.body.decode() for row in await ledger.read(owner, outside_stream(request_id))]
    assert any("entries of planted.notes, page 1" in body for body in looked)


async def test_words_are_taken_out_by_their_place_alone(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """REC-05: what is recorded is where, and why; the words themselves are nowhere."""
    await sign_in(client, owner, Role.HANDLER)
    answer = await decide(
        client, request_id, NOTE, "redact", reason="PRIVILEGE", words="bold", entry="entry-3"
    )
    assert answer.headers["location"].endswith("#entry-3")
    [wish] = await wishes(owner, request_id)
    assert wish == {"item": NOTE, "action": "redact", "reason": "PRIVILEGE", "spans": [[8, 12]]}
    absent = await decide(client, request_id, NOTE, "redact", reason="PRIVILEGE", words="nowhere")
    assert absent.status_code == 422


async def test_health_is_counsels_alone(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """RED-08: others neither see nor decide it, and nobody releases the package before."""
    await sign_in(client, owner, Role.HANDLER, Role.APPROVER)
    path = f"/staff/requests/{request_id}"
    secrets = await client.get(f"{path}/review/planted.secrets")
    assert "counsel alone sees it" in secrets.text
    assert planted.HEALTH not in secrets.text
    release = {"action": "release_report", "sure": "on", "once": "r"}
    refused = await client.post(path, data=release, headers=FROM_OUR_PAGE)
    assert "counsel has not decided" in refused.text
    client.cookies.clear()
    await sign_in(client, owner, Role.COUNSEL)
    assert planted.HEALTH in (await client.get(f"{path}/review/planted.secrets")).text
    assert (await decide(client, request_id, HEALTH, "release")).status_code == 303


async def test_a_picture_is_saved_to_be_looked_at(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str, ada: Gathered
) -> None:
    """RED-12: what no scanner reads is looked at by people, outside of our pages."""
    await sign_in(client, owner, Role.HANDLER)
    [picture] = [file for file in ada.files() if file.media_type == "image/png"]
    path = f"/staff/requests/{request_id}/review/files/{picture.n}"
    assert "could not be read" in (await client.get(path)).text
    file = await client.get(f"{path}/original")
    assert file.content == planted.PICTURE
    assert file.headers["content-disposition"].startswith("attachment;")
    assert (await client.get(f"/staff/requests/{request_id}/review/files/99")).status_code == 404


async def test_an_auditor_decides_nothing(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """The pages have no forms for who only reads, and the door refuses them."""
    await sign_in(client, owner, Role.AUDITOR)
    page = await client.get(f"/staff/requests/{request_id}/review/planted.notes")
    assert 'name="item"' not in page.text
    assert (await decide(client, request_id, NOTE, "release")).status_code == 403


@MARKS[0]
@MARKS[1]
async def test_the_case_pages_are_accessible(
    screen: Page,
    address: str,
    parts: GatewayParts,
    owner: asyncpg.Connection,
    request_id: str,
) -> None:
    """The case, its letter, the package, its entries and a file: no finding, nothing too wide."""
    erasing = await deletion(parts, owner)
    await with_letter(parts, owner, erasing)
    await with_papers(parts, owner, erasing)
    secret = await session(owner)
    await screen.context.add_cookies([{"name": "staff", "value": secret, "url": address}])
    found = []
    for path in (
        erasing,
        f"{erasing}/letters/{erasing}/2",
        f"{request_id}/review",
        f"{request_id}/review/planted.notes",
        f"{request_id}/review/files/1",
    ):
        await screen.goto(f"{address}/staff/requests/{path}")
        await screen.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        found += await faults(screen, path)
    assert found == []


async def test_a_package_is_printed_once_it_may_go_out(
    parts: GatewayParts, owner: asyncpg.Connection, request_id: str
) -> None:
    """For the envelope of who wants paper; who printed it stands on record (NOT-07)."""
    desk = (owner, parts.vault, request_id, "s.lee", NOW)
    with pytest.raises(NotAtTheDesk, match="may go out"):
        await printed_package(*desk)
    await packages.release(owner, request_id, 1, NOW)
    pdf, *originals = await printed_package(*desk)
    assert (pdf.name, pdf.pdf[:5]) == (f"{request_id}-package.pdf", b"%PDF-")
    assert originals == []
    [entry] = await ledger.read(owner, outside_stream(request_id))
    assert json.loads(entry.body)["type"] == "PackagePrinted"
