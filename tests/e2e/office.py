"""A running stack with everybody around it, for the tests of whole requests."""

import asyncio
import sys
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
from temporalio.api.common import v1 as api
from temporalio.client import (
    Client,
    Interceptor,
    OutboundInterceptor,
    StartWorkflowInput,
    WorkflowHandle,
)

from domain import policies
from domain.vocabulary import PointOfIdentity
from tests.e2e.case import Case
from tests.e2e.shop import Customer, Shop
from workers.keys import KeySet
from workers.policy_files import load_policies
from workers.rehearsal.people import Doors, People
from workers.settings import Settings
from workers.stack.process import ChildProcess, own_environment
from workers.stack.services import mailbox_ready, webhook_ready
from workers.stack.supervisor import EmbeddedStack
from workers.temporal.client import connect
from workers.temporal.replay import replayer
from workers.worker import WORKFLOWS
from workflows import exchange as x
from workflows import names

QUICK_PROVIDERS = {
    "SAMPLE_WEBHOOK_RECEIVED_AFTER": "0.1",
    "SAMPLE_WEBHOOK_DONE_AFTER": "0.2",
    "SAMPLE_MAILBOX_POLL_SECONDS": "0.2",
    "SAMPLE_MAILBOX_RECEIVED_AFTER": "0.1",
    "SAMPLE_MAILBOX_DONE_AFTER": "0.2",
}
MODULES = {
    "sample_webhook": "samples.providers.webhook",
    "sample_mailbox": "samples.providers.mailbox",
}


class Office:
    """One stack, its doors and its business."""

    def __init__(self, stack: EmbeddedStack, settings: Settings, client: Client) -> None:
        self.stack = stack
        self.settings = settings
        self.client = client
        self.mail_domain = settings.mail_from.rpartition("@")[2]
        doors = Doors(
            stack.addresses.gateway, stack.addresses.inbox, stack.intake_api_key, self.mail_domain
        )
        self.people = People(doors, client)
        self.shop = Shop(settings.secret("business_dsn"))

    @classmethod
    async def of(cls, stack: EmbeddedStack) -> "Office":
        """Open an office in a running stack."""
        settings = stack.settings()
        policies.install(load_policies(settings.policy_dir))
        return cls(stack, settings, await connect(settings))

    async def file(
        self,
        customer: Customer | None = None,
        points: Mapping[PointOfIdentity, str] | None = None,
        **fields: object,
    ) -> Case:
        """File a deletion for a fresh consumer, by the gateway."""
        who = customer or await self.shop.customer()
        filed = await self.people.file(submission(who, points, **fields))
        return self.case(filed["request_id"], who, filed)

    def case(self, request_id: str, customer: Customer, filed: dict[str, Any]) -> Case:
        """Follow a request."""
        owner = self.settings.secret("dsn")
        return Case(request_id, customer, self.people, owner, self.mail_domain, filed)

    async def verified(self, **fields: Any) -> Case:
        """File a request and verify its consumer."""
        case = await self.file(**fields)
        await case.verified()
        return case

    async def sweep(self, later_by: timedelta = timedelta(0)) -> x.Swept:
        """Let the engine look after everything that is open, at once or as if time had passed."""
        configuration = self.client.config()
        configuration["interceptors"] = [StartsLater(later_by)]
        client = Client(**configuration)
        swept: x.Swept = await client.execute_workflow(
            names.HOUSEKEEPING,
            id=f"sweep-{uuid.uuid4()}",
            task_queue=self.settings.task_queue,
            result_type=x.Swept,
            execution_timeout=later_by + timedelta(seconds=30),
        )
        return swept

    @asynccontextmanager
    async def provider(self, part: str, behaviour: str) -> AsyncIterator[None]:
        """Let one sample provider behave otherwise for a while."""
        variables = {
            name: value
            for name, value in self.stack.configuration.variables.items()
            if name.startswith("SAMPLE_")
        }
        chosen = {f"{part.upper()}_BEHAVIOUR": behaviour}
        stand_in = ChildProcess(
            part,
            [sys.executable, "-m", MODULES[part]],
            log=self.stack.folder.log(f"{part}_{behaviour}"),
            environment=own_environment() | variables | chosen,
        )
        ready = webhook_ready if part == "sample_webhook" else mailbox_ready
        await self.stack.stop(part)
        stand_in.start()
        await asyncio.to_thread(
            stand_in.wait_until,
            lambda: ready(stand_in, self.settings, variables),
            seconds=30,
            advice="read its log",
        )
        try:
            yield
        finally:
            stand_in.kill()
            await self.stack.start(part)

    async def replay(self, workflow_id: str) -> None:
        """Replay a workflow as a worker does that never saw it before; raises where it differs."""
        keys = KeySet.parse(self.settings.codec_keys.get_secret_value())
        history = await self.people.handle(workflow_id).fetch_history()
        await replayer(WORKFLOWS, keys).replay_workflow(history)

    async def privacy(self, *arguments: str, given: str = "") -> tuple[int, str]:
        """Run one command as an operator does; return its exit code and everything it said."""
        variables = {"PRIVACY_ENV_FILE": str(self.stack.folder.variables), "COLUMNS": "200"}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "from workers.cli import main; main()",
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=own_environment() | variables,
        )
        said, _ = await asyncio.wait_for(process.communicate(given.encode()), 60)
        assert process.returncode is not None
        return process.returncode, said.decode()

    async def switch_mail_faults_off(self) -> None:
        """Let the mail server take everything again."""
        async with httpx.AsyncClient(trust_env=False) as client:
            await client.delete(f"{self.stack.mail.url}/faults")

    async def aclose(self) -> None:
        """Close the connections."""
        await self.people.aclose()


def submission(
    customer: Customer, points: Mapping[PointOfIdentity, str] | None = None, **fields: object
) -> dict[str, Any]:
    """Return what a web form's backend files for a consumer who wants to be deleted."""
    return {
        "request_types": ["delete"],
        "consumer": {"name": customer.name, "email": customer.email},
        "residency": "CA",
        "points": dict(customer.points if points is None else points),
        **fields,
    }


class StartsLater(Interceptor):
    """Starts workflows at a later time than the wall clock's."""

    def __init__(self, by: timedelta) -> None:
        self._by = by

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        """Wrap the starting of workflows."""
        return _Later(next, self._by)


class _Later(OutboundInterceptor):
    def __init__(self, next: OutboundInterceptor, by: timedelta) -> None:
        super().__init__(next)
        self._by = by

    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:
        if self._by:
            skipping = api.TimeSkippingConfig(enabled=True, disable_propagation=True)
            skipping.fast_forward_config.id = str(uuid.uuid4())
            skipping.fast_forward_config.duration.FromTimedelta(self._by)
            input.start_delay, input.time_skipping_config = self._by, skipping
        return await super().start_workflow(input)
