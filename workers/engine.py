"""The running workflows, as doors and steps need them: start, resume, deliver, look."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import (
    Client,
    WorkflowExecutionDescription,
    WorkflowFailureError,
    WorkflowUpdateFailedError,
)
from temporalio.client import WorkflowExecutionStatus as Status
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities.inbox import item_of
from domain.direction_situation import BEGUN
from domain.ids import late_stream, request_of
from domain.signed_in import reference
from domain.staff_input import STAFF_INPUT
from domain.start import Reopening, RequestStart
from records import inbox
from records.inbox import Message
from workers.temporal.converter import vouch
from workflows import directing, names
from workflows import exchange as x
from workflows.evidence_export import EVIDENCE_EXPORT, ExportEvidence
from workflows.status_webhooks import STATUS_WEBHOOKS

MOST_TOLD = 3000
"""Bytes that are told with a signal; a payload has at most 4 KB."""


class TemporalEngine:
    """Speaks to Temporal for gateway, activities and commands."""

    def __init__(
        self,
        client: Client,
        task_queue: str,
        public_url: str = "",
        messages: asyncpg.Pool | None = None,
    ) -> None:
        """``public_url`` is the gateway's; with it the Web UI links to the case page.

        With ``messages``, the database that has them, their workflows need not read them again.
        """
        self._client = client
        self._task_queue = task_queue
        self._public_url = public_url
        self._messages = messages

    async def start(self, request_id: str) -> None:
        """Start the workflow of a registered request; one that runs already counts as started."""
        await self._start_request(request_id, RequestStart(kind="registered"))

    async def resume(self, request_id: str) -> None:
        """Start a request's workflow from its ledger; one that runs counts as resumed."""
        await self._start_request(request_id, RequestStart(kind="resume"))

    async def reopen(self, request_id: str, reopening: Reopening) -> None:
        """Take a closed request up again."""
        await self._start_request(request_id, RequestStart(kind="reopen", reopening=reopening))

    async def start_direction(self, stream: str, start: directing.DirectionStart) -> None:
        """Start a provider's workflow; one that was started counts as started.

        The Web UI lists it beside its request, under the provider's name.
        """
        await self._start_direction(stream, start, resumable=False)

    async def resume_direction(self, stream: str, start: directing.DirectionStart) -> None:
        """Start a lost direction's workflow again; one that runs counts as resumed."""
        await self._start_direction(stream, start, resumable=True)

    async def start_late(self, message: Message, now: datetime) -> None:
        """Start the workflow of a late acknowledgement; one that runs counts as started."""
        await self._start(
            names.LATE_ACKNOWLEDGEMENT,
            late_stream(message.stream, message.row_id),
            directing.LateStart(direction=message.stream, message=message.row_id, now=now),
            f"late answer to {message.stream}",
            resumable=True,
        )

    async def deliver(self, stream: str, row_id: int) -> None:
        """Signal the workflow of ``stream`` that inbox row ``row_id`` waits for it.

        Raises:
            LookupError: no such workflow runs.
        """
        item = await self._item(stream, row_id)
        told = {"item": item.model_dump(mode="json")} if item else {}
        await self._signal(stream, names.INBOX, {"row": row_id}, told)

    async def act(self, stream: str, action: str, row_id: int) -> str:
        """Have an inbox row of a signed-in person carried out, as an update.

        Return the sentence by which it was refused, empty where it was not.

        Raises:
            LookupError: no such workflow runs.
        """
        handle = self._client.get_workflow_handle(stream)
        try:
            await handle.execute_update(action, reference(row_id), id=f"row-{row_id}")
        except WorkflowUpdateFailedError as failed:
            if isinstance(failed.cause, ApplicationError) and failed.cause.type == STAFF_INPUT:
                return failed.cause.message
            raise
        except RPCError as fault:
            if fault.status is RPCStatusCode.NOT_FOUND:
                raise LookupError(f"no workflow {stream} runs") from None
            raise
        return ""

    async def export_evidence(self, request_id: str, staff_id: str, now: datetime) -> None:
        """Have a worker write a request's signed evidence into its vault.

        Raises:
            LookupError: there is no sound record to export.
        """
        asked = ExportEvidence(request_id=request_id, staff_id=staff_id, now=now)
        about = TypedSearchAttributes([SearchAttributePair(names.REQUEST_ID, request_id)])
        try:
            await self._client.execute_workflow(
                EVIDENCE_EXPORT,
                asked,
                id=f"evidence-{request_id}-{uuid4()}",
                task_queue=self._task_queue,
                static_summary=f"evidence of {request_id}",
                search_attributes=about,
            )
        except WorkflowFailureError as failed:
            raise LookupError(f"no evidence of {request_id} can be had") from failed

    async def tell_request(
        self, request_id: str, provider: str, news: Sequence[x.ProviderReport] = ()
    ) -> None:
        """Signal a request that a provider's stream moved; one that does not run needs none.

        With all the ``news`` it need not read the ledger.
        """
        reports = [report.model_dump(mode="json") for report in news]
        told = {"reports": reports} if reports else {}
        with suppress(LookupError):
            await self._signal(request_id, names.PROVIDER_REPORTED, {"provider": provider}, told)

    async def running(self) -> AsyncIterator[str]:
        """Name the requests and directions that run, as far as the index has it."""
        kinds = f"'{names.CONSUMER_REQUEST}', '{names.PROVIDER_DIRECTION}'"
        query = f"WorkflowType IN ({kinds}) AND ExecutionStatus = 'Running'"
        async for found in self._client.list_workflows(query, page_size=1000):
            yield found.id

    async def is_running(self, workflow_id: str) -> bool:
        """Tell whether a workflow runs."""
        described = await self._described(workflow_id)
        return described is not None and described.status is Status.RUNNING

    async def is_stuck(self, workflow_id: str, for_long: timedelta) -> bool:
        """Tell whether a workflow takes nothing for so long: no worker runs, or its task fails."""
        described = await self._described(workflow_id)
        if described is None or not described.raw_description.HasField("pending_workflow_task"):
            return False
        task = described.raw_description.pending_workflow_task
        # Each attempt at a failing task is scheduled anew, so that none of them waits for long.
        waits_since = task.scheduled_time.ToDatetime(tzinfo=UTC)
        return task.attempt > 1 or datetime.now(UTC) - waits_since >= for_long

    async def status(self, workflow_id: str) -> x.Status:
        """Ask a running workflow where it stands."""
        handle = self._client.get_workflow_handle(workflow_id)
        status: x.Status = await handle.query(names.STATUS, result_type=x.Status)
        return status

    async def forget(self, request_id: str) -> bool:
        """Delete what Temporal still holds of a request that has ended; tell whether none runs.

        Nothing is deleted while a workflow of it runs.
        """
        query = f"WorkflowId STARTS_WITH '{request_id}' OR {names.REQUEST_ID.name} = '{request_id}'"
        found = [each async for each in self._client.list_workflows(query)]
        if any(each.status is Status.RUNNING for each in found):
            return False
        for each in found:
            await self._delete(each.id, each.run_id)
        return True

    async def _delete(self, workflow_id: str, run_id: str) -> None:
        run = WorkflowExecution(workflow_id=workflow_id, run_id=run_id)
        await self._client.workflow_service.delete_workflow_execution(
            DeleteWorkflowExecutionRequest(namespace=self._client.namespace, workflow_execution=run)
        )

    async def _described(self, workflow_id: str) -> WorkflowExecutionDescription | None:
        try:
            return await self._client.get_workflow_handle(workflow_id).describe()
        except RPCError as fault:
            if fault.status is RPCStatusCode.NOT_FOUND:
                return None
            raise

    async def _item(self, stream: str, row_id: int) -> x.InboxItem | None:
        """Return what a row says, where this process can look; else its workflow reads it."""
        if self._messages is None:
            return None
        async with self._messages.acquire() as conn:
            message = await inbox.read(conn, row_id)
        return item_of(message) if message and message.stream == stream else None

    async def _signal(
        self, workflow_id: str, name: str, note: dict[str, Any], told: dict[str, Any]
    ) -> None:
        """Signal a workflow; what it is ``told`` it may believe, and looks up if that is long."""
        whole = note | told
        short = len(json.dumps(whole)) <= MOST_TOLD
        vouched = vouch(self._client.data_converter, workflow_id, whole) if told and short else note
        try:
            await self._client.get_workflow_handle(workflow_id).signal(name, vouched)
        except RPCError as fault:
            if fault.status is RPCStatusCode.NOT_FOUND:
                raise LookupError(f"no workflow {workflow_id} runs") from None
            raise

    async def tell_intake_systems(self) -> None:
        """Have changes of status delivered now; a round that runs already counts as this one."""
        with suppress(WorkflowAlreadyStartedError):
            await self._client.start_workflow(
                STATUS_WEBHOOKS,
                id="status-webhooks-now",
                task_queue=self._task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            )

    async def ping(self) -> None:
        """Raise when Temporal cannot be reached."""
        await self._client.service_client.check_health()

    def _case_page(self, request_id: str) -> str | None:
        """Return what the Web UI shows beside the current details, in Markdown."""
        if not self._public_url:
            return None
        return (
            f"[Open the case page of {request_id}]({self._public_url}/staff/requests/{request_id})"
            "\n\nWho asks, documents, letters and everything else that is personal stands there, "
            "and each action has a form. Sign in there with your work account."
        )

    async def _start_request(self, request_id: str, start: RequestStart) -> None:
        # Whether a request may run is decided from Postgres, so a closed run is no obstacle here.
        await self._start(names.CONSUMER_REQUEST, request_id, start, request_id, resumable=True)

    async def _start_direction(
        self, stream: str, start: directing.DirectionStart, *, resumable: bool
    ) -> None:
        columns = [
            SearchAttributePair(names.REQUEST_STAGE, str(BEGUN)),
            SearchAttributePair(names.NEEDS_ACTION, names.NOTHING),
        ]
        name = start.order.name
        await self._start(
            names.PROVIDER_DIRECTION, stream, start, name, columns, resumable=resumable
        )

    async def _start(
        self,
        workflow: str,
        workflow_id: str,
        argument: Any,
        summary: str,
        columns: Sequence[SearchAttributePair[Any]] = (),
        *,
        resumable: bool = False,
    ) -> None:
        allow = WorkflowIDReusePolicy.ALLOW_DUPLICATE
        try:
            await self._client.start_workflow(
                workflow,
                argument,
                id=workflow_id,
                task_queue=self._task_queue,
                id_reuse_policy=allow if resumable else WorkflowIDReusePolicy.REJECT_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                static_summary=summary,
                static_details=self._case_page(request_of(workflow_id)),
                search_attributes=TypedSearchAttributes(
                    [SearchAttributePair(names.REQUEST_ID, request_of(workflow_id)), *columns]
                ),
            )
        except WorkflowAlreadyStartedError:
            return
