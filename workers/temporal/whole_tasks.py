"""A workflow goes on in workflow tasks only, never beside the answer to a query.

A query can wait for a worker while the workflow is sent a signal or an activity ends. The worker
that takes the query before the next task, and does not hold the workflow in memory, replays a
history that reaches past the last task. The SDK would carry the workflow on from there, at the
time of the task before, and keep it; every later replay would date the same events otherwise.
"""

from typing import NamedTuple, Self

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.worker import WorkflowInstance

from workers.temporal.around import AroundInstance

_CARRY_NOTHING_ON = frozenset({"query_workflow", "remove_from_cache"})
_OVERTAKEN = "A query had overtaken this task. It is tried again from the whole history."


class _Reached(NamedTuple):
    """How far an activation has come."""

    event: int
    at_nanoseconds: int
    history_bytes: int

    @classmethod
    def by(cls, act: WorkflowActivation) -> Self:
        """Return what an activation says of itself."""
        return cls(act.history_length, act.timestamp.ToNanoseconds(), act.history_size_bytes)

    def without_a_task_after(self, earlier: Self) -> bool:
        """Tell whether events came since then, but no workflow task began.

        A task that begins brings its time and the size of the history. The time alone would not
        do: it stands still where a server's clock was set back.
        """
        return self.event > earlier.event and self[1:] == earlier[1:]


class WholeTasks(AroundInstance):
    """Leaves alone what comes without a workflow task, and has that task tried from the start.

    The query is answered from where the last task left the workflow.
    """

    def __init__(self, inner: WorkflowInstance) -> None:
        super().__init__(inner)
        self._reached: _Reached | None = None
        self._left_behind = False

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        """Carry the workflow on, if this activation belongs to a workflow task."""
        if not _carries_on(act):
            return super().activate(act)
        reached = _Reached.by(act)
        if self._reached and reached.without_a_task_after(self._reached):
            self._left_behind = True
            return _refused_by_the_server()
        if self._left_behind:
            return _failed()
        self._reached = reached
        return super().activate(act)


def _carries_on(act: WorkflowActivation) -> bool:
    return any(job.WhichOneof("variant") not in _CARRY_NOTHING_ON for job in act.jobs)


def _refused_by_the_server() -> WorkflowActivationCompletion:
    """Return an answer that the workflow's next task must fail with.

    That task brings nothing more to do, so it is completed without asking us again: with these
    commands. The server refuses a change of no search attributes and gives the task anew.
    """
    completion = WorkflowActivationCompletion()
    completion.successful.commands.add().upsert_workflow_search_attributes.SetInParent()
    return completion


def _failed() -> WorkflowActivationCompletion:
    completion = WorkflowActivationCompletion()
    completion.failed.failure.message = _OVERTAKEN
    return completion
