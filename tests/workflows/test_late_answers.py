"""What providers say after their direction has ended: kept, and told where it matters."""

import asyncio
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from activities.direction_streams import news
from domain import events as e
from domain import ids, policies
from domain.decisions import fulfilment, outcome
from domain.decisions.inbox import POINTS_ADDED
from domain.outside import LateAcknowledgementStored
from domain.state import RequestState, fold
from domain.vocabulary import Decision, ProviderStanding
from records import inbox, ledger, outbox
from tests.workflows.rig import ANA, Rig, eventually
from tests.workflows.vendor import Vendor
from workers.post_desk import NotAtTheDesk, letter_id, posted

A_DAY = timedelta(days=1)
A_MINUTE = timedelta(minutes=1)
STAFF_ACTOR = e.Actor(id="s.lee")


async def given_up(rig: Rig, request_id: str = "") -> str:
    """Direct the provider, and stop waiting for it."""
    stream = await rig.direct(request_id=request_id)
    await rig.until(stream, lambda state: state.handed_over == 0)
    await rig.act(stream, "close_direction", reason="settled_otherwise")
    assert (await rig.ended(stream)).standing is ProviderStanding.SILENT
    return stream


async def answered(rig: Rig, stream: str) -> RequestState:
    """Answer the request of a direction: erased here, the provider silent."""
    request_id = ids.request_of(stream)
    rows = {"shop.customers": 1}
    state = await rig.write(
        request_id,
        e.RequestApproved(actor=STAFF_ACTOR, reason="verified", confirmed_grounds=()),
        e.ErasurePlanned(plan_hash="0" * 64, rows=rows, retained=()),
        e.DataErased(planned=rows, absent=rows, retained=()),
        e.ProviderReported(
            provider=rig.provider,
            standing=ProviderStanding.SILENT,
            at=datetime.now(UTC),
            final=True,
            head=await head(rig, stream),
        ),
    )
    now = datetime.now(UTC)
    state = await rig.write(request_id, *outcome.answer(state, policies.get(state.pinned), now))
    sent = e.NoticeSent(letter=state.n, accepted_at=now)
    told = e.RequestAnswered(outcome=Decision.GRANT, letter=state.n, accepted_at=now)
    return await rig.write(request_id, sent, told)


async def closed(rig: Rig, stream: str, *before: e.Event) -> None:
    """Close the request of a direction."""
    request_id = ids.request_of(stream)
    await rig.write(
        request_id, *before, e.RequestClosed(outcome=Decision.GRANT, retain_until=date(2028, 12, 1))
    )
    await rig.closed(request_id)


async def head(rig: Rig, stream: str) -> str:
    """Return the hash that a stream ends in."""
    async with rig.pool.acquire() as conn:
        return (await ledger.head(conn, stream)).hash


async def late(rig: Rig, vendor: Vendor, stream: str, status: str, **more: Any) -> str:
    """Post an answer, have it found, and return the stream of what follows."""
    assert (await rig.post(*vendor.answer(stream, status, **more))).status_code == 202
    await rig.sweep()
    async with rig.pool.acquire() as conn:
        rows = [m.row_id for m in await inbox.of_request(conn, ids.request_of(stream))]
    return ids.late_stream(stream, rows[-1])


async def stored(rig: Rig, stream: str) -> list[LateAcknowledgementStored]:
    """Return the late answers in the request's outside stream, its chain checked."""
    async with rig.pool.acquire() as conn:
        rows = await ledger.read(conn, ids.outside_stream(ids.request_of(stream)))
    assert ledger.verify(rows) == []
    documents = [json.loads(row.body) for row in rows]
    return [LateAcknowledgementStored.model_validate(each["data"]) for each in documents]


async def queued(rig: Rig, stream: str) -> list[str]:
    """Name the letters of a stream that wait at the post desk."""
    async with rig.pool.acquire() as conn:
        return [letter_id(one) for one in await outbox.to_post(conn) if one.stream == stream]


async def test_after_closing_the_consumer_gets_the_supplement(rig: Rig, vendor: Vendor) -> None:
    """The letter said "has not answered us"; the late confirmation is kept and told, once."""
    stream = await given_up(rig)
    await answered(rig, stream)
    await closed(rig, stream)
    following = await late(rig, vendor, stream, "done", sub_processors=["Nimbus Storage"])
    assert await rig.handle(following).result() == "done"
    (word,) = await stored(rig, stream)
    assert (word.provider, word.standing) == ("acme", ProviderStanding.DONE)
    assert word.sub_processors == ("Nimbus Storage",)
    assert word.evidence_hash
    assert word.key_fingerprint
    (letter,) = await rig.mail.wait_for(ANA)
    assert "Acme confirmed" in " ".join(letter["text"].split())
    body = vendor.answer(stream, "done", sub_processors=["Nimbus Storage"])
    assert (await rig.post(*body)).status_code == 200
    assert (await rig.sweep()).redelivered == 0
    assert len(rig.mail.messages(ANA)) == 1


async def test_a_supplement_on_paper_waits_for_its_day_of_posting(rig: Rig, vendor: Vendor) -> None:
    """It is queued once, staff are told, and the day that they enter ends the matter (NOT-07)."""
    lines = ["1480 Guerrero Street", "San Francisco, CA 94110"]
    by_post = {"name": "Ana Ruiz", "email": None, "postal_address": lines}
    stream = await given_up(rig, await rig.request(consumer=by_post))
    await answered(rig, stream)
    await closed(rig, stream)
    following = await late(rig, vendor, stream, "done")
    await eventually(lambda: queued(rig, following), "the queued letter")
    (letter,) = await queued(rig, following)
    today = datetime.now(ZoneInfo("America/Los_Angeles")).date()
    with pytest.raises(NotAtTheDesk, match="from"):
        await posted(rig.client, letter, today + A_DAY, "s.lee")
    assert await posted(rig.client, letter, today, "s.lee") == "letter_posted: recorded."
    assert await asyncio.wait_for(rig.handle(following).result(), 20) == "done"
    assert await rig.names(following) == [
        *("LateAnswerCompared", "NoticeRequested", "LetterQueued", "NoticeRequested"),
        *("NoticeSent", "LetterPosted", "NoticeSent", "LateAnswerSettled"),
    ]
    assert await rig.told(following) == ["letter_on_paper"]
    assert await queued(rig, following) == []
    with pytest.raises(NotAtTheDesk, match="closed"):
        await posted(rig.client, letter, today, "s.lee")


async def test_a_provider_that_contradicts_itself_is_told_to_staff(
    rig: Rig, vendor: Vendor
) -> None:
    """The first last word stands, also among late ones; both are kept."""
    stream = await given_up(rig)
    await answered(rig, stream)
    await closed(rig, stream)
    first = await late(rig, vendor, stream, "done")
    await rig.handle(first).result()
    second = await late(rig, vendor, stream, "refused", reason="other")
    await rig.handle(second).result()
    assert [word.standing for word in await stored(rig, stream)] == ["done", "refused"]
    assert await rig.told(first) == []
    assert await rig.told(second) == ["provider_contradicts"]
    assert len(rig.mail.messages(ANA)) == 1


async def test_what_is_no_news_is_kept_and_troubles_nobody(rig: Rig, vendor: Vendor) -> None:
    """A late "received" changes nothing that anybody was told."""
    stream = await given_up(rig)
    await answered(rig, stream)
    await closed(rig, stream)
    following = await late(rig, vendor, stream, "received")
    await rig.handle(following).result()
    assert [word.standing for word in await stored(rig, stream)] == ["received"]
    assert await rig.names(following) == ["LateAnswerCompared", "LateAnswerSettled"]
    assert rig.mail.messages(ANA) == []


async def test_an_open_request_hears_of_it_and_tells_its_consumer_itself(
    rig: Rig, vendor: Vendor
) -> None:
    """While it is open it reads the late word, and its own supplement will tell: no other does."""
    stream = await given_up(rig)
    await answered(rig, stream)
    following = await late(rig, vendor, stream, "not_found")
    await eventually(lambda: stored(rig, stream), "the stored answer")
    async with rig.pool.acquire() as conn:
        (report,) = await news(conn, ids.request_of(stream), [])
    assert (report.standing, report.final) == (ProviderStanding.NOT_FOUND, True)
    known = fold(ids.request_of(stream), await rig.events(ids.request_of(stream)))
    (reported,) = fulfilment.provider_reported(known, **report.model_dump())
    state = await rig.write(ids.request_of(stream), reported)
    await rig.time.forward(following, A_MINUTE)
    assert await rig.handle(following).result() == "not_found"
    assert await rig.names(following) == ["LateAnswerCompared", "LateAnswerSettled"]
    assert rig.mail.messages(ANA) == []
    (supplement,) = outcome.supplement(state, policies.get(state.pinned), datetime.now(UTC))
    assert isinstance(supplement, e.NoticeRequested)
    assert [one["standing"] for one in supplement.facts["providers"]] == ["not_found"]


async def test_an_open_request_that_takes_no_note_is_asked_ever_more_seldom(
    rig: Rig, vendor: Vendor
) -> None:
    """A request that stands still for days fills no history that Temporal would end."""
    stream = await given_up(rig)
    await answered(rig, stream)
    following = await late(rig, vendor, stream, "not_found")
    await eventually(lambda: stored(rig, stream), "the stored answer")
    await rig.time.forward(following, 2 * A_DAY)
    described = await rig.handle(following).describe()
    assert described.history_length < 1200
    await rig.handle(following).terminate()


async def test_a_lost_late_workflow_is_started_again(rig: Rig, vendor: Vendor) -> None:
    """Terminated while it waits: the next sweep starts it, and the answer is kept once."""
    stream = await given_up(rig)
    await answered(rig, stream)
    following = await late(rig, vendor, stream, "done")
    await eventually(lambda: stored(rig, stream), "the stored answer")
    await rig.handle(following).terminate()
    await closed(rig, stream)
    assert (await rig.sweep()).redelivered == 1
    assert await rig.handle(following).result() == "done"
    assert len(await stored(rig, stream)) == 1
    assert len(await rig.mail.wait_for(ANA)) == 1


async def test_a_message_to_a_closed_request_is_kept_and_not_tried_for_ever(rig: Rig) -> None:
    """A consumer's late button press stands in the outside stream; the sweep forgets it."""
    stream = await given_up(rig)
    await answered(rig, stream)
    await closed(rig, stream)
    request_id = ids.request_of(stream)
    async with rig.pool.acquire() as conn:
        await inbox.receive(
            conn,
            rig.vault,
            once_key="press",
            request_id=request_id,
            stream=request_id,
            kind=POINTS_ADDED,
            facts={},
            evidence=None,
            now=datetime.now(UTC) - A_DAY,
        )
    assert (await rig.sweep()).redelivered == 1
    assert (await rig.sweep()).redelivered == 0
