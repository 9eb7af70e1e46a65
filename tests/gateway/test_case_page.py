"""The case page: everything of a request for who may see it, and actions in the person's name."""

import json
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from domain import events as e
from domain import signed_in
from domain.actions import ACTIONS
from domain.ids import outside_stream
from domain.outside import IncidentReported
from domain.vocabulary import Decision, Role
from gateway.case.papers import DROPPED, PURGED
from gateway.parts import GatewayParts
from records import freezing, inbox, ledger, messages
from records.outside import note_outside
from records.requests import EVIDENCE_FILE
from tests.gateway.cases import PDF, SCRIPT, deletion, happened, with_letter, with_papers
from tests.gateway.staff import FROM_OUR_PAGE, session, sign_in
from tests.gateway.support import NOW, WatchedEngine, filed_request

APPROVE = {"action": "approve", "confirm_grounds.EX8": "on", "sure": "on", "once": "n1"}
PEOPLE = (Role.HANDLER, Role.APPROVER)


@pytest.fixture
async def request_id(parts: GatewayParts, owner: asyncpg.Connection) -> str:
    """File a deletion that waits for a decision."""
    return await deletion(parts, owner)


@pytest.fixture(autouse=True)
def recording(engine: WatchedEngine, owner: asyncpg.Connection) -> None:
    """Let what the engine carries out be recorded."""
    engine.records = owner


async def press(
    client: httpx.AsyncClient, request_id: str, fields: dict[str, str]
) -> httpx.Response:
    """Send a form of the page."""
    return await client.post(f"/staff/requests/{request_id}", data=fields, headers=FROM_OUR_PAGE)


async def stored(owner: asyncpg.Connection, request_id: str) -> list[inbox.Message]:
    """Return what signed-in people sent."""
    rows = await inbox.of_request(owner, request_id)
    return [row for row in rows if row.kind == signed_in.KIND]


async def views(owner: asyncpg.Connection, request_id: str) -> list[tuple[str, str]]:
    """Return who looked at what."""
    rows = await ledger.read(owner, outside_stream(request_id))
    events: list[dict[str, Any]] = [json.loads(row.body)["data"] for row in rows]
    return [(one["actor"]["id"], one["what"]) for one in events]


async def test_staff_see_the_case_and_that_is_on_record(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """Submission, comparison with rivals, holdings, dates; the view is an event before it shows."""
    assert (await client.get(f"/staff/requests/{request_id}")).status_code == 303
    assert await views(owner, request_id) == []
    await sign_in(client, owner, *PEOPLE)
    page = await client.get(f"/staff/requests/{request_id}")
    assert page.status_code == 200
    for shown in (
        "Ana Canary Ruiz",
        "canary message",
        "C-CANARY-12",
        "1 other person fits",
        "changed lately",
        "shop.orders",
        "Answer by",
        "11 CCR 7021",
        "A law requires us to keep it.",
    ):
        assert shown in page.text
    assert page.headers["cache-control"] == "no-store"
    assert await views(owner, request_id) == [("s.lee", "the case page")]


async def test_an_action_is_a_row_that_says_who_it_was_and_the_same_update(
    client: httpx.AsyncClient,
    parts: GatewayParts,
    owner: asyncpg.Connection,
    engine: WatchedEngine,
    request_id: str,
) -> None:
    """Pressed twice it counts once; its note is in the vault, its facts are codes."""
    await sign_in(client, owner, *PEOPLE)
    for _ in range(2):
        response = await press(client, request_id, APPROVE | {"note": "canary note"})
        assert response.status_code == 303, response.text
    [row] = await stored(owner, request_id)
    assert row.facts == {
        "action": "approve",
        "input": {"decided_by": "s.lee", "confirm_grounds": ["EX8"]},
        "roles": ["approver", "handler"],
    }
    assert "canary" not in str(row)
    assert await parts.vault.get(owner, request_id, inbox.EVIDENCE, row.row_id) == b"canary note"
    assert engine.acted == [(request_id, "approve", row.row_id)]


async def test_a_signal_in_anothers_name_stands_at_the_top(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """Whom it names and who sent it, for whoever opens the case."""
    sender = e.Actor(id="m.ray", known="stated by client")
    differed = e.SenderDiffered(action="approve", actor=e.Actor(id="s.lee"), sent_by=sender)
    await happened(owner, request_id, differed)
    await sign_in(client, owner, *PEOPLE)
    page = (await client.get(f"/staff/requests/{request_id}")).text
    assert "a signal “Approve” names s.lee, and m.ray sent it" in page


async def test_a_request_that_may_repeat_another_shows_which(
    client: httpx.AsyncClient, parts: GatewayParts, owner: asyncpg.Connection, request_id: str
) -> None:
    """The later one's page leads to the earlier one and offers to merge, no other's (REQ-17)."""
    earlier, later = sorted([request_id, await deletion(parts, owner)])
    await sign_in(client, owner, *PEOPLE)
    first, second = [
        (await client.get(f"/staff/requests/{each}")).text for each in (earlier, later)
    ]
    assert "Asked before, and still open" in second
    assert f'<a class="request" href="/staff/requests/{earlier}">{earlier}</a>' in second
    assert "mark_duplicate" in second
    assert "mark_duplicate" not in first


async def test_a_refusal_is_its_sentence_and_stores_nothing(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """What the rules refuse is said at once; the workflow's own refusal is said as well."""
    await sign_in(client, owner, *PEOPLE)
    page = await press(client, request_id, {"action": "approve", "sure": "on"})
    assert page.status_code == 422
    assert "Confirm it by sending" in page.text
    assert await stored(owner, request_id) == []


async def test_a_corrected_address_goes_to_the_vault_and_not_to_temporal(
    client: httpx.AsyncClient, parts: GatewayParts, owner: asyncpg.Connection, request_id: str
) -> None:
    """The row's facts, which the workflow reads, hold none; what is no address is refused."""
    await sign_in(client, owner, *PEOPLE)
    shown = (await client.get(f"/staff/requests/{request_id}")).text
    assert 'name="personal" type="email"' in shown
    assert 'id="request-correct_contact-note"' not in shown
    form = {"action": "correct_contact", "personal": "ana at canary", "note": "canary"}
    page = await press(client, request_id, form)
    assert page.status_code == 422
    assert "That is no e-mail address" in page.text
    response = await press(client, request_id, form | {"personal": " ana@canary.org "})
    assert response.status_code == 303, response.text
    [row] = await stored(owner, request_id)
    assert "canary" not in str(row)
    kept = await parts.vault.get(owner, request_id, inbox.EVIDENCE, row.row_id)
    assert kept == b"ana@canary.org"


async def test_a_misdelivery_is_frozen_and_released_on_the_page(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """The form with its note is a row; then the page says who, when and why, and how it ends."""
    await sign_in(client, owner, *PEOPLE)
    assert 'id="request-freeze"' in (await client.get(f"/staff/requests/{request_id}")).text
    form = {"action": "freeze", "note": "canary letter to no. 12", "once": "f1"}
    response = await press(client, request_id, form)
    assert response.status_code == 303, response.text
    [row] = await stored(owner, request_id)
    actor = e.Actor(id="s.lee", known="authenticated")
    acted = e.StaffActed(inbox=row.row_id, action="freeze", actor=actor)
    await happened(owner, request_id, acted, e.RequestFrozen(actor=actor))
    frozen = (await client.get(f"/staff/requests/{request_id}")).text
    banner = frozen.partition("<h2>Frozen after a misdelivery")[2].partition("</div>")[0]
    assert "s.lee froze it on" in banner
    assert "canary letter to no. 12" in banner
    assert 'id="request-approve"' not in frozen
    assert 'id="request-unfreeze"' in frozen
    refused = await press(client, request_id, APPROVE | {"once": "f2"})
    assert (refused.status_code, "This request is frozen" in refused.text) == (422, True)
    release = {"action": "unfreeze", "reason": "contained", "letters": "drop", "once": "f3"}
    assert (await press(client, request_id, release)).status_code == 303
    assert [each.facts["action"] for each in await stored(owner, request_id)] == [
        "freeze",
        "unfreeze",
    ]


@pytest.mark.parametrize("action", ["freeze", "unfreeze", "place_hold", "release_hold"])
async def test_counsel_sends_what_a_misdelivery_or_a_legal_hold_asks_for(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str, action: str
) -> None:
    """Whom an incident gives its task freezes and releases the request on the page."""
    actor = e.Actor(id="s.kim")
    if action == "unfreeze":
        await happened(owner, request_id, e.RequestFrozen(actor=actor))
    if action == "release_hold":
        await happened(owner, request_id, e.HoldPlaced(actor=actor, hold="LH-14", matter="M-14"))
    await sign_in(client, owner, Role.COUNSEL)
    page = (await client.get(f"/staff/requests/{request_id}")).text
    form = page.partition(f'id="request-{action}"')[2].partition("</details>")[0]
    assert "<button" in form
    response = await press(client, request_id, ACTIONS[action].example | {"action": action})
    assert response.status_code == 303, response.text
    [row] = await stored(owner, request_id)
    assert row.facts["roles"] == ["counsel"]


async def test_a_closed_request_says_that_it_is_frozen_and_how_it_ends(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """It has no form to unfreeze it: its hold ends that, which the page names."""
    kept = NOW.date() + timedelta(days=731)
    await happened(owner, request_id, e.RequestClosed(outcome=Decision.DENY, retain_until=kept))
    links = await freezing.freeze(owner, request_id, staff_id="s.kim", now=NOW)
    reported = IncidentReported(actor=e.Actor(id="s.kim"), links=links)
    await note_outside(owner, request_id, reported, NOW)
    await sign_in(client, owner, *PEOPLE)
    page = (await client.get(f"/staff/requests/{request_id}")).text
    banner = page.partition("<h2>Frozen after a misdelivery")[2].partition("</div>")[0]
    assert "s.kim froze it on" in banner
    assert "privacy hold list" in banner
    assert "clock runs on" not in banner
    assert 'id="request-unfreeze"' not in page


async def test_what_one_of_two_people_wants_is_shown_and_filled_in(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """The second person sees who wants what, and sends the same without typing it again."""
    agreed = e.ActionAgreed(
        actor=e.Actor(id="b.ngo", known="authenticated"),
        action="approve",
        terms={"reason": "representative_accepted", "confirm_grounds": ["EX8"]},
        people=2,
    )
    await happened(owner, request_id, agreed)
    await sign_in(client, owner, *PEOPLE)
    page = (await client.get(f"/staff/requests/{request_id}")).text
    assert "b.ngo wants “Approve”" in page
    assert 'value="representative_accepted" selected' in page
    assert 'name="confirm_grounds.EX8" checked' in page


async def test_the_engines_refusal_is_shown_and_its_absence_told(
    client: httpx.AsyncClient, owner: asyncpg.Connection, engine: WatchedEngine, request_id: str
) -> None:
    """While Temporal is down the row waits for the sweep, and the page says so."""
    await sign_in(client, owner, *PEOPLE)
    engine.refusal = "This request is decided already."
    page = await press(client, request_id, APPROVE)
    assert (page.status_code, engine.refusal in page.text) == (422, True)
    engine.away = True
    waits = await press(client, request_id, APPROVE | {"once": "n2"})
    assert waits.headers["location"].endswith("?told=waits")


@pytest.mark.parametrize(
    ("role", "action", "status"),
    [
        (Role.AUDITOR, "deny", 403),
        (Role.HANDLER, "approve", 403),
        (Role.COUNSEL, "approve", 403),
        (Role.COUNSEL, "reassign", 403),
        (Role.AUDITOR, "freeze", 403),
        (Role.HANDLER, "fly", 404),
    ],
)
async def test_roles_hold(
    client: httpx.AsyncClient,
    owner: asyncpg.Connection,
    request_id: str,
    role: Role,
    action: str,
    status: int,
) -> None:
    """An auditor reads only; a handler decides nothing that cannot be undone."""
    await sign_in(client, owner, role)
    page = await client.get(f"/staff/requests/{request_id}")
    assert page.status_code == 200
    response = await press(client, request_id, APPROVE | {"action": action})
    assert response.status_code == status
    assert await stored(owner, request_id) == []


async def test_a_form_of_another_site_is_refused(
    client: httpx.AsyncClient, owner: asyncpg.Connection, request_id: str
) -> None:
    """A session that a browser brings along is worth nothing to other sites."""
    client.cookies.set("__Host-staff", await session(owner, *PEOPLE))
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}, {}):
        sent = {**headers, "content-type": FROM_OUR_PAGE["content-type"]}
        answer = await client.post(
            f"/staff/requests/{request_id}", content="action=approve", headers=sent
        )
        assert answer.status_code == 403
    assert await stored(owner, request_id) == []


async def test_papers_are_saved_and_never_opened_as_pages(
    client: httpx.AsyncClient, parts: GatewayParts, owner: asyncpg.Connection, request_id: str
) -> None:
    """A document is typed by its first bytes; markup is bytes; text of people stays text."""
    rows = await with_papers(parts, owner, request_id)
    await sign_in(client, owner, Role.AUDITOR)
    page = await client.get(f"/staff/requests/{request_id}")
    assert "Ana Canary" in page.text
    assert "&lt;b&gt;hurry" in page.text
    expected = {"pdf": ("application/pdf", PDF), "script": ("application/octet-stream", SCRIPT)}
    for name, (kind, content) in expected.items():
        file = await client.get(f"/staff/requests/{request_id}/papers/{rows[name]}")
        assert (file.headers["content-type"], file.content) == (kind, content)
        assert file.headers["content-disposition"].startswith("attachment;")
        assert file.headers["x-content-type-options"] == "nosniff"
    assert ("s.lee", "uploaded document") in await views(owner, request_id)


async def test_what_is_left_of_dropped_papers_is_said_as_it_is(
    client: httpx.AsyncClient, parts: GatewayParts, owner: asyncpg.Connection, request_id: str
) -> None:
    """A mail's words stay when it was dropped for what was attached; nothing offers to save it."""
    rows = await with_papers(parts, owner, request_id)
    file = messages.StoredFile(name="id.pdf", media_type="application/pdf", size=5)
    said = messages.StoredMessage(sender="ana.canary@example.com", subject="", text="Hurry on.")
    attached = [messages.Attachment(file, PDF)]
    await messages.put(owner, parts.vault, request_id, rows["mail"], said, attached)
    await owner.execute(
        "DELETE FROM privacy.vault WHERE kind = $1 AND n = ANY($2::bigint[])",
        inbox.EVIDENCE,
        [rows["mail"], rows["script"]],
    )
    await sign_in(client, owner, Role.HANDLER)
    page = (await client.get(f"/staff/requests/{request_id}")).text
    mail = page.partition(f'id="paper-{rows["mail"]}"')[2].partition("</article>")[0]
    for shown in ("ana.canary@example.com", "id.pdf", "Hurry on.", DROPPED):
        assert shown in mail
    assert f"papers/{rows['mail']}" not in page
    assert f"papers/{rows['pdf']}" in page
    assert page.count(DROPPED) == 2
    await owner.execute("UPDATE privacy.request SET purged_at = now()")
    assert PURGED in (await client.get(f"/staff/requests/{request_id}")).text


async def test_letters_are_shown_without_what_is_their_readers_alone(
    client: httpx.AsyncClient, parts: GatewayParts, owner: asyncpg.Connection, request_id: str
) -> None:
    """Whoever reads a letter here cannot confirm an address in the consumer's name (VER-19)."""
    await with_letter(parts, owner, request_id)
    await sign_in(client, owner, Role.HANDLER)
    page = await client.get(f"/staff/requests/{request_id}/letters/{request_id}/2")
    assert "We have received your request" in page.text
    assert "https://privacy.example.com/r/…" in page.text
    assert "secret-of-the-link" not in page.text


async def test_another_requests_papers_stay_where_they_are(
    client: httpx.AsyncClient, parts: GatewayParts, owner: asyncpg.Connection, request_id: str
) -> None:
    """A row's number opens nothing under another request."""
    other = await deletion(parts, owner)
    rows = await with_papers(parts, owner, other)
    await sign_in(client, owner, *PEOPLE)
    answer = await client.get(f"/staff/requests/{request_id}/papers/{rows['pdf']}")
    assert answer.status_code == 404
    assert (await client.get("/staff/requests/PR-0000-0000")).status_code == 404


async def test_the_evidence_is_a_workers_and_saved_from_the_vault(
    client: httpx.AsyncClient,
    parts: GatewayParts,
    owner: asyncpg.Connection,
    engine: WatchedEngine,
    request_id: str,
) -> None:
    """The door holds no key that signs; it asks a worker, and says who asked and who took it."""
    await parts.vault.put(owner, request_id, EVIDENCE_FILE, b"PK signed")
    await sign_in(client, owner, Role.AUDITOR)
    path = f"/staff/requests/{request_id}/evidence"
    saved = await client.post(path, data={}, headers=FROM_OUR_PAGE)
    assert (saved.content, saved.headers["content-type"]) == (b"PK signed", "application/zip")
    assert engine.exported == [(request_id, "s.lee")]
    assert ("s.lee", "the evidence, to keep") in await views(owner, request_id)
    engine.away = True
    assert (await client.post(path, data={}, headers=FROM_OUR_PAGE)).status_code == 503


async def test_a_request_that_nobody_has_opened_yet_is_shown_as_it_was_filed(
    client: httpx.AsyncClient, parts: GatewayParts, owner: asyncpg.Connection
) -> None:
    """Between the filing and its first event there is a submission, and nothing to do."""
    filed = await filed_request(parts, request_types=["know_both"])
    await sign_in(client, owner, *PEOPLE)
    page = await client.get(f"/staff/requests/{filed}")
    assert "to know what is held, with a copy" in page.text
    assert "Nothing waits for staff now." in page.text
