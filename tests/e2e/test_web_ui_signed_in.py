"""The Temporal Web UI beside a gateway as in production: only who signed in there can read."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from playwright.async_api import Page, expect

from domain.vocabulary import Decision
from tests.e2e.office import Office
from tests.e2e.web_ui import CHROMIUM, DESK, StaffScreen, browsing, offered
from tests.gateway import identity_provider
from workers.stack.ports import LOOPBACK, free_port
from workers.stack.process import ChildProcess
from workers.stack.services import SERVICES

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium"),
]

_GATEWAY = next(service for service in SERVICES if service.name == "gateway")


@asynccontextmanager
async def gateway_in_production(office: Office) -> AsyncIterator[str]:
    """Run one more gateway of the stack, with sign-in, and return its address."""
    port = free_port()
    url = f"http://{LOOPBACK}:{port}"
    callback = f"{url}/staff/sign-in/callback"
    async with identity_provider.running(callback, lambda: datetime.now(UTC)) as provider:
        environment = office.stack.configuration.environment_of(_GATEWAY) | {
            "PRIVACY_DEVELOPMENT": "false",
            "PRIVACY_GATEWAY_PORT": str(port),
            "PRIVACY_PUBLIC_URL": url,
            "PRIVACY_SIGN_IN_ISSUER": provider.issuer,
            "PRIVACY_SIGN_IN_CLIENT_ID": identity_provider.CLIENT_ID,
            "PRIVACY_SIGN_IN_CLIENT_SECRET": identity_provider.CLIENT_SECRET,
            "PRIVACY_SIGN_IN_ROLES": "pr-approve:approver",
        }
        process = ChildProcess(
            "gateway_in_production",
            [sys.executable, "-m", _GATEWAY.module],
            log=office.stack.folder.log("gateway_in_production"),
            environment=environment,
        )
        settings = office.settings.model_copy(update={"public_url": url})
        process.start()
        try:
            await asyncio.to_thread(
                process.wait_until,
                lambda: _GATEWAY.probe(process, settings, environment),
                seconds=40,
                advice="read its log",
            )
            yield url
        finally:
            process.kill()


async def read_by(page: Page, gateway: str) -> None:
    """Have the Web UI decode at a gateway, as compose sets it: with the reader's session there."""
    chosen = {
        "endpoint": f"{gateway}/codec",
        "includeCredentials": True,
        "overrideRemoteCodecConfiguration": True,
    }
    await page.context.add_init_script(
        f"""for (const [name, value] of Object.entries({json.dumps(chosen)}))
              localStorage.setItem(name, JSON.stringify(value));"""
    )


async def test_staff_sign_in_to_read_and_approve_in_the_web_ui(office: Office) -> None:
    """Nothing is readable before the sign-in; after it the details are, and an approval goes."""
    case = await office.verified()
    ui = f"{office.settings.temporal_ui_url}/namespaces/{office.settings.temporal_namespace}"
    async with gateway_in_production(office) as gateway, browsing(DESK) as page:
        screen = StaffScreen(page)
        await read_by(page, gateway)
        await screen.open_list(f"{ui}/workflows/{case.request_id}")
        await page.get_by_text("match_identity", exact=True).first.wait_for()
        await expect(page.get_by_text("match the points of identity")).to_have_count(0)

        await page.goto(f"{gateway}/staff")
        await page.get_by_role("link", name="Sign in with your work account").click()
        await page.get_by_role("heading", name="Requests").wait_for()
        await screen.open_list(f"{ui}/workflows/{case.request_id}")
        await page.get_by_text("match the points of identity").first.wait_for()
        details = await screen.details("Your decision is awaited.")
        beside = page.frame_locator("#user-metadata-details")
        link = beside.get_by_role("link", name=f"Open the case page of {case.request_id}")
        assert await link.get_attribute("href") == (
            f"{office.stack.addresses.gateway}/staff/requests/{case.request_id}"
        )
        form = await screen.send_update(
            "approve", {**offered(details, "approve"), "decided_by": "s.lee"}
        )
        await form.wait_for(state="hidden")
        assert (await case.closed()).outcome is Decision.GRANT_PARTIAL
