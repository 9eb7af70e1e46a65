"""A member of staff at the case page of a real stack: approves, reviews a package, lets it out."""

import asyncio
import io
import re
import zipfile
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from playwright.async_api import Page, expect
from temporalio.client import WorkflowUpdateFailedError

from domain import events as e
from domain.signed_in import reference
from domain.vocabulary import NoticeKind, Role
from records import staff_sessions
from tests.e2e.case import Case
from tests.e2e.office import Office
from tests.e2e.web_ui import CHROMIUM, PHONE, browsing
from tools import verify_evidence

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium"),
]

WHO = "a.kim"
STRANGER = "Xenu Blort"
FRIEND = "paul.stern@example.net"
PATIENCE_MS = 40_000
BODY = f"Please tell {STRANGER} and Paul ({FRIEND}) that I moved."


class CasePage:
    """What a member of staff does on a phone, without scripts."""

    def __init__(self, page: Page, office: Office, request_id: str) -> None:
        self.page = page
        self._office = office
        self._address = f"{office.stack.addresses.gateway}/staff"
        self._request = f"{self._address}/requests/{request_id}"

    async def sign_in(self, *roles: Role) -> None:
        """Follow a link of `privacy sign-in`."""
        until = datetime.now(UTC) + timedelta(minutes=5)
        connection = await asyncpg.connect(self._office.settings.secret("dsn"))
        secret = await staff_sessions.issue_link(connection, WHO, frozenset(roles), until)
        await connection.close()
        await self.page.goto(f"{self._address}/sign-in/link/{secret}")
        await self.page.get_by_role("main").get_by_role("button").click()

    async def open(self, path: str = "") -> None:
        """Open the page of the request, or one below it."""
        await self.page.goto(self._request + path)

    async def send(self, title: str, *, unfold: bool = False) -> None:
        """Fill the form of an action in and press its button."""
        form = self.page.locator("details.action").filter(has_text=title).first
        if unfold:
            await form.locator("summary").click()
        await form.get_by_label("I have checked the case").check()
        await form.get_by_role("button", name=title).click()

    async def freeze(self, note: str) -> None:
        """Freeze the request, and say why in a note to the file."""
        await self.page.get_by_text("Seldom needed").click()
        form = self.page.locator("details.action").filter(has_text="Freeze the request")
        await form.locator("summary").click()
        await form.get_by_label("Note to the file").fill(note)
        await form.get_by_role("button").click()

    async def unfreeze(self) -> None:
        """Let the request go on, without the letters that were held."""
        form = self.page.locator("#request-unfreeze")
        await form.get_by_label("Reason").select_option("contained")
        await form.get_by_label("Letters").select_option("drop")
        await form.get_by_role("button").click()

    async def evidence(self) -> bytes:
        """Save the evidence."""
        async with self.page.expect_download(timeout=PATIENCE_MS) as saving:
            await self.page.get_by_role("button", name="Save the evidence").click()
        saved = await (await saving.value).path()
        return await asyncio.to_thread(saved.read_bytes)


async def fetched(office: Office, case: Case) -> dict[str, bytes]:
    """Fetch the package as its consumer does, and return its files."""
    letter = await case.letter(NoticeKind.ACCESS_REPORT)
    (page,) = [link for link in office.people.links(letter) if "/d/" in link]
    await office.people.press(page, action="code")
    (code,) = re.findall(r"\b\d{4} \d{4}\b", (await case.letter(NoticeKind.PACKAGE_CODE))["text"])
    answer = await office.people.press(page, action="fetch", code=code)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as package:
        return {name: package.read(name) for name in package.namelist()}


def _actor(event: e.Event) -> e.Actor | None:
    return getattr(event, "actor", None)


async def test_a_package_is_approved_reviewed_and_released_on_the_case_page(
    office: Office,
) -> None:
    """What staff took out is nowhere in the package; the record says who, where, why: no content.

    The person was signed in, so every decision is authenticated; naming a row that the gateway
    never wrote decides nothing (KNO-08, REC-05). It was frozen for a while before.
    """
    customer = await office.shop.customer()
    await office.shop.execute(
        f"UPDATE support_messages SET body = '{BODY}' WHERE id ="
        f" (SELECT min(id) FROM support_messages WHERE ticket_id / 10 = {customer.id})"
    )
    case = await office.verified(customer=customer, request_types=["know_both"], residency="OTHER")
    expect.set_options(timeout=PATIENCE_MS)
    async with browsing(PHONE, scripts=False) as page:
        desk = CasePage(page, office, case.request_id)
        await desk.sign_in(Role.HANDLER, Role.APPROVER)
        await desk.open()
        await expect(page.get_by_text(customer.phone).first).to_be_visible()
        with pytest.raises(WorkflowUpdateFailedError):
            await case.people.handle(case.request_id).execute_update("approve", reference(10**9))
        await desk.freeze("The letter went to no. 12.")
        frozen = page.locator(".fault").filter(has_text="Frozen after a misdelivery")
        await expect(frozen).to_contain_text("The letter went to no. 12.")
        await desk.unfreeze()
        await expect(frozen).to_have_count(0)
        await desk.send("Approve", unfold=True)
        await expect(page.get_by_role("status")).to_contain_text("recorded in your name")
        await case.until("the package", lambda s: s.awaits_release)

        await desk.open("/review/shop.support_messages?show=attention")
        await expect(page.locator("mark").filter(has_text=FRIEND)).to_be_visible()
        entry = page.locator("article.entry").first
        value = entry.locator(".value").filter(has_text=STRANGER)
        await value.locator("summary").click()
        await value.get_by_label("Words to take out").fill(STRANGER)
        await value.get_by_role("button", name="Take the words out").click()
        await expect(entry.locator(".goes")).to_contain_text("[WITHHELD:other_person]")

        await desk.open("/review")
        await page.get_by_role("button", name="Build the package with the decisions").click()
        await case.until("the version", lambda s: s.report and s.report.review == 1)
        await desk.open("/review")
        await desk.send("Release the package")
        await expect(page.get_by_role("status")).to_contain_text("recorded in your name")
        evidence = await desk.evidence()

    assert not verify_evidence.verify(evidence).problems
    files = await fetched(office, case)
    assert customer.phone.encode() in files["data.json"]
    assert not [name for name, body in files.items() if STRANGER.encode() in body]
    assert not [name for name, body in files.items() if FRIEND.encode() in body]
    signed = e.Actor(id=WHO, known="authenticated")
    acted = [event.type for event in await case.events(e.Event) if _actor(event) == signed]
    assert [each for each in acted if each != "StaffActed"] == [
        "RequestFrozen",
        "RequestUnfrozen",
        "RequestApproved",
        "ItemsReviewed",
        "RebuildAsked",
        "ReportReleased",
    ]
    await office.replay(case.request_id)
    recorded = str([each.document(case.request_id) for each in await case.recorded()])
    assert STRANGER not in recorded
    assert customer.phone not in recorded
