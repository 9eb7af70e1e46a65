"""The staff's pages are free of what axe-core finds, on phone and desk, in light and dark."""

import asyncpg
import pytest
from playwright.async_api import Page, ViewportSize, async_playwright

from gateway.parts import GatewayParts
from tests.gateway.browser import ARGUMENTS, CHROMIUM, MARKS, NARROWEST, tab_to
from tests.gateway.staff import session
from tests.gateway.support import NOW
from tests.gateway.test_accessible import DESK, faults
from tests.gateway.test_staff_metrics import DAY, stand
from tests.gateway.test_staff_queue import standing

pytestmark = MARKS


async def fill(owner: asyncpg.Connection, parts: GatewayParts) -> None:
    """Let there be a request of every colour, and answers to plot."""
    await stand(owner, parts, age=70, answered_after=10)
    await stand(owner, parts, age=60, answered_after=50)
    await standing(owner, parts, NOW - 2 * DAY, stage="deciding", needs_action="decide")
    await standing(owner, parts, NOW + DAY)
    await standing(owner, parts, NOW + 30 * DAY)
    await standing(owner, parts, NOW, stage="waiting for providers")


@pytest.mark.parametrize(("viewport", "scheme"), [(NARROWEST, "dark"), (DESK, "light")])
async def test_the_staffs_pages_are_accessible(
    address: str,
    parts: GatewayParts,
    owner: asyncpg.Connection,
    viewport: ViewportSize,
    scheme: str,
) -> None:
    """Sign-in, queue, an empty list, metrics with its numbers unfolded, an error, a new request."""
    await fill(owner, parts)
    found = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page(viewport=viewport, color_scheme=scheme)  # type: ignore[arg-type]
        await page.goto(f"{address}/staff/sign-in?out=1")
        found += await faults(page, "sign-in")
        cookie = {"name": "staff", "value": await session(owner), "url": address}
        await page.context.add_cookies([cookie])  # type: ignore[list-item]
        for path in ("requests", "requests?id=zzzz", "metrics?months=24", "nothing"):
            await page.goto(f"{address}/staff/{path}")
            for summary in await page.locator("summary").all():
                await summary.click()
            found += await faults(page, path)
        await page.goto(f"{address}/staff/new")
        found += await faults(page, "new")
        await page.get_by_label("to correct personal information").check()
        await page.get_by_label("Who asks", exact=True).select_option("agent_signed")
        await page.get_by_role("button", name="File the request").click()
        found += await faults(page, "new, with faults")
        await browser.close()
    assert found == []


async def test_a_request_is_found_by_keyboard_without_scripts(
    page: Page, address: str, owner: asyncpg.Connection, parts: GatewayParts
) -> None:
    """From the list that waits, by the search field, to the request's page; then out."""
    await fill(owner, parts)
    wanted = await standing(owner, parts, NOW + 9 * DAY)
    cookie = {"name": "staff", "value": await session(owner), "url": address}
    await page.context.add_cookies([cookie])  # type: ignore[list-item]
    await page.goto(f"{address}/staff/requests?show=mine")
    await tab_to(page, "Request number")
    await page.keyboard.type(wanted.lower())
    await page.keyboard.press("Enter")
    await tab_to(page, wanted)
    link = await page.locator(":focus").get_attribute("href")
    assert link == f"/staff/requests/{wanted}"
    await page.goto(f"{address}/staff/requests")
    await tab_to(page, "Sign out")
    await page.keyboard.press("Enter")
    await page.get_by_text("You are signed out.").wait_for()
