"""Runners that stand around another one, to see what a workflow is given and what it answers."""

from collections.abc import Callable, Sequence

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.converter import SerializationContext, StorageDriverStoreContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails, WorkflowRunner
from temporalio.worker._command_aware_visitor import CommandInfo
from temporalio.workflow import Info, _Definition

Around = Callable[[WorkflowInstance], WorkflowInstance]
"""Puts something around the instance of one run."""


class AroundRunner(WorkflowRunner):
    """Runs workflows as ``inner`` does, with something around each run."""

    def __init__(self, inner: WorkflowRunner, around: Sequence[Around]) -> None:
        self._inner = inner
        self._around = around

    def prepare_workflow(self, defn: _Definition) -> None:
        """Prepare a workflow as ``inner`` does."""
        self._inner.prepare_workflow(defn)

    def set_worker_level_failure_exception_types(
        self, types: Sequence[type[BaseException]]
    ) -> None:
        """Pass the worker's setting on."""
        self._inner.set_worker_level_failure_exception_types(types)

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """Return the instance of one run with everything around it, the first innermost."""
        instance = self._inner.create_instance(det)
        for put_around in self._around:
            instance = put_around(instance)
        return instance


class AroundInstance(WorkflowInstance):
    """Does as ``inner`` does; a subclass says what is different."""

    def __init__(self, inner: WorkflowInstance) -> None:
        self._inner = inner

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        """Carry the workflow on."""
        return self._inner.activate(act)

    def get_serialization_context(
        self, command_info: CommandInfo | None
    ) -> SerializationContext | None:
        """Return what ``inner`` does."""
        return self._inner.get_serialization_context(command_info)

    def get_external_store_context(
        self, command_info: CommandInfo | None
    ) -> StorageDriverStoreContext:
        """Return what ``inner`` does."""
        return self._inner.get_external_store_context(command_info)

    def get_info(self) -> Info:
        """Return what ``inner`` does."""
        return self._inner.get_info()

    def get_thread_id(self) -> int | None:
        """Return what ``inner`` does."""
        return self._inner.get_thread_id()
