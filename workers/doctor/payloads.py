"""The codec keys, tried on what Temporal holds: one that lacks shows before a task waits for it."""

from collections.abc import AsyncIterator
from typing import Any

from temporalio.client import Client, WorkflowExecution
from temporalio.service import RPCError

from domain.undecodable import Undecodable, UndecodableReason
from workers.doctor.finding import Finding, good, note, wrong
from workers.temporal.codec import CodecKeyMissing
from workflows.names import CONSUMER_REQUEST, PROVIDER_DIRECTION

_RUNNING = (
    f"WorkflowType IN ('{CONSUMER_REQUEST}', '{PROVIDER_DIRECTION}')"
    " AND ExecutionStatus = 'Running'"
)
_MOST_LISTED = 10_000


async def readable(client: Client) -> AsyncIterator[Finding]:
    """Read with what the oldest and the newest running request or direction began.

    A former key that was dropped too soon shows on the oldest, a wrong current one on the newest.
    """
    try:
        ends = await _oldest_and_newest(client)
    except RPCError as refused:
        fix = "Mend Temporal's visibility store: work queues and the sweep read it as well."
        yield wrong("temporal", f"what runs cannot be listed ({refused.status.name})", fix)
        return
    if not ends:
        yield good("temporal", "nothing runs that the codec keys could be tried on")
    for run in ends:
        yield await _tried(client, run)


async def _oldest_and_newest(client: Client) -> list[WorkflowExecution]:
    listed = client.list_workflows(_RUNNING, page_size=1000, limit=_MOST_LISTED)
    by_age = sorted([run async for run in listed], key=lambda run: run.start_time)
    return by_age if len(by_age) < 2 else [by_age[0], by_age[-1]]


async def _tried(client: Client, run: WorkflowExecution) -> Finding:
    try:
        began = await _began_with(client, run)
    except CodecKeyMissing as missing:
        fix = "See docs/operations.md, Keys of Temporal's payloads, on when a key may go."
        return wrong("temporal", f"{run.id} waits for a key. {missing}", fix)
    except RPCError as refused:
        return note("temporal", f"{run.id} cannot be read ({refused.status.name})", "Look again.")
    if any(_is_unopened(each) for each in began):
        fix = "It was altered, or never ours. Terminate it: the sweep resumes what is ours."
        return wrong("temporal", f"no codec key opens what {run.id} began with", fix)
    return good("temporal", f"the codec keys open what {run.id} began with")


async def _began_with(client: Client, run: WorkflowExecution) -> list[Any]:
    """Decode the start input as a worker would; raises ``CodecKeyMissing``."""
    handle = client.get_workflow_handle(run.id, run_id=run.run_id)
    first = await anext(handle.fetch_history_events(page_size=1))
    payloads = first.workflow_execution_started_event_attributes.input.payloads
    return await client.data_converter.decode(payloads)


def _is_unopened(value: Any) -> bool:
    return isinstance(value, Undecodable) and value.reason is UndecodableReason.NOT_OURS
