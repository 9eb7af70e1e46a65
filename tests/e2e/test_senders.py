"""Who sent a signal is read back from its history; another's name is recorded and alerted."""

import asyncio
import json
import shutil
import sys
from pathlib import Path

import pytest
from temporalio.api.common.v1 import Payload, Payloads, WorkflowExecution
from temporalio.api.workflowservice.v1 import SignalWorkflowExecutionRequest

from domain import events as e
from domain.notice_words import Situation
from domain.vocabulary import Decision
from tests.e2e.case import Case, eventually
from tests.e2e.hostile import failed_tasks
from tests.e2e.office import Office
from workers.stack.process import own_environment

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

COMMAND = shutil.which("temporal", path=str(Path(sys.executable).parent))


async def signal_as(office: Office, case: Case, identity: str, name: str, **fields: object) -> None:
    """Signal as the Web UI does, with the identity of whoever is signed in there."""
    payload = Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(fields).encode())
    asked = SignalWorkflowExecutionRequest(
        namespace=office.settings.temporal_namespace,
        workflow_execution=WorkflowExecution(workflow_id=case.request_id),
        signal_name=name,
        input=Payloads(payloads=[payload]),
        identity=identity,
    )
    await office.client.workflow_service.signal_workflow_execution(asked)


async def batch_signal(office: Office, query: str, name: str, **fields: object) -> None:
    """Signal everything that a query finds, by Temporal's own command line."""
    assert COMMAND is not None
    process = await asyncio.create_subprocess_exec(
        COMMAND, "workflow", "signal", "--yes", "--query", query, "--name", name,
        "--reason", "test", "--input", json.dumps(fields),
        "--address", office.settings.temporal_address,
        "--namespace", office.settings.temporal_namespace,
        env=own_environment(),
    )  # fmt: skip
    assert await asyncio.wait_for(process.wait(), 40) == 0


async def test_signals_count_as_sent_by_whom_the_history_names(office: Office) -> None:
    """The named one's own signal is stated by the client; one in another's name is told of."""
    case, other = await office.verified(), await office.verified()
    await signal_as(
        office, case, "s.lee@business.example", "reassign", decided_by="s.lee", to="m.ray"
    )
    await case.until("the handler", lambda state: state.handler)
    (reassigned,) = await case.events(e.RequestReassigned)
    assert reassigned.actor == e.Actor(id="s.lee", known="stated by client")

    both = f'RequestId IN ("{case.request_id}", "{other.request_id}")'
    await batch_signal(
        office, f"{both} AND NeedsAction='decide'", "approve",
        decided_by="s.lee", confirm_grounds=["EX8"],
    )  # fmt: skip
    for each in (case, other):
        assert (await each.closed()).outcome is Decision.GRANT_PARTIAL
        (differed,) = await each.events(e.SenderDiffered)
        assert differed.actor == e.Actor(id="s.lee")
        assert differed.sent_by.known == "stated by client"
        (approved,) = await each.events(e.RequestApproved)
        assert approved.actor == e.Actor(id="s.lee")

        async def told(each: Case = each) -> bool:
            return Situation.SENDER_DIFFERED in await each.staff_told()

        assert await eventually(told)
        assert failed_tasks(await each.people.handle(each.request_id).fetch_history()) == 0
        await office.replay(each.request_id)
