"""Every page of people's is free of what axe-core finds, on phone and desk, in light and dark."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from domain.events import AddressConfirmed
from domain.ids import direction_stream
from domain.links import LinkPurpose
from gateway.parts import GatewayParts
from records import agent_requests
from records.agent_requests import OwnWords
from tests.gateway.agents import stands
from tests.gateway.browser import ARGUMENTS, CHROMIUM, MARKS, NARROWEST, fits
from tests.gateway.support import NOW, filed_request, token_for, write_event, write_letter

pytestmark = MARKS
DESK = ViewportSize(width=1280, height=900)
SEND = "Send the request"
AGENT = {"name": "Privacy Helpers", "email": "requests@helpers.example"}


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Open a browser; axe-core is a script, so scripts are on. The pages bring none."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


async def faults(page: Page, where: str) -> list[str]:
    """Return what axe-core finds, and whether the page is wider than the screen."""
    results = await Axe().run(page)
    found = [
        f"{where}: {one['id']} {node['html'][:90]}"
        for one in results.response["violations"]
        for node in one["nodes"]
    ]
    return found if await fits(page) else [*found, f"{where}: wider than the screen"]


@pytest.mark.parametrize(("viewport", "scheme"), [(NARROWEST, "dark"), (DESK, "light")])
async def test_the_request_form_is_accessible(
    browser: Browser, address: str, viewport: ViewportSize, scheme: str
) -> None:
    """Each of its pages, with and without faults, in both languages."""
    page = await browser.new_page(viewport=viewport, color_scheme=scheme)  # type: ignore[arg-type]
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
        await page.goto(address + path)
        found += await faults(page, path)
    await page.goto(f"{address}/request?lang=en&want=correct&who=consumer")
    await page.get_by_role("button", name=SEND).click()
    found += await faults(page, "with faults")
    await page.get_by_role("button", name="Save and continue later").click()
    await page.get_by_role("heading", name="Nothing is sent yet").wait_for()
    found += await faults(page, "saved")
    await page.goto(f"{address}/request?lang=en&want=marketing_opt_out&who=consumer")
    await page.get_by_label("Email address").fill("ana@example.com")
    await page.get_by_role("button", name=SEND).click()
    await page.get_by_role("heading", name="Your request is sent").wait_for()
    found += await faults(page, "sent")
    assert found == []


@pytest.mark.parametrize(("viewport", "scheme"), [(NARROWEST, "dark"), (DESK, "light")])
async def test_the_pages_behind_links_are_accessible(
    browser: Browser,
    address: str,
    parts: GatewayParts,
    owner: asyncpg.Connection,
    viewport: ViewportSize,
    scheme: str,
) -> None:
    """Confirm, add details, sign, "not me", one's own request and a provider's page."""
    page = await browser.new_page(viewport=viewport, color_scheme=scheme)  # type: ignore[arg-type]
    request_id = await filed_request(parts, request_types=["know_specific"])
    needs = {"needs": ["confirm_address", "more_points", "declaration"]}
    await write_letter(owner, request_id, needs)
    direction = direction_stream(request_id, "postbird")
    await write_event(owner, direction, NOW)
    found = []
    for purpose in (LinkPurpose.CONFIRM, LinkPurpose.RESPOND, LinkPurpose.DISOWN):
        await page.goto(f"{address}/r/{await token_for(owner, request_id, purpose)}")
        found += await faults(page, purpose)
    acknowledge = await token_for(owner, request_id, LinkPurpose.ACKNOWLEDGE, stream=direction)
    await page.goto(f"{address}/p/{acknowledge}")
    found += await faults(page, "provider")
    status = await token_for(owner, request_id, LinkPurpose.STATUS)
    await page.goto(f"{address}/r/{status}")
    found += await faults(page, "open")
    await page.get_by_role("button", name="Open my request").click()
    for path in ("", "/details", "/withdraw", "/documents", "/delivery", "/package"):
        await page.goto(f"{address}/my-request{path}")
        found += await faults(page, f"/my-request{path}")
    await page.goto(f"{address}/my-request/documents")
    await page.get_by_role("button", name="Send the document").click()
    await page.get_by_role("alert").wait_for()
    found += await faults(page, "document with faults")
    assert found == []


@pytest.mark.parametrize(("viewport", "scheme"), [(NARROWEST, "dark"), (DESK, "light")])
async def test_the_page_that_agents_lead_to_is_accessible(
    browser: Browser,
    address: str,
    parts: GatewayParts,
    owner: asyncpg.Connection,
    viewport: ViewportSize,
    scheme: str,
) -> None:
    """With steps left, after the letter was asked for again, and with nothing left to do."""
    page = await browser.new_page(viewport=viewport, color_scheme=scheme)  # type: ignore[arg-type]
    found = []
    for events, language in (((), "en"), ((AddressConfirmed(inbox=1),), "es")):
        request_id = await filed_request(parts, requester="agent_signed", agent=AGENT)
        row = await agent_requests.add(
            owner, parts.vault, request_id, "AA", OwnWords(), calls_back=False, now=NOW
        )
        await stands(owner, request_id, *events)
        await page.goto(f"{address}/verify/{row.drp_id}?lang={language}")
        found += await faults(page, f"verify {language}")
        if not events:
            await page.get_by_role("button", name="Send me the letter again").click()
            await page.get_by_role("heading", name="Check your email").wait_for()
            found += await faults(page, "sent again")
    assert found == []
