"""An intake system and a consumer follow one request: told, polled, opened, added to."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.responses import Response

from clients.privacy_requests import PrivacyRequests, StatusChange, verified_change
from domain import events as e
from domain.notice_words import Situation
from domain.vocabulary import NoticeKind
from records import webhooks
from tests.e2e.case import Case, eventually
from tests.e2e.office import Office
from tests.gateway.support import serving
from workers import parts

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


class Receiver:
    """A form's backend that is away at first, and believes only what is signed."""

    def __init__(self) -> None:
        self.secrets: list[str] = []
        self.away = True
        self.heard: list[StatusChange] = []
        self.app = FastAPI()
        self.app.add_api_route("/hook", self.take, methods=["POST"])

    async def take(self, request: Request) -> Response:
        """Verify with the client that intake systems use."""
        if self.away:
            return Response(status_code=503)
        change = verified_change(await request.body(), dict(request.headers), self.secrets)
        assert change is not None
        self.heard.append(change)
        return Response(status_code=204)


async def status_link(case: Case) -> str:
    """Return the link to the page of the request in the letter that confirms receipt."""
    mail = await case.letter(NoticeKind.ACKNOWLEDGEMENT)
    assert "See where your request stands" in mail["text"]
    return case.people.links(mail)[-2]


async def new_link(case: Case) -> str:
    """Return the link in the letter that brings it on demand."""
    await case.until("the letter", has_new_link)
    return case.people.links(await case.letter(NoticeKind.NEW_LINK))[0]


async def open_page(browser: httpx.AsyncClient, link: str) -> str:
    """Open the page of a request by a link, and return it."""
    opened = await browser.post(link, data={"action": "open"})
    assert opened.status_code == 303, opened.text
    return (await browser.get("/my-request")).text


async def test_a_request_is_followed_by_webhook_by_polling_and_on_its_page(
    office: Office,
) -> None:
    """What a dead receiver missed arrives; a new link comes on demand; a document reaches staff."""
    receiver = Receiver()
    owner = await asyncpg.connect(office.settings.secret("dsn"))
    async with serving(receiver.app) as address:
        client = next(iter(office.settings.intake_clients))
        hook = await webhooks.add(owner, client, f"{address}/hook", datetime.now(UTC))
        receiver.secrets = hook.secrets(parts.fingerprints(office.settings), datetime.now(UTC))
        case = await office.file()
        first = await status_link(case)
        await _refused(owner, hook.webhook_id)
        receiver.away = False
        await owner.execute("UPDATE privacy.webhook_message SET next_at = now()")
        gateway = office.stack.addresses.gateway
        async with httpx.AsyncClient(base_url=gateway, trust_env=False) as browser:
            page = await open_page(browser, first)
            assert case.request_id in page
            assert case.customer.email not in page
            files = {"document": ("x.pdf", b"%PDF-1.7 canary", "application/pdf")}
            sent = await browser.post(
                "/my-request/documents", data={"purpose": "other"}, files=files
            )
            assert sent.status_code == 303
            await case.until("the document", lambda s: s.documents == ("other",))
            assert Situation.REVIEW_NEEDED in await case.staff_told()
            await case.confirm()
            await case.until("the confirmation", lambda s: s.address_confirmed)
            await _ask_for_link(browser, case)
            again = await new_link(case)
            assert again != first
            browser.cookies.clear()
            assert "We are deciding" in await open_page(browser, again)
            assert (await browser.post(first, data={"action": "open"})).status_code == 410
        assert await case.events(e.StatusLinkRequested)
        await _poll(office, case)
        await case.approve()
        await case.closed()
        await eventually(lambda: _heard_of_the_end(receiver, case), 60)
    await webhooks.remove(owner, hook.webhook_id, datetime.now(UTC))
    await owner.close()
    told = [each for each in receiver.heard if each.request_id == case.request_id]
    stages = [each.stage for each in told]
    assert stages[0] == "verifying"
    assert [each.sequence for each in told] == sorted({each.sequence for each in told})
    assert case.customer.email not in json.dumps([each.model_dump(mode="json") for each in told])


async def test_whoever_opted_out_sees_that_it_holds(office: Office) -> None:
    """The letter that confirms a choice leads to the page that shows it (OPT-04)."""
    case = await office.file(request_types=["opt_out_sale_sharing"], points={})
    await case.closed()
    mail = await case.letter(NoticeKind.OPT_OUT_DONE)
    gateway = office.stack.addresses.gateway
    async with httpx.AsyncClient(base_url=gateway, trust_env=False) as browser:
        page = await open_page(browser, case.people.links(mail)[0])
    assert "The request is finished" in page
    assert page.count("Opted out since") == 1


def has_new_link(state: Any) -> bool:
    """Tell whether the letter with a new link is out."""
    out = [one.notice for one in state.letters.values() if one.status == "accepted"]
    return NoticeKind.NEW_LINK in out


async def _refused(owner: asyncpg.Connection, webhook_id: str) -> None:
    async def failed() -> bool:
        (standing,) = [s for s in await webhooks.standings(owner) if _is(s, webhook_id)]
        return standing.last_fault == "status_503"

    await eventually(failed, 60)


def _is(standing: webhooks.Standing, webhook_id: str) -> bool:
    return standing.webhook.webhook_id == webhook_id


async def _ask_for_link(browser: httpx.AsyncClient, case: Case) -> None:
    claim = {"number": case.request_id, "email": case.customer.email}
    stranger = {"number": case.request_id, "email": "stranger@example.com"}
    pages = [(await browser.post("/my-request/link", data=each)).text for each in (stranger, claim)]
    assert pages[0] == pages[1]


async def _poll(office: Office, case: Case) -> None:
    """Follow the same request with the client that polls."""
    with PrivacyRequests(office.stack.addresses.gateway, office.stack.intake_api_key) as api:
        status = await asyncio.to_thread(api.status, case.request_id)
        assert status.stage == "deciding"
        assert await asyncio.to_thread(api.changed, status) is None


async def _heard_of_the_end(receiver: Receiver, case: Case) -> bool:
    return any(one.request_id == case.request_id and one.closed_at for one in receiver.heard)
