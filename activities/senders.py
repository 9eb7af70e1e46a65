"""Reading back from a workflow's own history who sent it a signal."""

from temporalio import activity
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client
from temporalio.exceptions import ApplicationError

from domain.senders import SentBy, sent_by
from workflows.signalled import READ_SENDER, WhichSignal

_SIGNALED = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED


class Senders:
    """Knows senders by the histories of our namespace."""

    def __init__(self, client: Client, staff_domain: str) -> None:
        """``staff_domain`` is that of the addresses by which staff sign in; may be empty."""
        self._client = client
        self._domain = staff_domain

    @activity.defn(name=READ_SENDER.name)
    async def read_sender(self, which: WhichSignal) -> SentBy:
        """Return the staff ids that the history gives for one signal of the workflow that asks.

        Raises:
            ApplicationError: the history has no such signal; never retried.
        """
        event = await self._event(which)
        identity = event.workflow_execution_signaled_event_attributes.identity
        return sent_by(identity, event.principal.name, self._domain)

    async def _event(self, which: WhichSignal) -> HistoryEvent:
        asking = activity.info()
        handle = self._client.get_workflow_handle(
            asking.workflow_id or "", run_id=asking.workflow_run_id
        )
        left = which.nth
        async for event in handle.fetch_history_events():
            left -= _is(event, which.name)
            if not left:
                return event
        raise ApplicationError(
            f"The history has no signal {which.nth} of the name {which.name}.",
            type="NoSuchSignal",
            non_retryable=True,
        )


def _is(event: HistoryEvent, signal: str) -> bool:
    named = event.workflow_execution_signaled_event_attributes.signal_name
    return event.event_type == _SIGNALED and named == signal
