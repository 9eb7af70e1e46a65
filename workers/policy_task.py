"""Opens the task of publishing a notice, in the engine that serves the policy."""

from collections.abc import Sequence

from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from domain.days import deadline_instant
from domain.policy import Policy
from domain.promises import Change
from workflows import names
from workflows.policy_notice import NoticeTask, task_id


async def open_task(
    client: Client, task_queue: str, before: Policy, after: Policy, material: Sequence[Change]
) -> bool:
    """Open the task, once for a revision; tell whether it was not opened before."""
    task = NoticeTask(
        before=before.version,
        after=after.version,
        due=deadline_instant(after.effective_from, after),
        due_on=after.effective_from,
        changes=tuple(str(each) for each in material),
    )
    try:
        await client.start_workflow(
            names.POLICY_NOTICE,
            task,
            id=task_id(after.version),
            task_queue=task_queue,
            static_summary=f"publish the notice of {after.version}",
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        )
    except WorkflowAlreadyStartedError:
        return False
    return True
