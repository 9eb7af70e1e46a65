"""A real browser lets the Web UI's page, and no other, read payloads for a signed-in reader."""

import json
from dataclasses import replace

import asyncpg
from playwright.async_api import Page, async_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from gateway.app import create_app
from gateway.parts import GatewayParts
from tests.gateway.browser import ARGUMENTS, CHROMIUM, MARKS
from tests.gateway.staff import session
from tests.gateway.support import serving
from tests.gateway.test_codec import PLAIN

pytestmark = MARKS

ASK = """async ([address, body]) => {
  try {
    const answer = await fetch(address + "/codec/encode", {
      method: "POST", credentials: "include", body: body,
      headers: {"Content-Type": "application/json", "X-Namespace": "privacy"},
    });
    return answer.status;
  } catch (refused) { return String(refused); }
}"""
"""What the Web UI does when its codec endpoint includes credentials."""


async def blank(request: Request) -> Response:
    """Stand in for a page of another origin."""
    return HTMLResponse("<!doctype html><title>page</title>")


async def ask(page: Page, gateway: str) -> object:
    """Have the page that is open call the codec endpoint."""
    return await page.evaluate(ASK, [gateway, json.dumps(PLAIN)])


async def test_a_browser_sends_the_session_from_the_web_ui_alone(
    parts: GatewayParts, owner: asyncpg.Connection
) -> None:
    """Refused before the sign-in, read after it, and never for a page of another origin."""
    other_site = Starlette(routes=[Route("/", blank)])
    async with serving(other_site) as ui, serving(other_site) as stranger:
        settings = parts.settings.model_copy(
            update={"ui_origins": frozenset({ui}), "public_url": "http://127.0.0.1"}
        )
        async with (
            serving(create_app(replace(parts, settings=settings))) as gateway,
            async_playwright() as playwright,
        ):
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            page = await browser.new_page()
            await page.goto(ui)
            assert await ask(page, gateway) == 401
            cookie = {
                "name": "staff",
                "value": await session(owner),
                "url": gateway,
                "sameSite": "Lax",
            }
            await page.context.add_cookies([cookie])  # type: ignore[list-item]
            assert await ask(page, gateway) == 200
            await page.goto(stranger)
            assert "Failed to fetch" in str(await ask(page, gateway))
            await browser.close()
