"""What a step that failed for good tells staff: a code, never a message that could hold a value."""

from temporalio.exceptions import ActivityError, ApplicationError, TimeoutError


def failure_code(failure: ActivityError) -> str:
    """Return the error's type, by which the runbook knows it."""
    cause = failure.cause
    if isinstance(cause, ApplicationError) and cause.type:
        return cause.type
    if isinstance(cause, TimeoutError):
        return "no_success_in_time"
    return "failed"
