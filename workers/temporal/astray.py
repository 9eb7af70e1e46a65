"""A workflow whose history no longer leads to its ledger is ended; the sweep goes on from there.

The ledger is the truth. A workflow that fails with ``HistoryDiffers``, or whose history does not
replay, writes nothing more; left to itself it would try the same task for ever.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta

import structlog
from temporalio.bridge.proto.workflow_activation import WorkflowActivation, WorkflowActivationJob
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import WorkflowInstance
from temporalio.workflow import Info

from workers.temporal.around import AroundInstance
from workflows import names
from workflows.journal import HistoryDiffers

REASON = "Its history no longer leads to its ledger. The sweep resumes it from the ledger."
RESUMED_FROM_THE_LEDGER = frozenset(
    {names.CONSUMER_REQUEST, names.PROVIDER_DIRECTION, names.LATE_ACKNOWLEDGEMENT}
)
WENT_ASTRAY = "went_astray_and_is_resumed_from_the_ledger"
MOST_IN_AN_HOUR = 3
"""So often a worker ends the same workflow; what goes astray again needs a person."""

MOST_OF_ALL_IN_AN_HOUR = 30
"""So many a worker ends in all: more of them are no accident, but a release that must go back."""

_HOUR_S = timedelta(hours=1).total_seconds()

log = structlog.get_logger("workers.astray")


class Watched(AroundInstance):
    """Tells of a run that went astray."""

    def __init__(self, inner: WorkflowInstance, tell: Callable[[Info], None]) -> None:
        super().__init__(inner)
        self._tell = tell

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        """Carry the workflow on, and tell if that could not be."""
        completion = super().activate(act)
        failure = completion.failed.failure
        differs = failure.application_failure_info.type == HistoryDiffers.__name__
        if differs or any(map(_does_not_replay, act.jobs)):
            self._tell(self.get_info())
        return completion


def _does_not_replay(job: WorkflowActivationJob) -> bool:
    evicted = job.remove_from_cache
    return job.HasField("remove_from_cache") and evicted.reason == evicted.NONDETERMINISM


class Astray:
    """Ends the runs that went astray, on the worker's own loop."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._loop = asyncio.get_running_loop()
        self._ended: dict[tuple[str, str], float] = {}

    def watch(self, inner: WorkflowInstance) -> WorkflowInstance:
        """Put the watch around one run."""
        return Watched(inner, self._tell)

    def _tell(self, run: Info) -> None:
        """Have a run ended; called from the thread that the workflow ran in."""
        if run.workflow_type in RESUMED_FROM_THE_LEDGER:
            asyncio.run_coroutine_threadsafe(self._end(run), self._loop)

    async def _end(self, run: Info) -> None:
        found = log.bind(workflow_id=run.workflow_id, run_id=run.run_id)
        if self._too_often(run.workflow_id, run.run_id):
            found.error("goes_astray_again; docs/operations.md, PrivacyTasksFailing, says what now")
            return
        try:
            handle = self._client.get_workflow_handle(run.workflow_id, run_id=run.run_id)
            await handle.terminate(reason=REASON)
        except RPCError as fault:
            if fault.status is not RPCStatusCode.NOT_FOUND:
                found.warning("not_ended_yet", fault=fault.status.name)
        else:
            found.warning(WENT_ASTRAY)

    def _too_often(self, workflow_id: str, run_id: str) -> bool:
        """Count a run, unless there were enough within the hour; told of again, it counts once."""
        now = time.monotonic()
        self._ended = {run: at for run, at in self._ended.items() if now - at < _HOUR_S}
        if (workflow_id, run_id) in self._ended:
            return False
        same = [which for which, _ in self._ended if which == workflow_id]
        if len(same) >= MOST_IN_AN_HOUR or len(self._ended) >= MOST_OF_ALL_IN_AN_HOUR:
            return True
        self._ended[workflow_id, run_id] = now
        return False
