"""Who asks for a link to a request that is closed gets it, while its record is kept (REC-01)."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.testing import ActivityEnvironment

from domain import events as e
from domain.decisions.inbox import LINK_REQUESTED
from domain.ids import outside_stream
from domain.outside import PersonalDataViewed
from domain.vocabulary import Decision
from records import inbox
from records.outside import note_outside
from tests.workflows.rig import ANA, Rig

AGENT = {"name": "Rosa Ruiz", "email": "rosa@helpers.example"}


async def closed(rig: Rig, **changes: Any) -> str:
    """Register a request and close it, as its workflow does."""
    request_id = await rig.request(**changes)
    kept = datetime.now(UTC).date() + timedelta(days=731)
    await rig.write(request_id, e.RequestClosed(outcome=Decision.GRANT, retain_until=kept))
    await rig.closed(request_id)
    return request_id


async def asks(rig: Rig, request_id: str, **facts: object) -> None:
    """Store what the gateway stored a minute ago, when somebody asked for a link."""
    async with rig.pool.acquire() as conn:
        await inbox.receive(
            conn,
            rig.vault,
            once_key=f"link:{request_id}:{facts}",
            request_id=request_id,
            stream=request_id,
            kind=LINK_REQUESTED,
            facts=facts,
            evidence=None,
            now=datetime.now(UTC) - timedelta(minutes=1),
        )


async def hand_over_later(rig: Rig) -> list[str]:
    """Have handed over what waits, as a later sweep does; return the streams that wait still."""
    later = datetime.now(UTC) + timedelta(minutes=1)
    for stream in await rig.links.waiting(later):
        await ActivityEnvironment().run(rig.links.hand_over, stream, later)
    return await rig.links.waiting(later)


async def page_behind(rig: Rig, letter: dict[str, Any]) -> str:
    """Open the link of a letter as its reader does, and return the request's page."""
    found = re.search(r"https?://[^/\s]+(/r/\S+)", letter["text"])
    assert found is not None
    opened = await rig.door.post(found[1], data={"action": "open"})
    assert opened.status_code == 303
    page = await rig.door.get("/my-request")
    assert page.status_code == 200
    return page.text


async def test_the_page_of_a_closed_request_opens_again(rig: Rig) -> None:
    """Though staff looked at the case, and the mail server refuses the link for a while."""
    request_id = await closed(rig)
    async with rig.pool.acquire() as conn:
        viewed = PersonalDataViewed(actor=e.Actor(id="s.lee"), what="the case page")
        await note_outside(conn, request_id, viewed, datetime.now(UTC))
    rig.mail.fail(reply="451 4.3.0 Later", to=ANA, count=1)
    await asks(rig, request_id)
    assert (await rig.sweep()).redelivered == 1
    assert rig.mail.messages(ANA) == []
    assert await hand_over_later(rig) == []
    (letter,) = await rig.mail.wait_for(ANA)
    assert "The request is finished" in await page_behind(rig, letter)
    assert await rig.names(outside_stream(request_id)) == [
        "PersonalDataViewed",
        "StatusLinkRequested",
        "NoticeRequested",
        "NoticeSent",
    ]


async def test_an_agent_gets_a_link_of_its_own(rig: Rig) -> None:
    """It opens the agent's view; the consumer gets no letter by it (AGT-07)."""
    request_id = await closed(rig, requester="agent_signed", agent=AGENT)
    await asks(rig, request_id, agent=True)
    await rig.sweep()
    (letter,) = await rig.mail.wait_for(AGENT["email"])
    assert "The request is finished" in await page_behind(rig, letter)
    assert rig.mail.messages(ANA) == []
