"""Binds the request to everything that an activity logs."""

from typing import Any

from structlog.contextvars import bound_contextvars
from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from domain.ids import is_request_id, request_of


class LogContext(Interceptor):
    """Gives each line that an activity logs its request, stream, activity and attempt."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Wrap the execution of activities."""
        return _BindRequest(next)


class _BindRequest(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        with bound_contextvars(**_facts(activity.info())):
            return await super().execute_activity(input)


def _facts(info: activity.Info) -> dict[str, str | int]:
    facts: dict[str, str | int] = {"activity": info.activity_type, "attempt": info.attempt}
    workflow_id = info.workflow_id or ""
    request = request_of(workflow_id)
    if is_request_id(request):
        facts |= {"request_id": request, "stream": workflow_id}
    return facts
