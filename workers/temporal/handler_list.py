"""What the Web UI offers in its lists of signals and updates: handlers with names only."""

from typing import Any

from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.worker import (
    HandleQueryInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)

_METADATA = "__temporal_workflow_metadata"


class NamedHandlers(Interceptor):
    """Leaves dynamic handlers out of the lists, where they would be entries without a name."""

    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor]:
        """Wrap the answering of queries."""
        return _TidyMetadata


class _TidyMetadata(WorkflowInboundInterceptor):
    async def handle_query(self, input: HandleQueryInput) -> Any:
        answer = await super().handle_query(input)
        if input.query == _METADATA and isinstance(answer, WorkflowMetadata):
            _drop_nameless(answer)
        return answer


def _drop_nameless(metadata: WorkflowMetadata) -> None:
    definition = metadata.definition
    for listed in (definition.signal_definitions, definition.update_definitions):
        named = [handler for handler in listed if handler.name]
        del listed[:]
        listed.extend(named)
