"""A tiny workflow whose handlers have the shape that nothing sent can wedge."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from temporalio import activity, workflow
from temporalio.common import RawValue, RetryPolicy
from temporalio.exceptions import ApplicationError

from domain.staff_input import STAFF_INPUT
from domain.undecodable import Undecodable

REFUSED_START = "RefusedStart"
UNKNOWN_ACTION = "There is no such action. Choose one from the list."
LACKS_REASON = "The action needs a reason: {}."


def refusal(payloads: Sequence[Any]) -> str | None:
    """Refuse everything but one JSON object that holds nothing but a reason."""
    if len(payloads) != 1:
        return LACKS_REASON.format(f"{len(payloads)} inputs were sent")
    if isinstance(payloads[0], Undecodable):
        return LACKS_REASON.format(payloads[0].reason)
    if not isinstance(payloads[0], dict) or set(payloads[0]) != {"reason"}:
        return LACKS_REASON.format("other fields were sent")
    return None


@workflow.defn(name="Probe")
class Probe:
    """Takes actions until it is told to stop; writes down what came and was refused."""

    @workflow.init
    def __init__(self, *payloads: Any) -> None:
        self._refused_start = refusal(payloads)
        self._seen: list[str] = []
        self._stopped = False

    @workflow.signal(name="approve", description="Approve the request.")
    def approve_by_signal(self, *payloads: Any) -> None:
        """Record what came."""
        self._seen.append(refusal(payloads) or "approved")

    @workflow.update(name="approve", description="Approve the request.")
    def approve(self, *payloads: Any) -> str:
        """Record the approval."""
        self._seen.append("approved")
        return "approved"

    @approve.validator
    def check_approve(self, *payloads: Any) -> None:
        """Refuse in a sentence for staff."""
        if problem := refusal(payloads):
            raise ApplicationError(problem, type=STAFF_INPUT)

    @workflow.signal(dynamic=True)
    def unknown_signal(self, name: str, payloads: Sequence[RawValue]) -> None:
        """Record that something misspelt came."""
        self._seen.append(UNKNOWN_ACTION)

    @workflow.update(dynamic=True)
    def unknown_update(self, name: str, payloads: Sequence[RawValue]) -> None:
        """Never runs: its validator refuses."""

    @unknown_update.validator
    def refuse_unknown_update(self, name: str, payloads: Sequence[RawValue]) -> None:
        """Refuse in a sentence for staff."""
        raise ApplicationError(UNKNOWN_ACTION, type=STAFF_INPUT)

    @workflow.signal
    def stop(self, *payloads: Any) -> None:
        """End the workflow."""
        self._stopped = True

    @workflow.query
    def seen(self) -> list[str]:
        """Tell what came."""
        return self._seen

    @workflow.run
    async def run(self, *payloads: Any) -> list[str]:
        """Refuse a bad start; else wait for the end."""
        if self._refused_start:
            raise ApplicationError(self._refused_start, type=REFUSED_START)
        await workflow.wait_condition(lambda: self._stopped)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._seen


@activity.defn
async def fail_with_content() -> None:
    """Fail as a library would: with the content in the text."""
    raise ValueError("duplicate key: canary.failure@example.com")


@workflow.defn(name="Failing")
class Failing:
    """Calls an activity that fails for good."""

    @workflow.run
    async def run(self) -> None:
        """Fail."""
        await workflow.execute_activity(
            fail_with_content,
            start_to_close_timeout=timedelta(seconds=5),
            retry_policy=RetryPolicy(maximum_attempts=1),
        )
