"""People at their screens: staff in the real Temporal Web UI, others on a phone."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from domain.ids import direction_stream
from domain.vocabulary import Decision, NoticeKind, ProviderStanding
from tests.e2e.case import Case, eventually
from tests.e2e.office import Office
from tests.e2e.web_ui import CHROMIUM, DESK, PHONE, StaffScreen, browsing, fits, offered
from workers.cli_views import team_views
from workers.stack.variables import MAILBOX_ADDRESS

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium"),
]


@pytest_asyncio.fixture(loop_scope="session")
async def screen() -> AsyncIterator[StaffScreen]:
    """Sit a staff member down at a desk."""
    async with browsing(DESK) as page:
        yield StaffScreen(page)


def waiting_for_me(office: Office) -> str:
    """Return the link of the list that a staff member opens in the morning."""
    views = {view.name: view for view in team_views()}
    settings = office.settings
    return views["Waiting for me"].link(settings.temporal_ui_url, settings.temporal_namespace)


async def test_staff_find_read_and_approve_a_request(office: Office, screen: StaffScreen) -> None:
    """The saved list, the current details, the JSON pasted from them: the request goes to close."""
    case = await office.verified()
    await screen.open_list(waiting_for_me(office))
    await screen.open_request(case.request_id)
    details = await screen.details("Your decision is awaited.")
    assert "to be answered by" in details
    assert case.customer.email not in details

    form = await screen.send_update(
        "approve", {**offered(details, "approve"), "decided_by": "s.lee"}
    )
    await form.wait_for(state="hidden")
    assert (await case.closed()).outcome is Decision.GRANT_PARTIAL
    assert "granted by s.lee" in await screen.details("Closed.")


async def test_the_list_of_directions_opens_from_the_details(
    office: Office, screen: StaffScreen
) -> None:
    """The link in the details shows the request and each provider's direction, by one id."""
    case = await office.verified()
    await case.approve()
    state = await case.closed()
    await screen.open_list(f"{office.settings.temporal_ui_url}/namespaces/default/workflows")
    await screen.open_request(case.request_id)
    await screen.details("Service providers:")
    frame = screen.page.frame_locator("#user-metadata-current-details")
    async with screen.page.context.expect_page() as opened:
        await frame.get_by_role("link", name="This request and its directions").click()
    listed = await opened.value
    directions = [direction_stream(case.request_id, provider) for provider in state.providers or {}]
    assert len(directions) == 2
    for workflow_id in (case.request_id, *directions):
        await listed.get_by_role("link", name=workflow_id, exact=True).wait_for()


async def test_a_refused_update_shows_its_sentence_alone(
    office: Office, screen: StaffScreen
) -> None:
    """What to send instead stands in the form; no trace, no path, and nothing has happened."""
    case = await office.verified()
    await screen.open_list(waiting_for_me(office))
    await screen.open_request(case.request_id)
    form = await screen.send_update("approve", {"decided_by": "s.lee"})
    told = form.get_by_role("alert").filter(visible=True)
    await told.wait_for()
    sentence = await told.inner_text()
    assert 'Confirm it by sending "confirm_grounds": ["EX8"].' in sentence
    shown = await form.inner_text()
    assert not any(trace in shown for trace in ("Traceback", ".py", "/", "File "))
    assert (await case.state()).decision is None


async def test_the_timeline_speaks_plainly(office: Office, screen: StaffScreen) -> None:
    """Steps and timers carry the words of the procedure, decoded through the codec endpoint."""
    case = await office.verified()
    await screen.open_list(waiting_for_me(office))
    await screen.open_request(case.request_id)
    for words in ("match the points of identity", "count what is held", "warning on day 30"):
        await screen.page.get_by_text(words).first.wait_for()


async def test_a_consumer_confirms_an_address_on_a_phone(office: Office) -> None:
    """Without scripts, on a small screen: one button, and the request goes on to a decision."""
    case = await office.file()
    link = office.people.links(await case.letter(NoticeKind.ACKNOWLEDGEMENT))[0]
    async with browsing(PHONE, scripts=False) as page:
        await page.goto(link)
        assert await fits(page)
        await page.get_by_role("button", name="Yes, this is my request and my address").click()
        await page.get_by_role("heading", level=1).wait_for()
        assert await fits(page)
    await case.until("a decision is awaited", lambda state: state.holdings)


async def test_a_provider_reports_on_a_phone(office: Office) -> None:
    """The link of the direction's letter, two buttons: the last word ends the direction."""
    async with office.provider("sample_mailbox", "silent"):
        case = await office.verified()
        await case.approve()
        await case.until("the providers are directed", lambda state: state.providers)
        async with browsing(PHONE, scripts=False) as page:
            await page.goto(await direction_link(case))
            assert await fits(page)
            await page.get_by_role("button", name="We have received it").click()
            await page.get_by_role("link", name="Please come back").click()
            await page.get_by_role("button", name="It is done").click()
            await page.get_by_role("heading", name="Your report is recorded").wait_for()
        state = await case.closed()
    assert (state.providers or {})["postbird"].standing is ProviderStanding.DONE


async def direction_link(case: Case) -> str:
    """Return the link in the letter by which Postbird was directed for this request."""

    async def arrived() -> str | None:
        for mail in reversed(await case.people.mails(to=MAILBOX_ADDRESS)):
            opened = await case.people.mail(mail["message_id"])
            if case.request_id in opened["text"]:
                return case.people.links(opened)[0]
        return None

    link: str = await eventually(arrived)
    return link
