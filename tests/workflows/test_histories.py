"""What released workflows have recorded replays on today's code (invariant 8).

A failure here means that a change would break running requests: keep the old order of steps and
events behind ``workflow.patched``, or, before the first release only, record the histories anew
(``python -m tests.record_histories``).
"""

from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.api.history.v1 import History
from temporalio.workflow import NondeterminismError

from samples.business.people import PEOPLE
from tests import recorded
from tests.workflows.changed import OtherOrder, OtherWords
from workers.temporal.codec import EncryptionCodec
from workers.temporal.replay import replayer
from workers.worker import WORKFLOWS

REQUESTS = ("closed", "unverified", "breached", "denied", "resumed", "pestered", "silent")
DIRECTIONS = ("direction-acme-analytics", "direction-postbird", "direction-silent")
PERSONAL = ("@example.org", "+1 559", "C-0001", "O-0000", "Hello, this is")


def named(name: str) -> Path:
    """Return the file of a history."""
    return recorded.FOLDER / f"{name}.json"


def test_every_story_is_recorded() -> None:
    """Each way in which a request or a direction can go has its history."""
    assert [file.stem for file in recorded.files()] == sorted(REQUESTS + DIRECTIONS)


@pytest.mark.parametrize("name", REQUESTS + DIRECTIONS)
async def test_a_recorded_history_replays(name: str) -> None:
    """With the worker's own converter and sandbox, the code asks for the recorded steps."""
    await replayer(WORKFLOWS, recorded.keys()).replay_workflow(recorded.load(named(name)))


@pytest.mark.parametrize("changed", [OtherOrder, OtherWords])
async def test_the_gate_can_fail(changed: type) -> None:
    """Neither other steps nor other events in the same steps pass (negative control)."""
    with pytest.raises((NondeterminismError, RuntimeError)):
        await replayer([changed], recorded.keys()).replay_workflow(recorded.load(named("closed")))


@pytest.mark.parametrize("name", REQUESTS + DIRECTIONS)
async def test_a_history_holds_nothing_personal(name: str) -> None:
    """Even decrypted, no payload holds a name, an address or a number of a person."""
    history = History()
    for event in recorded.load(named(name)).events:
        history.events.append(event)
    codec = EncryptionCodec(recorded.keys())
    payloads = list(_payloads(history))
    read = b"\n".join(p.data for p in await codec.decode(payloads)).decode(errors="replace")
    assert '"request_id":"PR-' in read
    values = {str(value) for person in PEOPLE for value in person.points.values()}
    assert [text for text in (*PERSONAL, *values) if text in read] == []


def _payloads(message: Message) -> Any:
    """Yield every payload inside a message."""
    if isinstance(message, Payload):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if field.message_type.GetOptions().map_entry:
            values = [each for each in value.values() if isinstance(each, Message)]
        else:
            values = list(value) if field.is_repeated else [value]
        for each in values:
            yield from _payloads(each)
