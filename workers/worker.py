"""The worker's process: every workflow and every activity, on one task queue."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import asyncpg
import structlog
import uvloop
from opentelemetry.trace import Tracer
from temporalio.client import Client

from activities.agent_callbacks import AgentCallbacks
from activities.business_systems import BusinessSystems
from activities.checkpointing import Checkpointing
from activities.consequences import Consequences
from activities.corrections import Corrections
from activities.directions import Directions
from activities.disclosure import Disclosure
from activities.dossier import Dossier
from activities.following_up import FollowingUp
from activities.handing_over import HandingOver
from activities.inbox import Inbox
from activities.late_answers import LateAnswers
from activities.late_links import LateLinks
from activities.letter_orders import LetterOrders
from activities.letters import Letters
from activities.linked import Linked
from activities.opening import Opening
from activities.provider_facts import ProviderFacts
from activities.recording import Recording
from activities.retention import Retention as RetentionSteps
from activities.senders import Senders
from activities.status_webhooks import StatusWebhooks as StatusWebhookSteps
from activities.sweeping import Sweeping
from activities.undoing import Undoing
from datamap.connectors import Connector, kept_open
from datamap.wording import wording
from domain import policies
from providers.outgoing import Outgoing
from records.pool import create_pool
from workers import parts
from workers.agents import agents_of
from workers.canary.configuration import (
    ensure_canary,
    flights,
    planted_addresses,
    planted_consumer,
)
from workers.engine import TemporalEngine
from workers.evidence.step import EvidenceSteps
from workers.logging import configure_logging
from workers.monitoring.monitor import Monitor
from workers.monitoring.serving import served
from workers.morning import digests
from workers.processes import run_process
from workers.schedules import ensure_daily_schedules, ensure_morning_schedule
from workers.settings import Settings, load_settings
from workers.staff_notes import gone_notes
from workers.temporal.client import TemporalUnreachable, connect, core_runtime
from workers.temporal.namespace import ensure_schedule
from workers.temporal.time import InheritClock
from workers.temporal.versions import RELEASE, current_build, wanted_build
from workers.temporal.worker import ACTIVITIES_AT_ONCE, build_worker, serve
from workers.tracing import temporal_spans, tracing
from workers.waiting import unless_stopped, until_reached
from workflows import directing, names, steps
from workflows.canary import Canary
from workflows.checkpoints import LedgerCheckpoint
from workflows.consumer_request import ConsumerRequest
from workflows.digests import DigestOfDay, Morning
from workflows.evidence_export import EvidenceExport
from workflows.housekeeping import Housekeeping
from workflows.keeping_corrected import KeepingCorrected
from workflows.late_acknowledgement import LateAcknowledgement
from workflows.policy_notice import PolicyNotice
from workflows.provider_direction import ServiceProviderDirection
from workflows.retention import Retention
from workflows.status_webhooks import STATUS_WEBHOOKS, StatusWebhooks
from workflows.telling_agents import AGENT_STATUSES, AgentStatuses

WORKFLOWS = (
    ConsumerRequest,
    ServiceProviderDirection,
    LateAcknowledgement,
    PolicyNotice,
    Housekeeping,
    LedgerCheckpoint,
    Retention,
    KeepingCorrected,
    StatusWebhooks,
    Canary,
    AgentStatuses,
    EvidenceExport,
    Morning,
    DigestOfDay,
)

log = structlog.get_logger(__name__)

SWEEP_EVERY = timedelta(minutes=1)
SWEEP_SCHEDULE = "housekeeping"
AGENTS_SCHEDULE = "agent-statuses"
WEBHOOKS_EVERY = timedelta(minutes=1)
WEBHOOK_SCHEDULE = "status-webhooks"


def activities(
    settings: Settings,
    pool: asyncpg.Pool,
    client: Client,
    outgoing: Outgoing,
    connectors: Mapping[str, Connector],
) -> Sequence[Callable[..., Any]]:
    """Return every activity, built from one process's pools, keys and clients."""
    vault = parts.vault(settings)
    dossier = Dossier(vault)
    datamap = parts.data_map(settings)
    registry = parts.registry(settings)
    engine = TemporalEngine(client, settings.task_queue, parts.public_url(settings), pool)
    people = parts.keyring(settings, "suppression_keys")
    linked = Linked(
        pool, vault, dossier, engine, hashing=parts.fingerprints(settings), people=people
    )
    undoing = Undoing(pool, vault, connectors, people)
    systems = BusinessSystems(
        pool, dossier, datamap, connectors, people, undoing, fresh=parts.connectors(datamap)
    )
    corrections = Corrections(pool, vault, dossier, datamap, connectors)
    disclosure = Disclosure(pool, vault, dossier, datamap, connectors)
    letters = Letters(
        pool, vault, dossier, registry, parts.post(settings), partial(wording, datamap)
    )
    desk = parts.desk(settings, registry, outgoing)
    directions = Directions(pool, dossier, registry, engine, parts.kinds_of_collections(datamap))
    recording = Recording(
        pool,
        Consequences(vault, people, LetterOrders(vault, parts.mail_domain(settings))),
        FollowingUp(letters, directions, engine.tell_intake_systems),
    )
    opening = Opening(
        pool,
        vault,
        recording.record,
        hashing=parts.fingerprints(settings),
        people=people,
        intake_private_key=settings.key("intake_private_key"),
        planted=planted_addresses(planted_consumer()),
    )
    handing_over = HandingOver(
        pool, vault, ProviderFacts(dossier), desk, parts.public_url(settings)
    )
    late = LateAnswers(pool)
    callbacks = AgentCallbacks(
        pool, vault, outgoing, agents_of(settings), parts.public_url(settings)
    )
    morning = digests(settings, pool)
    return (
        opening.open_request,
        recording.before(steps.READ_REPORTS, linked.read_reports),
        recording.before(steps.COUNT_EARLIER, linked.count_earlier),
        linked.read_named,
        recording.before(steps.OPEN_PURGE, linked.open_purge),
        recording.record,
        letters.dispatch_letters,
        Inbox(pool).read_inbox,
        Senders(client, settings.sign_in_domain).read_sender,
        recording.before(steps.MATCH_IDENTITY, systems.match_identity),
        recording.before(steps.SURVEY_HOLDINGS, systems.survey_holdings),
        recording.before(steps.PLAN_ERASURE, systems.plan_erasure),
        recording.before(steps.ERASE, systems.erase),
        recording.before(steps.PUT_BACK, undoing.put_back),
        recording.before(steps.DESTROY_JOURNAL, undoing.destroy_journal),
        recording.before(steps.APPLY_CHOICE, systems.apply_choice),
        recording.before(steps.APPLY_CORRECTIONS, corrections.apply_corrections),
        corrections.keep_corrected,
        recording.before(steps.DEACTIVATE, systems.deactivate),
        recording.before(steps.COMPILE_REPORT, disclosure.compile_report),
        recording.before(steps.REVIEW_PACKAGE, disclosure.review_package),
        recording.before(steps.RELEASE_PACKAGE, disclosure.release_package),
        recording.before(steps.PURGE_PACKAGE, disclosure.purge_package),
        recording.before(steps.START_DIRECTIONS, directions.start_directions),
        directions.read_directions,
        directions.tell_request,
        recording.before(directing.SEND_DIRECTION, handing_over.send_direction),
        handing_over.fetch_copy,
        late.store_late_acknowledgement,
        late.look_at_request,
        callbacks.tell_agents,
        Sweeping(pool, engine, directions, late, LateLinks(pool, vault, recording, letters)).sweep,
        Checkpointing(pool, parts.signer(settings)).take_checkpoint,
        RetentionSteps(pool, vault, engine, people, parts.fingerprints(settings)).purge,
        EvidenceSteps(
            pool, vault, parts.signer(settings), parts.trusted_keys(settings)
        ).export_evidence,
        StatusWebhookSteps(
            pool, outgoing, parts.fingerprints(settings), gone_notes(parts.post(settings))
        ).deliver_status,
        morning.digest_due,
        morning.send_digest,
    )


async def main(stop: asyncio.Event) -> None:
    """Serve until told to stop."""
    settings = load_settings()
    configure_logging(settings.log_format, settings.log_level.upper())
    parts.install_policies(settings)
    with tracing("privacy-worker") as tracer:
        await _work(settings, tracer, stop)


async def _work(settings: Settings, tracer: Tracer | None, stop: asyncio.Event) -> None:
    """Answer probes from the first moment, and take tasks once everything is there."""
    dsn = settings.secret("worker_dsn")
    pool = await create_pool(dsn, application="privacy worker")
    connecting = asyncio.create_task(
        connect(
            settings,
            runtime=core_runtime(_sdk_metrics(settings)),
            interceptors=temporal_spans(tracer),
        )
    )

    async def temporal() -> None:
        if not connecting.done():
            raise TemporalUnreachable("Temporal has not answered yet.")
        await connecting.result().service_client.check_health()

    monitor = Monitor(pool, {"temporal": temporal}, RELEASE)
    try:
        async with served(monitor.app(), settings.metrics_host, settings.metrics_port):
            client = await unless_stopped(stop, connecting)
            await unless_stopped(stop, until_reached(pool, dsn))
            await _take_tasks(settings, client, pool, stop)
    finally:
        await pool.close()


async def _take_tasks(
    settings: Settings, client: Client, pool: asyncpg.Pool, stop: asyncio.Event
) -> None:
    await _schedule(settings, client)
    systems = parts.connectors(parts.data_map(settings))
    async with (
        aclosing(parts.outgoing(settings)) as outgoing,
        kept_open(systems, at_once=ACTIVITIES_AT_ONCE) as connectors,
    ):
        acts = activities(settings, pool, _in_its_time(client, settings), outgoing, connectors)
        build = await _build(settings, client)
        worker = build_worker(
            client,
            settings.task_queue,
            WORKFLOWS,
            [*acts, *await canary(settings, client)],
            build=build,
        )
        log.info("taking tasks", task_queue=settings.task_queue, build=build or "unversioned")
        await serve(worker, stop)


async def _schedule(settings: Settings, client: Client) -> None:
    queue = settings.task_queue
    for schedule_id, workflow, every in (
        (SWEEP_SCHEDULE, names.HOUSEKEEPING, SWEEP_EVERY),
        (WEBHOOK_SCHEDULE, STATUS_WEBHOOKS, WEBHOOKS_EVERY),
        (AGENTS_SCHEDULE, AGENT_STATUSES, SWEEP_EVERY),
    ):
        await ensure_schedule(client, schedule_id, workflow, task_queue=queue, every=every)
    await ensure_daily_schedules(client, queue)
    await ensure_morning_schedule(client, queue, policies.in_force_at(datetime.now(UTC)))


async def canary(settings: Settings, client: Client) -> Sequence[Callable[..., Any]]:
    """Schedule the canary where one is kept, and return the activity that flies it."""
    planted = planted_consumer()
    if planted is None:
        return ()
    datamap = parts.data_map(settings)
    await ensure_canary(client, settings.task_queue)
    return (flights(settings, client, planted, datamap, parts.connectors(datamap)).fly,)


async def _build(settings: Settings, client: Client) -> str:
    """Return what version this worker is; say so where the tasks go to another."""
    build, current = wanted_build(settings), await current_build(client)
    if build != current:
        log.warning(
            "another version takes the tasks; privacy versions current gives them to this one",
            build=build or "unversioned",
            current=current or "unversioned",
        )
    return build


def _sdk_metrics(settings: Settings) -> str | None:
    port = settings.sdk_metrics_port
    return f"{settings.metrics_host}:{port}" if port else None


def _in_its_time(client: Client, settings: Settings) -> Client:
    """Where days are skipped, let what an activity starts begin at its workflow's time."""
    if not settings.development:
        return client
    configuration = client.config()
    configuration["interceptors"] = [*configuration["interceptors"], InheritClock()]
    return Client(**configuration)


if __name__ == "__main__":
    run_process(main, uvloop.new_event_loop)
