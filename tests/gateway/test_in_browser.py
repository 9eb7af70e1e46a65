"""The pages in a real browser: keyboard only, no script, on the narrowest phone."""

import asyncpg
from playwright.async_api import FilePayload, Page

from domain.ids import direction_stream
from domain.links import LinkPurpose
from gateway.parts import GatewayParts
from records import inbox
from tests.gateway.browser import MARKS, fits, press, type_in
from tests.gateway.support import NOW, filed_request, token_for, write_event, write_letter

pytestmark = MARKS
PERMISSION = FilePayload(name="p.pdf", mimeType="application/pdf", buffer=b"%PDF-1.7 signed")
PHOTO = FilePayload(name="p.png", mimeType="image/png", buffer=b"\x89PNG\r\n\x1a\n photo")


async def test_a_consumer_adds_details_by_keyboard(
    page: Page, address: str, parts: GatewayParts, owner: asyncpg.Connection
) -> None:
    """Tab, type, Enter: the points are stored and the page says so."""
    request_id = await filed_request(parts)
    token = await token_for(owner, request_id, LinkPurpose.RESPOND)
    await page.goto(f"{address}/r/{token}")
    assert await fits(page)
    await type_in(page, "Phone number", "+1 415 555 0142")
    await press(page, "Send")
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
    await press(page, "Español")
    await press(page, "No fui yo")
    await page.get_by_role("heading", name="Gracias por avisarnos").wait_for()
    assert await fits(page)


async def test_a_provider_reports_by_keyboard(
    page: Page, address: str, parts: GatewayParts, owner: asyncpg.Connection
) -> None:
    """Received first, then a part that cannot be done, with its reason."""
    request_id = await filed_request(parts)
    stream = direction_stream(request_id, "postbird")
    await write_event(owner, stream, NOW)
    token = await token_for(owner, request_id, LinkPurpose.ACKNOWLEDGE, stream=stream)
    await page.goto(f"{address}/p/{token}")
    assert await fits(page)
    await press(page, "We have received it")
    await press(page, "Please come back with the same link and report the result.")
    await press(page, "A part. The rest is done.", "Space")
    await type_in(page, "Why?", "A law")
    await press(page, "Report this")
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
    await press(page, "Delete my personal information", "Space")
    await press(page, "For myself", "Space")
    await press(page, "Continue")
    await page.get_by_role("heading", name="What we need to know").wait_for()
    assert await fits(page)
    await type_in(page, "Full name", "Ana Ruiz")
    await page.keyboard.press("Enter")
    await page.get_by_role("alert").wait_for()
    assert await page.get_by_label("Full name").input_value() == "Ana Ruiz"
    assert await fits(page)
    await type_in(page, "Email address", "ana@example.com")
    await press(page, "Send the request")
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
    await type_in(page, "Your full name, as your signature", "Ana Ruiz")
    await press(page, "I sign this declaration")
    await page.get_by_role("heading", name="You have signed").wait_for()
    kinds = [message.kind for message in await inbox.of_request(owner, request_id)]
    assert kinds == ["declaration_signed", "address_confirmed"]


async def test_a_whole_journey_by_keyboard_on_a_phone(
    page: Page, address: str, owner: asyncpg.Connection
) -> None:
    """Begin, save, go on, send with a permission, open the page, send more, choose, close."""
    await page.goto(f"{address}/?lang=en")
    await press(page, "Show me the personal information you hold about me", "Space")
    await press(page, "For myself", "ArrowDown")
    await page.keyboard.press("ArrowDown")
    assert await page.get_by_label("For somebody who asked me to").is_checked()
    await press(page, "Continue")
    await type_in(page, "Your full name, or that of your company", "Pat Doe")
    await press(page, "Save and continue later")
    await page.get_by_role("heading", name="Nothing is sent yet").wait_for()
    assert await fits(page)
    link = await page.get_by_role("link", name="/request/later/").get_attribute("href") or ""
    await page.goto(address + link.removeprefix("http://127.0.0.1"))
    assert await page.get_by_label("Your full name, or that").input_value() == "Pat Doe"
    for label, text in (
        ("Your email address", "pat@example.com"),
        ("Full name", "Ana Ruiz"),
        ("Email address", "ana@example.com"),
    ):
        await type_in(page, label, text)
    await page.get_by_label("The file").set_input_files(PERMISSION)
    await press(page, "Send the request")
    await page.get_by_role("heading", name="Your request is sent").wait_for()
    request_id = await owner.fetchval("SELECT request_id FROM privacy.request")
    await write_letter(owner, request_id, {"reader": "consumer", "needs": ["confirm_address"]})
    token = await token_for(owner, request_id, LinkPurpose.STATUS)
    await page.goto(f"{address}/r/{token}")
    await press(page, "Open my request")
    await press(page, "Yes, this is my request")
    await page.get_by_text("The person’s signed permission").wait_for()
    await press(page, "Send a document")
    await press(page, "The person’s signed permission", "ArrowUp")
    assert await page.get_by_label("A document of another kind").is_checked()
    await page.get_by_label("The file").set_input_files(PHOTO)
    await press(page, "Send the document")
    await page.get_by_role("heading", name="What you sent").wait_for()
    assert await fits(page)
    await press(page, "Back to the request")
    await press(page, "Change this")
    await press(page, "To download", "ArrowDown")
    await press(page, "Save")
    await page.get_by_text("On paper, by post").wait_for()
    assert await fits(page)
    await press(page, "Close this page")
    await page.get_by_role("heading", name="The page is closed").wait_for()
    kinds = [message.kind for message in await inbox.of_request(owner, request_id)]
    assert kinds == [
        "document_sent",
        "status_opened",
        "address_confirmed",
        "document_sent",
        "delivery_chosen",
    ]


async def test_a_request_is_looked_at_and_taken_back(
    page: Page, address: str, parts: GatewayParts, owner: asyncpg.Connection
) -> None:
    """The cookie of the visit works in a real browser, and its end does as well."""
    request_id = await filed_request(parts)
    token = await token_for(owner, request_id, LinkPurpose.STATUS)
    await page.goto(f"{address}/r/{token}")
    await press(page, "Open my request")
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
