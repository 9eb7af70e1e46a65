"""A browser as people use it who have a narrow phone, a keyboard and no scripts."""

import shutil

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, ViewportSize

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
NARROWEST = ViewportSize(width=320, height=640)
DESK = ViewportSize(width=1280, height=900)
ARGUMENTS = ["--no-sandbox", "--disable-background-networking"]

MARKS = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium"),
]


async def tab_to(page: Page, name: str) -> None:
    """Press Tab until the control of that name has the focus, as a keyboard user does."""
    wanted = page.get_by_text(name, exact=True).or_(page.get_by_label(name, exact=True))
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await wanted.and_(page.locator(":focus")).count():
            return
    raise AssertionError(f"{name} cannot be reached by Tab")


async def press(page: Page, name: str, key: str = "Enter") -> None:
    """Reach a control by Tab and press a key on it."""
    await tab_to(page, name)
    await page.keyboard.press(key)


async def type_in(page: Page, name: str, text: str) -> None:
    """Reach a field by Tab and type into it."""
    await tab_to(page, name)
    await page.keyboard.type(text)


async def fits(page: Page) -> bool:
    """Tell whether nothing stands beyond the edge of the screen: an image of it all shows."""
    image = await page.screenshot(full_page=True)
    width = page.viewport_size["width"] if page.viewport_size else 0
    return int.from_bytes(image[16:20]) == width


async def faults(page: Page, where: str) -> list[str]:
    """Return what axe-core finds, and whether the page is wider than the screen."""
    results = await Axe().run(page)
    found = [
        f"{where}: {one['id']} {node['html'][:90]}"
        for one in results.response["violations"]
        for node in one["nodes"]
    ]
    return found if await fits(page) else [*found, f"{where}: wider than the screen"]
