"""A step with a record: what it writes, whatever becomes of its attempts."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from domain import events as e
from domain.chain import GENESIS
from domain.ids import direction_stream
from tests.workflows.rig import Rig, _pin
from workflows import directing
from workflows import exchange as x
from workflows.effects import NotingStep

ASKED_AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
SENT = directing.DirectionSendResult(reference="job-1", proof_hash="ab")
LETTER = directing.DirectionSendResult(outcome="letter")
MAIL = "{protocol: mail, address: privacy@acme.example}"

Sending = NotingStep[directing.SendDirection, directing.DirectionSendResult]


class Provider:
    """Takes a direction, or fails as told."""

    def __init__(self, *failures: Exception, result: directing.DirectionSendResult = SENT) -> None:
        self.failures = [*failures]
        self.result = result
        self.calls = 0

    async def send(self, asked: directing.SendDirection) -> directing.DirectionSendResult:
        """Count a call."""
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        return self.result


async def record(rig: Rig) -> x.Record:
    """Return a record of one event, the first of a direction's stream."""
    stream = direction_stream(await rig.request(), rig.provider)
    issued = e.Recorded(n=1, at=ASKED_AT, event=e.CancelRequested())
    return x.Record(stream=stream, expected_head=GENESIS, documents=(issued.document(stream),))


async def attempt(
    rig: Rig,
    provider: Provider,
    written: x.Record,
    sending: Sending = directing.SEND_DIRECTION,
) -> x.Carried[Any]:
    """Run the step once, as a worker does."""
    asked = directing.SendDirection(
        stream=written.stream,
        order=rig.order(written.stream.partition(".")[0]),
        repeat=0,
        confirm_by=ASKED_AT.date(),
        give_up_at=ASKED_AT,
        policy=_pin(),
        now=ASKED_AT,
    )
    step = rig.recording.before(sending, provider.send)
    carried: x.Carried[Any] = await ActivityEnvironment().run(step, asked, written)
    return carried


async def test_it_writes_its_result_after_the_record(rig: Rig) -> None:
    """The workflow learns of both at once."""
    written = await record(rig)
    carried = await attempt(rig, Provider(), written)
    assert await rig.names(written.stream) == ["CancelRequested", "DirectionSent"]
    assert carried.recorded is not None
    assert [document["n"] for document in carried.recorded.noted] == [2]


async def test_an_attempt_whose_result_got_lost_is_not_repeated(rig: Rig) -> None:
    """What it wrote is found and told; the provider is not called again."""
    written, provider = await record(rig), Provider()
    first = await attempt(rig, provider, written)
    again = await attempt(rig, provider, written)
    assert (provider.calls, again.result) == (1, None)
    assert again.recorded == first.recorded


@pytest.mark.parametrize("letter_rig", [MAIL], indirect=True)
async def test_a_letter_that_it_comes_to_leaves_with_it(letter_rig: Rig) -> None:
    """Its way out is written as well; a repeated attempt sends nothing more."""
    rig = letter_rig
    written, provider = await record(rig), Provider(result=LETTER)
    first = await attempt(rig, provider, written)
    again = await attempt(rig, provider, written)
    assert await rig.names(written.stream) == ["CancelRequested", "NoticeRequested", "NoticeSent"]
    assert first.recorded is not None
    assert [word.result for word in first.recorded.letters] == ["accepted"]
    assert again.recorded is not None
    assert again.recorded.noted == first.recorded.noted
    assert len(rig.mail.messages("privacy@acme.example")) == 1


async def test_one_that_takes_longer_than_it_may_lets_go_of_the_stream(rig: Rig) -> None:
    """The record is written, and the step is to be tried without it."""

    class Slow(Provider):
        async def send(self, asked: directing.SendDirection) -> directing.DirectionSendResult:
            await asyncio.Event().wait()
            return SENT

    written = await record(rig)
    hasty = replace(directing.SEND_DIRECTION, patience=timedelta(milliseconds=50))
    carried = await attempt(rig, Slow(), written, hasty)
    assert (carried.result, carried.again_after is None) == (None, False)
    assert await rig.names(written.stream) == ["CancelRequested"]


async def test_a_failure_for_now_tells_that_the_record_is_written(rig: Rig) -> None:
    """Nothing of the result is; when to try again comes from the failure."""
    written = await record(rig)
    carried = await attempt(rig, Provider(OSError("away")), written)
    assert carried.result is None
    assert carried.again_after == directing.PROVIDER.retry.initial_interval
    assert await rig.names(written.stream) == ["CancelRequested"]


async def test_a_final_failure_is_raised(rig: Rig) -> None:
    """The record stands all the same."""
    written = await record(rig)
    refused = ApplicationError("no", type="no_identifier", non_retryable=True)
    with pytest.raises(ApplicationError, match="no"):
        await attempt(rig, Provider(refused), written)
    assert await rig.names(written.stream) == ["CancelRequested"]
