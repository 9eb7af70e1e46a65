"""Every page of people's is free of what axe-core finds, on phone and desk, in light and dark."""

import asyncpg
from playwright.async_api import Page

from domain.events import AddressConfirmed
from domain.ids import direction_stream
from domain.links import LinkPurpose
from gateway.parts import GatewayParts
from records import agent_requests
from records.agent_requests import OwnWords
from tests.gateway.agents import stands
from tests.gateway.browser import MARKS, faults
from tests.gateway.support import NOW, filed_request, token_for, write_event, write_letter

pytestmark = MARKS
SEND = "Send the request"
AGENT = {"name": "Privacy Helpers", "email": "requests@helpers.example"}


async def test_the_request_form_is_accessible(screen: Page, address: str) -> None:
    """Each of its pages, with and without faults, in both languages."""
    found = []
    for path in (
        "/request?lang=en",
        "/request?lang=es&go=1",
        "/request?lang=en&want=know_both&want=correct&want=testimonial_change&who=consumer",
        "/request?lang=es&want=delete&who=parent",
        "/request?lang=en&want=limit_spi&who=agent_signed",
        "/request?lang=en&want=delete&who=agent_poa",
        "/request/later/none?lang=es",
        "/my-request?lang=en",
        "/opt-out?lang=en",
        "/c?lang=en",
        "/c/0000-0000-0000?lang=es",
        "/nothing?lang=en",
    ):
        await screen.goto(address + path)
        found += await faults(screen, path)
    await screen.goto(f"{address}/request?lang=en&want=correct&who=consumer")
    await screen.get_by_role("button", name=SEND).click()
    found += await faults(screen, "with faults")
    await screen.get_by_role("button", name="Save and continue later").click()
    await screen.get_by_role("heading", name="Nothing is sent yet").wait_for()
    found += await faults(screen, "saved")
    await screen.goto(f"{address}/request?lang=en&want=marketing_opt_out&who=consumer")
    await screen.get_by_label("Email address").fill("ana@example.com")
    await screen.get_by_role("button", name=SEND).click()
    await screen.get_by_role("heading", name="Your request is sent").wait_for()
    found += await faults(screen, "sent")
    assert found == []


async def test_the_pages_behind_links_are_accessible(
    screen: Page, address: str, parts: GatewayParts, owner: asyncpg.Connection
) -> None:
    """Confirm, add details, sign, "not me", one's own request and a provider's screen."""
    request_id = await filed_request(parts, request_types=["know_specific"])
    needs = {"needs": ["confirm_address", "more_points", "declaration"]}
    await write_letter(owner, request_id, needs)
    direction = direction_stream(request_id, "postbird")
    await write_event(owner, direction, NOW)
    found = []
    for purpose in (LinkPurpose.CONFIRM, LinkPurpose.RESPOND, LinkPurpose.DISOWN):
        await screen.goto(f"{address}/r/{await token_for(owner, request_id, purpose)}")
        found += await faults(screen, purpose)
    acknowledge = await token_for(owner, request_id, LinkPurpose.ACKNOWLEDGE, stream=direction)
    await screen.goto(f"{address}/p/{acknowledge}")
    found += await faults(screen, "provider")
    status = await token_for(owner, request_id, LinkPurpose.STATUS)
    await screen.goto(f"{address}/r/{status}")
    found += await faults(screen, "open")
    await screen.get_by_role("button", name="Open my request").click()
    for path in ("", "/details", "/withdraw", "/documents", "/delivery", "/package"):
        await screen.goto(f"{address}/my-request{path}")
        found += await faults(screen, f"/my-request{path}")
    await screen.goto(f"{address}/my-request/documents")
    await screen.get_by_role("button", name="Send the document").click()
    await screen.get_by_role("alert").wait_for()
    found += await faults(screen, "document with faults")
    assert found == []


async def test_the_page_that_agents_lead_to_is_accessible(
    screen: Page, address: str, parts: GatewayParts, owner: asyncpg.Connection
) -> None:
    """With steps left, after the letter was asked for again, and with nothing left to do."""
    found = []
    for events, language in (((), "en"), ((AddressConfirmed(inbox=1),), "es")):
        request_id = await filed_request(parts, requester="agent_signed", agent=AGENT)
        row = await agent_requests.add(
            owner, parts.vault, request_id, "AA", OwnWords(), calls_back=False, now=NOW
        )
        await stands(owner, request_id, *events)
        await screen.goto(f"{address}/verify/{row.drp_id}?lang={language}")
        found += await faults(screen, f"verify {language}")
        if not events:
            await screen.get_by_role("button", name="Send me the letter again").click()
            await screen.get_by_role("heading", name="Check your email").wait_for()
            found += await faults(screen, "sent again")
    assert found == []
