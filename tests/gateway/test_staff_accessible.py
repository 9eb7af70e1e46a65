"""The staff's pages are free of what axe-core finds, on phone and desk, in light and dark."""

import asyncpg
from playwright.async_api import Page

from gateway.parts import GatewayParts
from tests.gateway.browser import MARKS, faults, press, tab_to, type_in
from tests.gateway.staff import session
from tests.gateway.support import NOW
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


async def test_the_staffs_pages_are_accessible(
    screen: Page, address: str, parts: GatewayParts, owner: asyncpg.Connection
) -> None:
    """Sign-in, queue, an empty list, metrics with its numbers unfolded, an error, a new request."""
    await fill(owner, parts)
    found = []
    await screen.goto(f"{address}/staff/sign-in?out=1")
    found += await faults(screen, "sign-in")
    cookie = {"name": "staff", "value": await session(owner), "url": address}
    await screen.context.add_cookies([cookie])  # type: ignore[list-item]
    for path in ("requests", "requests?id=zzzz", "metrics?months=24", "nothing"):
        await screen.goto(f"{address}/staff/{path}")
        for summary in await screen.locator("summary").all():
            await summary.click()
        found += await faults(screen, path)
    await screen.goto(f"{address}/staff/new")
    found += await faults(screen, "new")
    await screen.get_by_label("to correct personal information").check()
    await screen.get_by_label("Who asks", exact=True).select_option("agent_signed")
    await screen.get_by_role("button", name="File the request").click()
    found += await faults(screen, "new, with faults")
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
    await type_in(page, "Request number", wanted.lower())
    await page.keyboard.press("Enter")
    await tab_to(page, wanted)
    link = await page.locator(":focus").get_attribute("href")
    assert link == f"/staff/requests/{wanted}"
    await page.goto(f"{address}/staff/requests")
    await press(page, "Sign out")
    await page.get_by_text("You are signed out.").wait_for()
