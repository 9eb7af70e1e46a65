"""The journal: one writer of a stream, whatever comes while a record is on its way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from domain.decisions.direction import ACKNOWLEDGED
from domain.direction import DirectionState
from domain.ids import request_of
from records import inbox
from tests.workflows.rig import Rig, eventually
from tests.workflows.vendor import Vendor
from workflows import exchange as x
from workflows import names

SENT_AND_NOTED = ["CancelRequested", "NoticeRequested", "NoticeSent"]


@asynccontextmanager
async def nothing_written(rig: Rig, stream: str) -> AsyncIterator[None]:
    """Keep whoever appends to a stream waiting."""
    async with rig.pool.acquire() as conn, conn.transaction():
        await conn.execute("SELECT FROM privacy.stream_head WHERE stream = $1 FOR UPDATE", stream)
        yield


@asynccontextmanager
async def a_letter_held_up(rig: Rig, stream: str, before: DirectionState) -> AsyncIterator[None]:
    """Hold up the record of a letter to staff, and have a signal refused behind it."""
    async with nothing_written(rig, stream):
        await rig.handle(stream).cancel()
        await noted(rig, stream, before.n + 2)
        await rig.handle(stream).signal("no_such_signal")
        yield


async def status(rig: Rig, stream: str) -> x.Status:
    """Ask a direction for its state and what the ledger has of it."""
    asked: x.Status = await rig.handle(stream).query(names.STATUS, result_type=x.Status)
    return asked


async def noted(rig: Rig, stream: str, n: int) -> None:
    """Wait until a direction has noted its event ``n``."""

    async def look() -> bool:
        return (await status(rig, stream)).n >= n

    await eventually(look, f"event {n} of {stream}")


async def poison(rig: Rig, stream: str) -> int:
    """Keep a message that no release can read; staff are told of it by mail. Return its row."""
    async with rig.pool.acquire() as conn:
        receipt = await inbox.receive(
            conn,
            rig.vault,
            once_key=f"poison-{stream}",
            request_id=request_of(stream),
            stream=stream,
            kind=ACKNOWLEDGED,
            facts={"nothing": "known"},
            evidence=None,
            now=datetime.now(UTC),
        )
    return receipt.row_id


async def steps_of(rig: Rig, stream: str) -> list[str]:
    """Name the steps that a direction has asked for."""
    history = await rig.handle(stream).fetch_history()
    return [
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in history.events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]


async def directed(rig: Rig) -> tuple[str, DirectionState]:
    """Direct a provider and wait until it is told."""
    stream = await rig.direct()
    return stream, await rig.until(stream, lambda state: state.handed_over == 0)


async def test_a_letter_that_left_is_noted_by_its_own_record(rig: Rig) -> None:
    """One step writes the event, sends the letter and writes that it is out."""
    stream, before = await directed(rig)
    await rig.handle(stream).cancel()
    await rig.until(stream, lambda state: state.n == before.n + 3)
    assert (await rig.names(stream))[before.n :] == SENT_AND_NOTED
    assert await steps_of(rig, stream) == ["send_direction", "record"]
    await rig.handle(stream).terminate()


async def test_what_is_noted_meanwhile_comes_after_it(rig: Rig) -> None:
    """Its numbers move behind what the record has written, a letter's among them."""
    stream, before = await directed(rig)
    async with a_letter_held_up(rig, stream, before):
        await rig.engine.deliver(stream, await poison(rig, stream))
        await noted(rig, stream, before.n + 5)
    state = await rig.until(stream, lambda state: state.n == before.n + 7)
    written = (await rig.names(stream))[before.n :]
    assert written == [
        *SENT_AND_NOTED, "ActionRefused", "MessageParked", "NoticeRequested", "NoticeSent"
    ]  # fmt: skip
    assert [letter.status for letter in state.letters.values()] == ["accepted", "accepted"]
    assert sorted(await rig.told(stream)) == ["cancel_attempted", "message_parked"]
    await rig.handle(stream).terminate()


async def test_nothing_follows_the_last_event_of_a_direction(rig: Rig) -> None:
    """Its request records the hash that the stream ends in, so a cancel request comes too late."""
    stream, before = await directed(rig)
    async with nothing_written(rig, stream):
        await rig.act(stream, "close_direction", reason="provider_gone")
        await noted(rig, stream, before.n + 2)
        await rig.handle(stream).cancel()
        await asyncio.sleep(0.5)
    await rig.ended(stream)
    assert (await rig.names(stream))[-1] == "DirectionEnded"


async def test_the_ledger_folds_to_what_the_workflow_has(rig: Rig) -> None:
    """State, number and hash agree on both sides once everything is written."""
    stream, before = await directed(rig)
    async with a_letter_held_up(rig, stream, before):
        await noted(rig, stream, before.n + 3)
    await rig.until(stream, lambda state: state.n == before.n + 4)
    folded = DirectionState(stream=stream)
    for recorded in await rig.events(stream):
        folded = folded.apply(recorded)
    told = await status(rig, stream)
    assert DirectionState.model_validate(told.state) == folded
    assert (told.recorded_through, told.recorded_head) == (folded.n, told.head)
    await rig.handle(stream).terminate()


async def test_a_message_that_nobody_vouches_for_is_read(rig: Rig) -> None:
    """A signal that names the row alone has the same effect, by one more step."""
    stream, before = await directed(rig)
    await rig.handle(stream).signal(names.INBOX, {"row": await poison(rig, stream)})
    await rig.until(stream, lambda state: state.n == before.n + 3)
    assert (await rig.names(stream))[before.n] == "MessageParked"
    assert await steps_of(rig, stream) == ["send_direction", "read_inbox", "record"]
    await rig.handle(stream).terminate()


async def test_a_message_that_was_vouched_for_is_taken(rig: Rig) -> None:
    """The engine has read the row already; the workflow believes its seal."""
    stream, before = await directed(rig)
    await rig.engine.deliver(stream, await poison(rig, stream))
    await rig.until(stream, lambda state: state.n == before.n + 3)
    assert await steps_of(rig, stream) == ["send_direction", "record"]
    await rig.handle(stream).terminate()


async def test_a_step_that_fails_for_now_leaves_no_doubt_about_its_record(
    rig: Rig, vendor: Vendor
) -> None:
    """The workflow knows what is written while the step itself is tried for days."""
    vendor.status = 503
    stream = await rig.direct()
    state = await rig.until(stream, lambda state: state.issued)
    assert state.handed_over < 0
    vendor.status = 202
    await rig.pass_days(stream, 10 / 24 / 60)
    await rig.until(stream, lambda state: state.handed_over == 0)
    await rig.handle(stream).terminate()
