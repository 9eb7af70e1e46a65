"""Documents for a request: judged by their bytes, bounded, kept encrypted, shown to nobody here."""

from typing import Any

import asyncpg
import httpx
import pytest

from domain.links import LinkPurpose
from domain.notice_words import Reader
from domain.vocabulary import NoticeKind
from gateway.parts import GatewayParts, GatewaySettings
from records import inbox
from records.inbox import EVIDENCE, Message
from tests.gateway.support import NOW, WatchedEngine, filed_request, token_for, write_letter

HOME = "/my-request"
DOCUMENTS = f"{HOME}/documents"
PDF = b"%PDF-1.7 canary of the permission"
AGENT = {"name": "Pat Doe", "email": "pat@example.com"}
PROOF = {"reader": Reader.REQUESTER.value}


@pytest.fixture
def settings(settings: GatewaySettings) -> GatewaySettings:
    """Let a test reach the bounds."""
    return settings.model_copy(update={"document_bytes": 20_000, "documents_per_request": 2})


@pytest.fixture
async def request_id(
    client: httpx.AsyncClient, parts: GatewayParts, owner: asyncpg.Connection
) -> str:
    """File an agent's request, and open its page by the link of the letter that asks for proof."""
    filed = await filed_request(parts, requester="agent_signed", agent=AGENT)
    await write_letter(owner, filed, PROOF, NoticeKind.AGENT_PROOF)
    await visit(client, owner, filed)
    return filed


async def visit(client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str) -> None:
    """Open the page of a request."""
    token = await token_for(owner, request_id, LinkPurpose.STATUS)
    await client.post(f"/r/{token}", data={"action": "open"})


async def send(
    client: httpx.AsyncClient, content: bytes = PDF, purpose: str = "permission", **more: Any
) -> httpx.Response:
    """Upload a document as a browser does."""
    files = {"document": ("../../etc/<b>canary</b>.exe", content, "text/html")}
    return await client.post(DOCUMENTS, data={"purpose": purpose}, files=files, **more)


async def sent(owner: asyncpg.Connection, request_id: str) -> list[Message]:
    """Return the messages that brought documents."""
    every = await inbox.of_request(owner, request_id)
    return [each for each in every if each.kind == "document_sent"]


async def test_a_permission_is_kept_as_it_came_and_the_workflow_is_told(
    client: httpx.AsyncClient,
    parts: GatewayParts,
    owner: asyncpg.Connection,
    engine: WatchedEngine,
    request_id: str,
) -> None:
    """Its bytes are in the vault, encrypted; name and claimed type are nowhere (AGT-01)."""
    assert "Proof that you may ask" in (await client.get(HOME)).text
    answer = await send(client)
    assert (answer.status_code, answer.headers["location"]) == (303, DOCUMENTS)
    (message,) = await sent(owner, request_id)
    assert message.facts["media_type"] == "application/pdf"
    assert message.facts["purpose"] == "permission"
    assert engine.delivered == [(request_id, message.row_id)]
    assert await parts.vault.get(owner, request_id, EVIDENCE, message.row_id) == PDF
    stored = await owner.fetchval("SELECT string_agg(ciphertext, '') FROM privacy.vault")
    assert b"canary" not in stored
    for path in (HOME, DOCUMENTS):
        page = (await client.get(path)).text
        assert "signed permission" in page
        assert "canary" not in page
    assert "Proof that you may ask" not in (await client.get(HOME)).text


@pytest.mark.parametrize(
    ("content", "purpose", "fault"),
    [
        (b"<svg onload=alert(1)>", "permission", "This kind of file is not taken"),
        (b"MZ\x90\x00" + PDF, "permission", "This kind of file is not taken"),
        (b"", "permission", "Choose a file"),
        (PDF, "", "Choose one of these"),
        (PDF, "parent", "Choose one of these"),
        (b"%PDF-" + bytes(20_000), "permission", "larger than"),
    ],
)
async def test_what_is_not_taken_is_said_and_not_kept(
    client: httpx.AsyncClient,
    owner: asyncpg.Connection,
    request_id: str,
    content: bytes,
    purpose: str,
    fault: str,
) -> None:
    """The page comes again and names what to mend."""
    answer = await send(client, content, purpose)
    assert answer.status_code == 422
    assert fault in answer.text
    assert await sent(owner, request_id) == []


async def test_an_upload_beyond_every_bound_is_cut_off(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """Whatever Content-Length says, no more is read than one document and a form."""
    answer = await send(client, b"%PDF-" + bytes(40_000))
    assert answer.status_code == 413
    broken = {"content-type": "multipart/form-data"}
    assert (await client.post(DOCUMENTS, content=b"x", headers=broken)).status_code == 400
    assert await sent(owner, request_id) == []


async def test_the_same_document_counts_once_and_their_number_is_bounded(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """A second click changes nothing; a third document is refused by a sentence."""
    for content in (PDF, PDF, PDF + b"2"):
        assert (await send(client, content)).status_code == 303
    assert len(await sent(owner, request_id)) == 2
    assert "No more files" in (await send(client, PDF + b"3")).text
    assert len(await sent(owner, request_id)) == 2


async def test_a_better_proof_can_be_sent_when_a_letter_asks_again(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """A refused proof is asked for anew, and the page says so again (AGT-04)."""
    await send(client)
    await write_letter(owner, request_id, PROOF, NoticeKind.AGENT_PROOF, 9)
    assert "Proof that you may ask" in (await client.get(HOME)).text
    await send(client, PDF + b" better", "power_of_attorney")
    assert "Proof that you may ask" not in (await client.get(HOME)).text


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://x.yz"}])
async def test_no_other_site_uploads(
    client: httpx.AsyncClient,
    owner: asyncpg.Connection,
    request_id: str,
    headers: dict[str, str],
) -> None:
    """A form of another site is refused before its body is read."""
    assert (await send(client, headers=headers)).status_code == 403
    assert await sent(owner, request_id) == []


async def test_without_a_visit_or_after_the_answer_nothing_is_taken(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """There is no door for documents of strangers, nor for a request that is answered."""
    await owner.execute("UPDATE privacy.request SET answered_at = $1", NOW)
    assert (await send(client)).headers["location"] == HOME
    client.cookies.clear()
    assert (await send(client)).headers["location"] == HOME
    assert (await client.get(DOCUMENTS)).headers["location"] == HOME
    assert await sent(owner, request_id) == []


async def test_the_consumer_of_an_agent_signs_and_does_not_send_the_agents_proof(
    client: httpx.AsyncClient, parts: GatewayParts, owner: asyncpg.Connection
) -> None:
    """Each of the two sees what is theirs to do (AGT-02, AGT-07)."""
    filed = await filed_request(parts, requester="agent_signed", agent=AGENT)
    needs = {"needs": ["confirm_address"], "reader": Reader.CONSUMER.value}
    await write_letter(owner, filed, needs)
    await write_letter(owner, filed, PROOF, NoticeKind.AGENT_PROOF, 3)
    await visit(client, owner, filed)
    page = (await client.get(HOME)).text
    assert "Yes, this is my request" in page
    assert "Proof that you may ask" not in page


async def test_an_estimate_is_answered_and_a_way_chosen_on_the_page(
    client: httpx.AsyncClient, parts: GatewayParts, owner: asyncpg.Connection
) -> None:
    """The fee once, by the number of its letter; the way as often as minds change (FEE-03)."""
    filed = await filed_request(parts, request_types=["know_specific"])
    estimate = {
        "request_id": filed,
        "request_type": "know_specific",
        "receipt_date": "2026-11-23",
        "written_on": "2026-11-23",
        "residency": "CA",
        "requester": "consumer",
        "address_confirmed": True,
        "reader": "requester",
        "reason": "excessive",
        "work_minutes": 90,
        "hourly_rate_cents": 4000,
        "accept_by": "2027-01-02",
    }
    await write_letter(owner, filed, estimate, NoticeKind.FEE_ESTIMATE, 5)
    await visit(client, owner, filed)
    assert "$60.00" in (await client.get(f"{HOME}/fee")).text
    await client.post(f"{HOME}/fee", data={"action": "accept_fee"})
    await client.post(f"{HOME}/fee", data={"action": "accept_fee"})
    for way in ("post", "post", "pigeon", "online"):
        await client.post(f"{HOME}/delivery", data={"way": way})
    told = [(one.kind, one.facts) for one in (await inbox.of_request(owner, filed))[1:]]
    ways = [facts["way"] for kind, facts in told if kind == "delivery_chosen"]
    assert told[0] == ("fee_accepted", {"letter": 5})
    assert ways == ["post", "post", "online"]
    page = (await client.get(HOME)).text
    assert "To download" in page
    assert "answer to our estimate" not in page
