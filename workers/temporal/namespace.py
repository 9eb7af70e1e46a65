"""What a namespace must have before the first request: attributes, retention, schedules."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice.v1 import (
    AddSearchAttributesRequest,
    ListSearchAttributesRequest,
)
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, UpdateNamespaceRequest
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from workflows.names import (
    CHANNEL,
    HANDLER,
    NEEDS_ACTION,
    REQUEST_ID,
    REQUEST_STAGE,
    REQUEST_TYPE,
    RESIDENCY,
    RESPOND_BY,
    URGENCY,
)

SEARCH_ATTRIBUTES: Mapping[str, IndexedValueType.ValueType] = {
    key.name: IndexedValueType.ValueType(key.indexed_value_type)
    for key in (
        REQUEST_ID,
        REQUEST_TYPE,
        REQUEST_STAGE,
        NEEDS_ACTION,
        RESPOND_BY,
        URGENCY,
        HANDLER,
        RESIDENCY,
        CHANNEL,
    )
}
"""Names and types of what staff filter and sort requests by; never personal."""

RETENTION = timedelta(days=30)
"""How long Temporal keeps closed workflows; the record of 24 months is the ledger's."""

CATCH_UP = timedelta(minutes=10)
"""Runs of a schedule that were missed longer ago are not made up for."""

_PATIENCE_S = 15.0


class NamespaceNotReady(Exception):
    """The namespace cannot be prepared; says what an operator must change."""


async def prepare_namespace(client: Client, retention: timedelta = RETENTION) -> None:
    """Register the search attributes and set the retention; safe to repeat.

    Raises ``NamespaceNotReady`` when an attribute exists with another type or this client may
    not administer the namespace.
    """
    try:
        await register_search_attributes(client)
        await set_retention(client, retention)
    except RPCError as refused:
        if refused.status is not RPCStatusCode.PERMISSION_DENIED:
            raise
        raise NamespaceNotReady(
            f"These credentials may not administer the namespace {client.namespace!r}. Let an "
            f"operator add the search attributes {', '.join(SEARCH_ATTRIBUTES)} and start again."
        ) from None


async def register_search_attributes(client: Client) -> None:
    """Add the search attributes that are missing and wait until the server knows them."""
    missing = _missing(await _registered(client))
    if not missing:
        return
    await client.operator_service.add_search_attributes(
        AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing)
    )
    async with asyncio.timeout(_PATIENCE_S):
        while _missing(await _registered(client)):
            await asyncio.sleep(0.1)


async def set_retention(client: Client, retention: timedelta) -> None:
    """Set how long the namespace keeps closed workflows."""
    described = await client.workflow_service.describe_namespace(
        DescribeNamespaceRequest(namespace=client.namespace)
    )
    wanted = Duration()
    wanted.FromTimedelta(retention)
    if described.config.workflow_execution_retention_ttl == wanted:
        return
    await client.workflow_service.update_namespace(
        UpdateNamespaceRequest(
            namespace=client.namespace,
            config=NamespaceConfig(workflow_execution_retention_ttl=wanted),
        )
    )


async def ensure_schedule(
    client: Client,
    schedule_id: str,
    workflow: str,
    *,
    task_queue: str,
    every: timedelta | ScheduleSpec,
    catch_up: timedelta = CATCH_UP,
    at_once: bool = False,
) -> None:
    """Create the schedule that starts ``workflow`` (without input), or bring it up to date.

    ``every`` is a period, or the hours of a calendar. A run that is due while the one before
    still works is skipped. With ``at_once`` the first run starts when the schedule is made.
    """
    schedule = Schedule(
        action=ScheduleActionStartWorkflow(workflow, id=schedule_id, task_queue=task_queue),
        spec=_spec(every),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=catch_up),
    )
    try:
        await client.create_schedule(schedule_id, schedule, trigger_immediately=at_once)
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(schedule_id).update(_keeping_state(schedule))


def _spec(every: timedelta | ScheduleSpec) -> ScheduleSpec:
    if isinstance(every, ScheduleSpec):
        return every
    return ScheduleSpec(intervals=[ScheduleIntervalSpec(every=every)])


def _keeping_state(schedule: Schedule) -> Callable[[ScheduleUpdateInput], ScheduleUpdate]:
    """Return an updater that leaves a pause, set by an operator, in place."""

    def update(found: ScheduleUpdateInput) -> ScheduleUpdate:
        schedule.state = found.description.schedule.state
        return ScheduleUpdate(schedule)

    return update


async def _registered(client: Client) -> Mapping[str, IndexedValueType.ValueType]:
    listed = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    return listed.custom_attributes


def _missing(
    registered: Mapping[str, IndexedValueType.ValueType],
) -> dict[str, IndexedValueType.ValueType]:
    expected = SEARCH_ATTRIBUTES
    for name in expected.keys() & registered.keys():
        if registered[name] != expected[name]:
            raise NamespaceNotReady(
                f"The search attribute {name!r} exists with another type than "
                f"{IndexedValueType.Name(expected[name])}. Use a namespace of its own, or remove "
                f"the attribute with: temporal operator search-attribute remove --name {name}"
            )
    return {name: kind for name, kind in expected.items() if name not in registered}
