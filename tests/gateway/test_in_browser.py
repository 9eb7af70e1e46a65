"""The pages in a real browser: keyboard only, no script, on the narrowest phone."""

import asyncpg
from playwright.async_api import Page

from domain.ids import direction_stream
from domain.links import LinkPurpose
from gateway.parts import GatewayParts
from records import inbox
from tests.gateway.browser import MARKS, fits, tab_to
from tests.gateway.support import NOW, filed_request, token_for, write_event, write_letter

pytestmark = MARKS


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


async def test_a_request_is_made_by_keyboard(
    page: Page, address: str, owner: asyncpg.Connection
) -> None:
    """Two pages, a mistake mended on the way, and the number at the end."""
    await page.goto(f"{address}/?lang=en")
    assert await fits(page)
    await tab_to(page, "Delete my personal information")
    await page.keyboard.press("Space")
    await tab_to(page, "For myself")
    await page.keyboard.press("Space")
    await tab_to(page, "Continue")
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="What we need to know").wait_for()
    assert await fits(page)
    await tab_to(page, "Full name")
    await page.keyboard.type("Ana Ruiz")
    await page.keyboard.press("Enter")
    await page.get_by_role("alert").wait_for()
    assert await page.get_by_label("Full name").input_value() == "Ana Ruiz"
    assert await fits(page)
    await tab_to(page, "Email address")
    await page.keyboard.type("ana@example.com")
    await tab_to(page, "Send the request")
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="Your request is sent").wait_for()
    assert await fits(page)
    request_id = await owner.fetchval("SELECT request_id FROM privacy.request")
    assert await page.get_by_text(request_id, exact=True).first.is_visible()
    await page.reload()
    assert await owner.fetchval("SELECT count(*) FROM privacy.request") == 1


async def test_a_declaration_is_signed_by_keyboard(
    page: Page, address: str, parts: GatewayParts, owner: asyncpg.Connection
) -> None:
    """Read, type the name, press the button that says what it does."""
    request_id = await filed_request(parts, request_types=["know_specific"])
    await write_letter(owner, request_id, {"needs": ["confirm_address", "declaration"]})
    token = await token_for(owner, request_id, LinkPurpose.CONFIRM)
    await page.goto(f"{address}/r/{token}")
    assert await fits(page)
    await tab_to(page, "Your full name, as your signature")
    await page.keyboard.type("Ana Ruiz")
    await tab_to(page, "I sign this declaration")
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="You have signed").wait_for()
    kinds = [message.kind for message in await inbox.of_request(owner, request_id)]
    assert kinds == ["declaration_signed", "address_confirmed"]


async def test_a_request_is_looked_at_and_taken_back(
    page: Page, address: str, parts: GatewayParts, owner: asyncpg.Connection
) -> None:
    """The cookie of the visit works in a real browser, and its end does as well."""
    request_id = await filed_request(parts)
    token = await token_for(owner, request_id, LinkPurpose.STATUS)
    await page.goto(f"{address}/r/{token}")
    await tab_to(page, "Open my request")
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="We have your request").wait_for()
    assert await fits(page)
    await page.get_by_role("link", name="Take the request back").click()
    await page.get_by_role("button", name="Yes, take it back").click()
    await page.get_by_role("heading", name="You took the request back").wait_for()
    await page.get_by_role("button", name="Close this page").click()
    await page.goto(f"{address}/my-request")
    await page.get_by_role("heading", name="See where a request stands").wait_for()
    kinds = [message.kind for message in await inbox.of_request(owner, request_id)]
    assert kinds == ["status_opened", "withdrawn"]
