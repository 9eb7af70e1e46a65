"""Why a workflow does not get on, for the report of a run that did not end."""

from collections.abc import Iterator
from datetime import UTC
from typing import Any

from temporalio.api.enums.v1 import PendingActivityState
from temporalio.client import Client, WorkflowExecutionDescription
from temporalio.service import RPCError


async def standstill(client: Client, workflow_id: str) -> str:
    """Say what Temporal knows of a workflow: its start, its task, its pending activities."""
    try:
        described = await client.get_workflow_handle(workflow_id).describe()
    except RPCError as fault:
        return f"{workflow_id}: {fault.status.name}"
    return f"{workflow_id}: {', '.join(_facts(described))}"


def _facts(described: WorkflowExecutionDescription) -> Iterator[str]:
    raw = described.raw_description
    status = described.status.name.lower() if described.status else "unknown"
    yield f"{status}, {described.history_length} events, started {_clock(described.start_time)}"
    if described.execution_time and described.execution_time > described.start_time:
        yield f"not to begin before {_clock(described.execution_time)}"
    if raw.HasField("pending_workflow_task"):
        task = raw.pending_workflow_task
        yield f"its task waits, attempt {task.attempt}"
    for pending in raw.pending_activities:
        state = PendingActivityState.Name(pending.state).removeprefix("PENDING_ACTIVITY_STATE_")
        failed = pending.last_failure.application_failure_info.type or "none"
        next_at = _clock(pending.scheduled_time.ToDatetime(tzinfo=UTC))
        yield (
            f"{pending.activity_type.name} {state.lower()}, attempt {pending.attempt}, "
            f"scheduled {next_at}, last failure {failed}"
        )


def _clock(instant: Any) -> str:
    return f"{instant:%H:%M:%S}"
