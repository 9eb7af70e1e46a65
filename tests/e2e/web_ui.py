"""The Temporal Web UI and our pages, used by what stands on the screen."""

import json
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Locator, Page, ViewportSize, async_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DESK = ViewportSize(width=1440, height=900)
PHONE = ViewportSize(width=360, height=640)


@asynccontextmanager
async def browsing(screen: ViewportSize, *, scripts: bool = True) -> AsyncIterator[Page]:
    """Open a browser that talks to nobody by itself, and give its only page."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        context = await browser.new_context(viewport=screen, java_script_enabled=scripts)
        yield await context.new_page()
        await browser.close()


class StaffScreen:
    """What a member of the privacy team does in the Web UI."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def open_list(self, link: str) -> None:
        """Follow a link of `privacy views`. The page never comes to rest: it keeps polling."""
        await self.page.goto(link, wait_until="domcontentloaded")

    async def open_request(self, request_id: str) -> None:
        """Click a request of the list."""
        await self.page.get_by_role("link", name=request_id, exact=True).first.click()
        await self.page.get_by_role("heading", name=request_id).wait_for()

    async def details(self, saying: str) -> str:
        """Return the current details once they say something; they are asked for anew by R."""
        tab = self.page.get_by_test_id("user-metadata-tab")
        if await tab.get_attribute("aria-selected") != "true":
            await tab.click()
        body = self.page.frame_locator("#user-metadata-current-details").locator("body")
        for _ in range(40):
            text = await body.inner_text()
            if saying in text:
                return text
            await self.page.wait_for_timeout(500)
            await self.page.keyboard.press("r")
        raise AssertionError(f"the current details never said {saying!r}: {text}")

    async def send_update(self, name: str, message: dict[str, Any]) -> Locator:
        """Fill the form of an update in, press Submit, and return the form."""
        await self.page.get_by_role("button", name="More Actions").click()
        await self.page.get_by_role("menuitem", name="Send an Update").click()
        form = self.page.locator("dialog[open]")
        await form.get_by_test_id("update-select-button").click()
        await form.get_by_role("option", name=re.compile(rf"^{name}\b")).click()
        await form.locator(".cm-content").click()
        await self.page.keyboard.insert_text(json.dumps(message))
        # Leaving the editor lays the JSON out anew, which would move Submit away under a click.
        await form.locator(".cm-content").blur()
        await form.get_by_role("button", name="Submit").click()
        return form


def offered(details: str, action: str) -> dict[str, Any]:
    """Return the JSON that the current details offer for an action."""
    found = re.search(rf"^{action}: .*?(\{{.*?\}})\s*$", details, re.DOTALL | re.MULTILINE)
    assert found, f"the details offer no {action}: {details}"
    message: dict[str, Any] = json.loads(found[1])
    return message


async def fits(page: Page) -> bool:
    """Tell whether nothing stands beyond the edge of the phone: an image of the page shows it."""
    image = await page.screenshot(full_page=True)
    return int.from_bytes(image[16:20]) == PHONE["width"]
