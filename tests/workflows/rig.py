"""One provider's direction on a real server, database and mail server, with a provider to watch."""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, ClassVar

import asyncpg
import httpx
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import ActivityEnvironment

from activities.consequences import Consequences
from activities.directed import Kinds
from activities.directions import Directions
from activities.dossier import Dossier
from activities.following_up import FollowingUp
from activities.handing_over import HandingOver
from activities.inbox import Inbox
from activities.late_answers import LateAnswers
from activities.late_links import LateLinks
from activities.letter_orders import LetterOrders
from activities.letters import Letters, Post
from activities.provider_facts import ProviderFacts
from activities.recording import Recording
from activities.senders import Senders
from activities.sweeping import Sweeping
from domain import events as e
from domain import ids, policies
from domain.decisions.direction import Order
from domain.direction import DirectionState
from domain.notice_words import DirectedAction
from domain.policy import PolicyPin
from domain.policy_terms.base import Period
from domain.state import RequestState, fold
from domain.vocabulary import (
    PointOfIdentity,
    RequestType,
)
from gateway.app import create_app
from gateway.parts import GatewayParts, GatewaySettings
from providers.desk import ProviderDesk
from records import ledger, requests
from tests.happenings import received
from tests.providers.lines import PUBLIC_URL
from tests.stored import KEYRING, VAULT, file, write
from workers.engine import TemporalEngine
from workers.stack.mail_sink import EmbeddedMailSink
from workers.temporal.time import Skipper
from workers.temporal.worker import build_worker
from workflows import directing, names
from workflows import exchange as x
from workflows.housekeeping import Housekeeping
from workflows.late_acknowledgement import LateAcknowledgement
from workflows.provider_direction import ServiceProviderDirection

STAFF = "team@business.example"
ANA = "ana.ruiz@example.com"
POINTS = {PointOfIdentity.PHONE: "+14155550142", PointOfIdentity.CUSTOMER_NUMBER: "C-004211"}
WORKFLOWS = (ServiceProviderDirection, LateAcknowledgement, Housekeeping)
PATIENCE_S = 30.0


@dataclass(frozen=True)
class Servers:
    """What the rig stands on."""

    temporal: Client
    worker_pool: asyncpg.Pool
    gateway_pool: asyncpg.Pool
    mail: EmbeddedMailSink


async def eventually(look: Callable[[], Any], what: str, seconds: float = PATIENCE_S) -> Any:
    """Return what ``look`` finds as soon as it is true."""
    limit = time.monotonic() + seconds
    while not (found := await look()):
        assert time.monotonic() < limit, f"{what} was not seen within {seconds:g} s"
        await asyncio.sleep(0.05)
    return found


class Rig:
    """Directs one provider at a time, and knows what became of it."""

    workflows: ClassVar[Sequence[type]] = WORKFLOWS

    def __init__(self, servers: Servers, desk: ProviderDesk) -> None:
        self.task_queue = f"directions-{uuid.uuid4()}"
        self.client = servers.temporal
        self.pool = servers.worker_pool
        self.mail = servers.mail
        self.desk = desk
        self.vault = VAULT
        self.engine = TemporalEngine(
            servers.temporal, self.task_queue, messages=servers.worker_pool
        )
        self.time = Skipper(servers.temporal)
        self.late = LateAnswers(self.pool)
        self.dossier = Dossier(self.vault)
        registry = desk.registry
        self.directions = Directions(self.pool, self.dossier, registry, self.engine, Kinds())
        self.dispatcher = Letters(self.pool, self.vault, self.dossier, registry, self._post())
        self.recording = Recording(
            self.pool,
            Consequences(self.vault, KEYRING, LetterOrders(self.vault, "business.example")),
            FollowingUp(self.dispatcher, self.directions),
        )
        self._gateway_pool = servers.gateway_pool
        self.door = httpx.AsyncClient(
            transport=httpx.ASGITransport(create_app(self._gateway())), base_url=PUBLIC_URL
        )

    @property
    def provider(self) -> str:
        """The one provider."""
        return self.desk.registry.providers[0].id

    @property
    def activities(self) -> Sequence[Callable[..., Any]]:
        """The steps of directions, as the worker's process has them."""
        facts = ProviderFacts(self.dossier)
        handing_over = HandingOver(self.pool, self.vault, facts, self.desk, PUBLIC_URL)
        return (
            self.recording.record,
            self.dispatcher.dispatch_letters,
            Inbox(self.pool).read_inbox,
            Senders(self.client, "").read_sender,
            self.directions.tell_request,
            self.recording.before(directing.SEND_DIRECTION, handing_over.send_direction),
            handing_over.fetch_copy,
            self.late.store_late_acknowledgement,
            self.late.look_at_request,
            Sweeping(self.pool, self.engine, self.directions, self.late, self.links).sweep,
        )

    @property
    def links(self) -> LateLinks:
        """What sends links to closed requests."""
        return LateLinks(self.pool, self.vault, self.recording, self.dispatcher)

    @asynccontextmanager
    async def working(self) -> AsyncIterator["Rig"]:
        """Run a worker."""
        async with build_worker(
            self.client,
            self.task_queue,
            self.workflows,
            self.activities,
            grace=timedelta(seconds=0.2),
        ):
            yield self
        await self.door.aclose()

    async def request(self, **changes: Any) -> str:
        """Register a request, and write its first event."""
        request_id = await self.registered(**changes)
        await self.write(request_id, _received(datetime.now(UTC)))
        return request_id

    async def registered(self, **changes: Any) -> str:
        """Register a request, as the gateway does."""
        request_id = requests.draw_id()
        wish = {
            "request_types": ["delete"],
            "consumer": {"name": "Ana Ruiz", "email": ANA},
            "residency": "CA",
            "points": POINTS,
            **changes,
        }
        async with self.pool.acquire() as conn:
            await file(conn, request_id, datetime.now(UTC), wish, client="test")
        return request_id

    async def write(self, request_id: str, *events: e.Event) -> RequestState:
        """Write events of a request, as its workflow would."""
        async with self.pool.acquire() as conn:
            await write(conn, request_id, datetime.now(UTC), *events)
        return fold(request_id, await self.events(request_id))

    async def direct(
        self,
        action: DirectedAction = DirectedAction.DELETE,
        request_id: str = "",
        **terms: Period,
    ) -> str:
        """Direct the provider and return the direction's stream."""
        request = request_id or await self.request()
        await self.write(
            request,
            e.ProvidersDirected(providers={self.provider: "Acme"}, wait_until=datetime.now(UTC)),
        )
        stream = ids.direction_stream(request, self.provider)
        start = directing.DirectionStart(
            order=self.order(request, action, **terms), policy=_pin(), now=datetime.now(UTC)
        )
        await self.engine.start_direction(stream, start)
        return stream

    async def directed_again(self, stream: str) -> Mapping[str, str]:
        """Repeat the step that directs, as a resumed request does; return whom it names."""
        order = self.order(ids.request_of(stream))
        asked = x.StartDirections(
            request_id=order.request_id,
            now=datetime.now(UTC),
            policy=_pin(),
            action=order.action,
            receipt_date=order.receipt_date,
            collections=order.scope,
            exceptions=(),
            wait_until=datetime.now(UTC),
        )
        done: x.Directions = await ActivityEnvironment().run(
            self.directions.start_directions, asked
        )
        return done.providers

    def order(
        self, request_id: str, action: DirectedAction = DirectedAction.DELETE, **terms: Period
    ) -> Order:
        """Return what the provider is told, in other terms than the policy's if wanted."""
        provider = self.desk.registry.providers[0]
        policy = policies.get(_pin())
        return Order(
            request_id=request_id,
            request_type=RequestType.DELETE,
            receipt_date=datetime.now(UTC).date(),
            provider=provider.id,
            name=provider.name,
            protocol=provider.protocol,
            action=action,
            scope=("shop.customer",),
            terms=policy.providers.model_copy(update=terms),
        )

    def handle(self, stream: str) -> WorkflowHandle[Any, Any]:
        """Return a workflow's handle."""
        return self.client.get_workflow_handle(stream)

    async def has_done(self, stream: str, step: str) -> bool:
        """Tell whether a workflow has asked for a step."""
        history = await self.handle(stream).fetch_history()
        asked = (event.activity_task_scheduled_event_attributes for event in history.events)
        return any(each.activity_type.name == step for each in asked)

    async def state(self, stream: str) -> DirectionState:
        """Ask a direction where it stands."""
        status = await self.handle(stream).query(names.STATUS, result_type=x.Status)
        return DirectionState.model_validate(status.state)

    async def until(
        self, stream: str, holds: Callable[[DirectionState], object], what: str = "the state"
    ) -> DirectionState:
        """Wait until a direction stands as wanted and the ledger has it."""

        async def look() -> DirectionState | None:
            status = await self.handle(stream).query(names.STATUS, result_type=x.Status)
            state = DirectionState.model_validate(status.state)
            settled = status.recorded_through == status.n
            return state if settled and holds(state) else None

        found: DirectionState = await eventually(look, f"{stream}: {what}")
        return found

    async def ended(self, stream: str) -> DirectionState:
        """Wait for a direction's end."""
        await asyncio.wait_for(self.handle(stream).result(), PATIENCE_S)
        return await self.state(stream)

    async def pass_days(self, stream: str, days: float) -> None:
        """Let days pass for one workflow."""
        await self.time.forward(stream, timedelta(days=days))

    async def to_instant(self, stream: str, at: datetime) -> None:
        """Let time pass for one workflow until just after an instant."""
        await self.time.forward_to(stream, at + timedelta(minutes=1))

    async def post(self, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """Post a callback to the provider's door."""
        path = f"/v1/providers/{self.provider}/callbacks"
        return await self.door.post(path, content=body, headers=headers)

    async def act(self, stream: str, action: str, **fields: object) -> str:
        """Do what staff can do."""
        message = {"decided_by": "s.lee", **fields}
        said: str = await self.handle(stream).execute_update(action, message, result_type=str)
        return said

    async def sweep(self) -> x.Swept:
        """Let the engine look after everything that is open."""
        swept: x.Swept = await self.client.execute_workflow(
            names.HOUSEKEEPING,
            id=f"sweep-{uuid.uuid4()}",
            task_queue=self.task_queue,
            result_type=x.Swept,
        )
        return swept

    async def events(self, stream: str) -> list[e.Recorded]:
        """Read a stream's events, its chain checked."""
        async with self.pool.acquire() as conn:
            rows = await ledger.read(conn, stream)
        assert ledger.verify(rows) == []
        return [row.recorded for row in rows]

    async def names(self, stream: str) -> list[str]:
        """Name a stream's events, those that no workflow reads among them."""
        async with self.pool.acquire() as conn:
            return [json.loads(row.body)["type"] for row in await ledger.read(conn, stream)]

    async def told(self, stream: str) -> list[str]:
        """Return what staff were told of a direction, in order."""
        return [
            str(recorded.event.facts["situation"])
            for recorded in await self.events(stream)
            if isinstance(recorded.event, e.NoticeRequested) and recorded.event.audience == "staff"
        ]

    async def closed(self, request_id: str) -> None:
        """Say in the registry of requests that one is closed."""
        projection = requests.Projection(closed_at=datetime.now(UTC), stage="closed")
        async with self.pool.acquire() as conn:
            await requests.project(conn, request_id, projection)

    def _gateway(self) -> GatewayParts:
        return GatewayParts(
            pool=self._gateway_pool,
            vault=self.vault,
            hashing=KEYRING,
            people=KEYRING,
            engine=self.engine,
            desk=self.desk,
            codec=self.client.data_converter.payload_codec,  # type: ignore[arg-type]
            settings=GatewaySettings(
                public_url=PUBLIC_URL, ui_origins=frozenset(), api_keys={}, engine_seconds=20
            ),
            # A minute behind, so that the sweep need not wait for what the door has taken.
            now=lambda: datetime.now(UTC) - timedelta(minutes=1),
        )

    def _post(self) -> Post:
        server = SimpleNamespace(
            smtp_host="127.0.0.1",
            smtp_port=self.mail.smtp_port,
            smtp_security="none",
            smtp_user=None,
        )
        return Post(
            server=server,
            password=None,
            sender="privacy@business.example",
            staff=STAFF,
            public_url=PUBLIC_URL,
            workflow_url="http://127.0.0.1/workflows/{workflow_id}",
        )


def _pin() -> PolicyPin:
    return policies.pin_of(policies.in_force_on(datetime.now(UTC).date()))


def _received(now: datetime) -> e.RequestReceived:
    return received(policies.get(_pin()), now, points_offered=tuple(POINTS))
