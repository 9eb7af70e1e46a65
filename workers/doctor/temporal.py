"""Temporal: reachable, prepared, somebody who works, and keys that open what it holds."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client, ScheduleDescription
from temporalio.service import RPCError

from workers.doctor import payloads
from workers.doctor.finding import Finding, good, note, wrong
from workers.polling import is_polled
from workers.schedules import DAILY, MORNING_SCHEDULE
from workers.settings import Settings
from workers.temporal.client import TemporalUnreachable, connect
from workers.temporal.namespace import RETENTION, SEARCH_ATTRIBUTES
from workers.temporal.versions import current_build, wanted_build
from workers.worker import AGENTS_SCHEDULE, SWEEP_EVERY, SWEEP_SCHEDULE, WEBHOOK_SCHEDULE

_DAY = timedelta(days=1)
_LATE = {
    **dict.fromkeys((SWEEP_SCHEDULE, WEBHOOK_SCHEDULE, AGENTS_SCHEDULE), 10 * SWEEP_EVERY),
    **dict.fromkeys(DAILY, _DAY + timedelta(hours=2)),
    # From Friday morning to Monday morning it has nothing to do.
    MORNING_SCHEDULE: 3 * _DAY + timedelta(hours=2),
}


async def namespace(settings: Settings) -> AsyncIterator[Finding]:
    """Look at reachability, search attributes, retention, workers, schedules and codec keys."""
    if not settings.codec_keys.get_secret_value():
        yield wrong("temporal", "it is not asked without codec keys", "Set PRIVACY_CODEC_KEYS.")
        return
    try:
        client = await connect(settings, patience=timedelta())
    except TemporalUnreachable as problem:
        yield wrong("temporal", f"nothing answers at {settings.temporal_address}", str(problem))
        return
    yield good("temporal", f"answers at {settings.temporal_address}")
    try:
        yield await _retention(client)
        yield await _attributes(client)
    except RPCError as refused:
        fix = "Run privacy setup namespace with credentials that may administer it."
        says = f"the namespace {client.namespace} cannot be described ({refused.status.name})"
        yield wrong("temporal", says, fix)
        return
    yield await _worked(client, settings.task_queue)
    yield await _routed(client, settings)
    for schedule_id, late in _LATE.items():
        yield await _schedule(client, schedule_id, late)
    async for tried in payloads.readable(client):
        yield tried


async def _retention(client: Client) -> Finding:
    described = await client.workflow_service.describe_namespace(
        DescribeNamespaceRequest(namespace=client.namespace)
    )
    kept = described.config.workflow_execution_retention_ttl.ToTimedelta()
    if kept < _DAY * 7:
        fix = f"Run privacy setup namespace, which sets {RETENTION.days} days."
        return wrong("temporal", f"closed workflows are kept for {kept} only", fix)
    if kept != RETENTION:
        fix = f"privacy setup namespace sets {RETENTION.days} days."
        return note("temporal", f"closed workflows are kept for {kept.days} days", fix)
    return good("temporal", f"closed workflows are kept for {kept.days} days")


async def _attributes(client: Client) -> Finding:
    listed = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    registered = dict(listed.custom_attributes)
    faulty = [name for name, kind in SEARCH_ATTRIBUTES.items() if registered.get(name) != kind]
    if faulty:
        fix = "Run privacy setup namespace."
        return wrong("temporal", f"search attributes missing: {', '.join(faulty)}", fix)
    return good("temporal", f"{len(SEARCH_ATTRIBUTES)} search attributes are registered")


async def _worked(client: Client, task_queue: str) -> Finding:
    if await is_polled(client, task_queue, lambda identity: True):
        return good("temporal", f"a worker polls {task_queue}")
    fix = "Start python -m workers.worker; its log says what it waits for."
    return wrong("temporal", f"no worker polls the task queue {task_queue}", fix)


async def _routed(client: Client, settings: Settings) -> Finding:
    """See that the workers of this installation are those that get the tasks."""
    wanted, current = wanted_build(settings), await current_build(client)
    if wanted == current:
        return good("temporal", f"tasks go to {_workers_of(current)}")
    fix = f"Is a rollout under way? Then end it: privacy versions current {wanted}".strip()
    if not wanted:
        fix = "Run privacy versions current --unversioned, or set PRIVACY_WORKER_VERSIONING."
    says = f"tasks go to {_workers_of(current)}, and here are {_workers_of(wanted)}"
    return wrong("temporal", says, fix)


def _workers_of(build: str) -> str:
    return f"workers of {build}" if build else "workers without a version"


async def _schedule(client: Client, schedule_id: str, late: timedelta) -> Finding:
    try:
        described = await client.get_schedule_handle(schedule_id).describe()
    except RPCError:
        fix = "Start a worker: it makes the schedules."
        return wrong("temporal", f"the schedule {schedule_id} is not there", fix)
    if described.schedule.state.paused:
        fix = f"Go on with: temporal schedule toggle --unpause --schedule-id {schedule_id}"
        return wrong("temporal", f"the schedule {schedule_id} is paused", fix)
    return _punctual(schedule_id, described, late)


def _punctual(schedule_id: str, described: ScheduleDescription, late: timedelta) -> Finding:
    recent = described.info.recent_actions
    last = max((each.started_at for each in recent), default=described.info.created_at)
    if datetime.now(UTC) - last > late:
        fix = "See its last workflow in the Web UI: one that does not end holds up the next."
        return wrong(
            "temporal",
            f"the schedule {schedule_id} last started on {last:%Y-%m-%d at %H:%M} UTC",
            fix,
        )
    return good("temporal", f"the schedule {schedule_id} runs")
