"""Preparing a namespace: everything there afterwards, however often it is done."""

import uuid
from datetime import timedelta

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client, ScheduleOverlapPolicy

from workers.temporal.namespace import (
    SEARCH_ATTRIBUTES,
    ensure_schedule,
    prepare_namespace,
)
from workflows.names import NEEDS_ACTION, REQUEST_ID


async def test_preparing_twice_changes_nothing(client: Client) -> None:
    """A prepared namespace knows the attributes and keeps closed workflows as long as told."""
    for _ in range(2):
        await prepare_namespace(client)
    described = await client.workflow_service.describe_namespace(
        DescribeNamespaceRequest(namespace=client.namespace)
    )
    kept = described.config.workflow_execution_retention_ttl.ToTimedelta()
    assert kept == timedelta(days=30)
    assert {REQUEST_ID.name, NEEDS_ACTION.name} <= set(SEARCH_ATTRIBUTES)


async def test_a_schedule_is_created_once_and_brought_up_to_date(client: Client) -> None:
    """A second call changes the interval and leaves an operator's pause in place."""
    name = f"housekeeping-{uuid.uuid4()}"
    await ensure_schedule(client, name, "Housekeeping", task_queue="q", every=timedelta(hours=2))
    handle = client.get_schedule_handle(name)
    await handle.pause(note="maintenance")
    await ensure_schedule(client, name, "Housekeeping", task_queue="q", every=timedelta(hours=1))
    schedule = (await handle.describe()).schedule
    await handle.delete()
    assert schedule.spec.intervals[0].every == timedelta(hours=1)
    assert schedule.policy.overlap is ScheduleOverlapPolicy.SKIP
    assert schedule.state.paused
