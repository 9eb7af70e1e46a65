"""The first step of a request: what it writes, whatever becomes of its attempts."""

import uuid
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.opening import Opening
from domain.start import RequestStart
from tests.stored import KEYRING, without_triggers
from tests.workflows.rig import ANA, Rig, eventually
from workers.engine import TemporalEngine
from workers.temporal.worker import build_worker
from workflows import exchange as x
from workflows.consumer_request import ConsumerRequest

NOW = datetime.now(UTC)


def opening_of(rig: Rig) -> Opening:
    """Return the step as a worker has it."""
    return Opening(
        rig.pool,
        rig.vault,
        rig.recording.record,
        hashing=KEYRING,
        people=KEYRING,
        intake_private_key=bytes(32),
    )


async def opened(rig: Rig, request_id: str, kind: str, now: datetime = NOW) -> x.OpenedRequest:
    """Run the step once."""
    opening = opening_of(rig)
    start = RequestStart.model_validate({"kind": kind})
    asked = x.OpenRequest(request_id=request_id, now=now, start=start)
    result: x.OpenedRequest = await ActivityEnvironment().run(opening.open_request, asked)
    return result


async def test_it_writes_the_receipt_and_sends_the_letter_about_it(rig: Rig) -> None:
    """The workflow learns of all of it (CLK-01)."""
    request_id = await rig.registered()
    first = await opened(rig, request_id, "registered")
    names = ["RequestReceived", "NoticeRequested", "NoticeSent"]
    assert await rig.names(request_id) == names
    assert [document["type"] for document in first.documents] == names
    assert [word.result for word in first.letters] == ["accepted"]


async def test_an_attempt_whose_result_got_lost_is_told_again(rig: Rig) -> None:
    """Nothing is written or sent twice."""
    request_id = await rig.registered()
    sent_before = len(rig.mail.messages(ANA))
    first = await opened(rig, request_id, "registered")
    assert await opened(rig, request_id, "registered") == first
    assert len(rig.mail.messages(ANA)) == sent_before + 1


async def test_a_second_start_of_a_request_is_refused(rig: Rig) -> None:
    """Whoever started it is told how a lost request goes on."""
    request_id = await rig.registered()
    await opened(rig, request_id, "registered")
    with pytest.raises(ApplicationError, match="start it with kind resume"):
        await opened(rig, request_id, "registered", NOW + timedelta(minutes=1))


async def test_a_request_that_goes_on_writes_nothing(rig: Rig) -> None:
    """It gets the state that its ledger folds to."""
    request_id = await rig.registered()
    await opened(rig, request_id, "registered")
    again = await opened(rig, request_id, "resume", NOW + timedelta(days=3))
    assert again.state is not None
    assert (again.state.n, again.documents) == (3, ())


@pytest.mark.parametrize("first_missing", [1, 2])
async def test_a_request_does_not_go_on_from_a_damaged_ledger(
    rig: Rig, conn: asyncpg.Connection, first_missing: int
) -> None:
    """It waits for the restore: where it failed for good the sweep would start it each minute."""
    request_id = await rig.registered()
    await opened(rig, request_id, "registered")
    move = "UPDATE privacy.ledger SET stream = '{}' WHERE stream = '{}' AND n >= {}"
    await without_triggers(conn, move.format("elsewhere", request_id, first_missing))
    with pytest.raises(ApplicationError, match="run privacy ledger verify") as damaged:
        await opened(rig, request_id, "resume")
    assert not damaged.value.non_retryable
    await without_triggers(conn, move.format(request_id, "elsewhere", first_missing))
    again = await opened(rig, request_id, "resume")
    assert again.state is not None
    assert again.state.n == 3


async def test_a_cancel_request_that_comes_first_is_recorded_and_keeps_nothing_from_opening(
    rig: Rig,
) -> None:
    """Sent before any worker has seen the start, it ends no request and does not vanish."""
    request_id, queue = await rig.registered(), f"opening-{uuid.uuid4()}"
    await TemporalEngine(rig.client, queue).start(request_id)
    await rig.handle(request_id).cancel()
    steps = (opening_of(rig).open_request, rig.recording.record, rig.dispatcher.dispatch_letters)
    grace = timedelta(seconds=0.2)
    async with build_worker(rig.client, queue, (ConsumerRequest,), steps, grace=grace):

        async def recorded() -> bool:
            return "CancelRequested" in await rig.names(request_id)

        await eventually(recorded, "the cancel request")
        assert (await rig.names(request_id))[:2] == ["RequestReceived", "NoticeRequested"]
        assert await rig.engine.is_running(request_id)
        await rig.handle(request_id).terminate()
