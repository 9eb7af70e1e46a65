"""The pages in a real browser: keyboard only, no script, on the narrowest phone."""

import shutil
from collections.abc import AsyncIterator

import asyncpg
import pytest
from fastapi import FastAPI
from playwright.async_api import Page, ViewportSize, async_playwright

from domain.ids import direction_stream
from domain.links import LinkPurpose
from gateway.parts import GatewayParts
from records import inbox
from tests.gateway.support import NOW, filed_request, serving, token_for, write_event

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
NARROWEST = ViewportSize(width=320, height=640)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium"),
]


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """Open a browser of a narrow phone, without scripts; its console must stay silent."""
    said: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        context = await browser.new_context(viewport=NARROWEST, java_script_enabled=False)
        page = await context.new_page()
        page.on("console", lambda message: said.append(message.text))
        yield page
        await browser.close()
    assert said == []


@pytest.fixture
async def address(app: FastAPI) -> AsyncIterator[str]:
    """Serve the gateway on loopback."""
    async with serving(app) as url:
        yield url


async def tab_to(page: Page, name: str) -> None:
    """Press Tab until the control of that name has the focus, as a keyboard user does."""
    wanted = page.get_by_text(name, exact=True).or_(page.get_by_label(name, exact=True)).last
    for _ in range(30):
        await page.keyboard.press("Tab")
        if await wanted.and_(page.locator(":focus")).count():
            return
    raise AssertionError(f"{name} cannot be reached by Tab")


async def fits(page: Page) -> bool:
    """Tell whether nothing stands beyond the edge of the screen: an image of it all shows."""
    image = await page.screenshot(full_page=True)
    return int.from_bytes(image[16:20]) == NARROWEST["width"]


async def test_a_consumer_adds_details_by_keyboard(
    page: Page, address: str, parts: GatewayParts, owner: asyncpg.Connection
) -> None:
    """Tab, type, Enter: the points are stored and the page says so."""
    request_id = await filed_request(parts)
    token = await token_for(owner, request_id, LinkPurpose.RESPOND)
    await page.goto(f"{address}/r/{token}")
    assert await fits(page)
    await tab_to(page, "Phone number")
    await page.keyboard.type("+1 415 555 0142")
    await tab_to(page, "Send")
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="We have what you sent").wait_for()
    kinds = [message.kind for message in await inbox.of_request(owner, request_id)]
    assert kinds == ["points_added", "address_confirmed"]


async def test_a_consumer_changes_the_language_and_disowns(
    page: Page, address: str, parts: GatewayParts, owner: asyncpg.Connection
) -> None:
    """The page stays in the chosen language after the button."""
    request_id = await filed_request(parts)
    token = await token_for(owner, request_id, LinkPurpose.CONFIRM)
    await page.goto(f"{address}/r/{token}")
    await tab_to(page, "Español")
    await page.keyboard.press("Enter")
    await tab_to(page, "No fui yo")
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="Gracias por avisarnos").wait_for()
    assert await fits(page)


async def test_a_provider_reports_by_keyboard(
    page: Page, address: str, parts: GatewayParts, owner: asyncpg.Connection
) -> None:
    """Received first, then a part that has to stay, with its reason."""
    request_id = await filed_request(parts)
    stream = direction_stream(request_id, "postbird")
    await write_event(owner, stream, NOW)
    token = await token_for(owner, request_id, LinkPurpose.ACKNOWLEDGE, stream=stream)
    await page.goto(f"{address}/p/{token}")
    assert await fits(page)
    await tab_to(page, "We have received it")
    await page.keyboard.press("Enter")
    await tab_to(page, "Please come back with the same link and report the result.")
    await page.keyboard.press("Enter")
    await tab_to(page, "A part. The rest is deleted.")
    await page.keyboard.press("Space")
    await tab_to(page, "Why?")
    await page.keyboard.type("A law")
    await tab_to(page, "Report this")
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="Your report is recorded").wait_for()
    last = (await inbox.of_request(owner, request_id))[-1]
    assert (last.facts["standing"], last.facts["reason"]) == ("partly", "legal_obligation")


async def test_the_api_page_opens_without_a_network(page: Page, address: str) -> None:
    """Whatever it needs comes from the gateway itself."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(f"{address}/docs")
    await page.get_by_role("heading", name="File a privacy request").wait_for()
    assert await fits(page)
    assert all(url.startswith(address) for url in asked)
