"""Whatever is sent to a workflow, by form, command line or program, is refused and seen."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import (
    Client,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowHistory,
    WorkflowUpdateFailedError,
)
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

from domain.staff_input import STAFF_INPUT
from tests.workers.temporal.conftest import RunWorker, key_set
from tests.workers.temporal.probe import LACKS_REASON, REFUSED_START, UNKNOWN_ACTION, Probe
from workers.keys import KeySet
from workers.temporal.codec import ENCODING
from workers.temporal.converter import data_converter
from workers.temporal.replay import replayer
from workers.temporal.worker import build_worker

GOOD = {"reason": "R-1"}


def raw(encoding: bytes, data: bytes, **metadata: bytes) -> RawValue:
    """Build a payload as any client may send it."""
    return RawValue(Payload(metadata={"encoding": encoding, **metadata}, data=data))


HOSTILE: dict[str, list[Any]] = {
    "none": [],
    "two": [GOOD, GOOD],
    "null": [None],
    "string": ["approve"],
    "list": [[GOOD]],
    "surplus field": [GOOD | {"note": "x"}],
    "broken JSON": [raw(b"json/plain", b'{"reason": ')],
    "empty": [raw(b"json/plain", b"")],
    "deep": [raw(b"json/plain", b"[" * 50_000)],
    "protobuf": [raw(b"json/protobuf", b"{}")],
    "protobuf of a type": [
        raw(b"json/protobuf", b"{}", messageType=b"temporal.api.common.v1.WorkflowExecution")
    ],
    "protobuf of no type": [raw(b"json/protobuf", b"{}", messageType=b"no.such.Type")],
    "binary": [raw(b"binary/plain", b"\x00\xff")],
    "unknown encoding": [raw(b"x/y", b"abc")],
    "no encoding": [RawValue(Payload(data=b"abc"))],
    "two unreadable": [raw(b"x/y", b"abc"), raw(b"json/plain", b"{")],
}


@pytest.fixture(params=["encrypted", "in clear"])
async def sender(request: pytest.FixtureRequest, client: Client) -> Client:
    """Give a client that encrypts what it sends, then one that does not."""
    if request.param == "encrypted":
        return client
    return await Client.connect(client.service_client.config.target_host)


async def history_of(handle: WorkflowHandle[Any, Any], keys: KeySet) -> WorkflowHistory:
    """Fetch a history, check that no task failed in it, and replay it."""
    history = await handle.fetch_history()
    kinds = Counter(event.event_type for event in history.events)
    assert kinds[EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED] == 0
    assert kinds[EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT] == 0
    await replayer([Probe], keys).replay_workflow(history)
    return history


async def started(sender: Client, task_queue: str, *payloads: Any) -> WorkflowHandle[Any, Any]:
    """Start a probe."""
    return await sender.start_workflow(
        "Probe",
        args=payloads,
        id=f"probe-{task_queue}",
        task_queue=task_queue,
        task_timeout=timedelta(seconds=2),
    )


async def test_no_signal_wedges_or_vanishes(
    sender: Client, client: Client, run_worker: RunWorker, keys: KeySet
) -> None:
    """Each hostile signal is recorded as refused, and the workflow goes on to approve and end."""
    async with run_worker([Probe]) as task_queue:
        handle = await started(sender, task_queue, GOOD)
        for payloads in HOSTILE.values():
            await handle.signal("approve", args=payloads)
        await handle.signal("aprove", args=HOSTILE["two unreadable"])
        await handle.signal("approve", GOOD)
        await handle.signal("stop")
        seen = await client.get_workflow_handle(handle.id, result_type=list[str]).result()
    assert len(seen) == len(HOSTILE) + 2
    assert all(sentence.startswith(LACKS_REASON[:20]) for sentence in seen[:-2])
    assert seen[-2:] == [UNKNOWN_ACTION, "approved"]
    await history_of(handle, keys)


async def test_every_bad_update_is_refused_in_a_readable_sentence(
    sender: Client, client: Client, run_worker: RunWorker, keys: KeySet
) -> None:
    """Each hostile update is refused at once in clear words; the same name is also a signal."""
    async with run_worker([Probe]) as task_queue:
        handle = await started(sender, task_queue, GOOD)
        for payloads in HOSTILE.values():
            assert LACKS_REASON[:20] in await refused(handle, "approve", payloads)
        assert await refused(handle, "aprove", []) == UNKNOWN_ACTION
        await client.get_workflow_handle(handle.id).execute_update("approve", GOOD)
        assert await client.get_workflow_handle(handle.id).query("seen") == ["approved"]
        await handle.signal("stop")
        await client.get_workflow_handle(handle.id).result()
    await history_of(handle, keys)


async def refused(handle: WorkflowHandle[Any, Any], name: str, payloads: Sequence[Any]) -> str:
    """Send an update that must be refused and return the sentence."""
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await handle.execute_update(name, args=payloads)
    cause = caught.value.cause
    assert isinstance(cause, ApplicationError)
    assert cause.type == STAFF_INPUT
    assert cause.failure is not None
    assert cause.failure.stack_trace == ""
    return cause.message


@pytest.mark.parametrize("payloads", HOSTILE.values(), ids=HOSTILE.keys())
async def test_a_bad_start_ends_as_refused(
    client: Client, run_worker: RunWorker, keys: KeySet, payloads: list[Any]
) -> None:
    """A start that cannot be understood fails by name instead of retrying for ever."""
    async with run_worker([Probe]) as task_queue:
        handle = await started(client, task_queue, *payloads)
        with pytest.raises(WorkflowFailureError) as caught:
            await handle.result()
    assert isinstance(caught.value.cause, ApplicationError)
    assert caught.value.cause.type == REFUSED_START
    await history_of(handle, keys)


async def test_a_forged_encryption_is_refused(
    client: Client, run_worker: RunWorker, keys: KeySet
) -> None:
    """A payload that pretends to be encrypted by us is refused like any other."""
    [ours] = await client.data_converter.encode([GOOD])
    forged = Payload(metadata=ours.metadata, data=ours.data[::-1])
    plain = await Client.connect(client.service_client.config.target_host)
    async with run_worker([Probe]) as task_queue:
        handle = await started(client, task_queue, GOOD)
        await plain.get_workflow_handle(handle.id).signal("approve", RawValue(forged))
        await plain.get_workflow_handle(handle.id).signal("approve", raw(ENCODING, b"short"))
        seen = await handle.query(Probe.seen)
        await handle.signal("stop")
        await handle.result()
    assert len(seen) == 2
    assert "claims to be encrypted by this system" in seen[0]
    await history_of(handle, keys)


async def test_staff_find_each_action_by_name_in_both_lists(
    client: Client, run_worker: RunWorker
) -> None:
    """An action is listed as signal and as update with its description; nothing lacks a name."""
    async with run_worker([Probe]) as task_queue:
        handle = await started(client, task_queue, GOOD)
        metadata = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
        await handle.terminate()
    listed = metadata.definition
    assert [handler.name for handler in listed.signal_definitions] == ["approve", "stop"]
    assert [handler.name for handler in listed.update_definitions] == ["approve"]
    assert listed.update_definitions[0].description == "Approve the request."


async def test_a_missing_key_is_waited_for(client: Client, run_worker: RunWorker) -> None:
    """A payload under a key that the worker lacks fails tasks, and is handled once it has it."""
    both = key_set("first", "later")
    address = client.service_client.config.target_host
    later = await Client.connect(address, data_converter=data_converter(key_set("later", "first")))
    async with run_worker([Probe]) as task_queue:
        handle = await started(client, task_queue, GOOD)
        await later.get_workflow_handle(handle.id).signal("approve", GOOD)
        await later.get_workflow_handle(handle.id).signal("stop")
        await _until_a_task_failed(handle)
    complete = await Client.connect(address, data_converter=data_converter(both))
    async with build_worker(complete, task_queue, [Probe], []):
        assert await complete.get_workflow_handle(handle.id).result() == ["approved"]


async def _until_a_task_failed(handle: WorkflowHandle[Any, Any]) -> None:
    async for event in handle.fetch_history_events(wait_new_event=True):
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
            return
