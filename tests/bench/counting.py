"""Exact counts of workflows' histories: events, billable actions, payloads."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory

BILLABLE = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED: "starts",
    EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED: "activities",
    EventType.EVENT_TYPE_TIMER_STARTED: "timers",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED: "signals",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED: "updates",
    EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES: "search attributes",
}
"""Events that Temporal Cloud bills as one action each; an attempt of an activity is one."""


@dataclass(frozen=True)
class Counts:
    """What some workflows came to together."""

    events: int
    actions: Counter[str]
    largest_payload: int
    seconds_by_step: dict[str, float]

    @property
    def billable(self) -> int:
        """How many actions they are billed as."""
        return self.actions.total()


def count(histories: Iterable[WorkflowHistory]) -> Counts:
    """Count what is in histories of workflows that have ended."""
    events, actions, largest = 0, Counter[str](), 0
    seconds: dict[str, float] = {}
    for history in histories:
        events += len(history.events)
        actions += _actions(history)
        largest = max([largest, *(each.ByteSize() for each in _payloads(history))])
        for step, took in _steps(history):
            seconds[step] = seconds.get(step, 0.0) + took
    return Counts(events, actions, largest, seconds)


def _actions(history: WorkflowHistory) -> Counter[str]:
    kinds = (event.event_type for event in history.events)
    return Counter(BILLABLE[kind] for kind in kinds if kind in BILLABLE)


def _steps(history: WorkflowHistory) -> Iterator[tuple[str, float]]:
    """Yield each activity with the time from its scheduling to its end."""
    scheduled = {}
    for event in history.events:
        at = event.event_time.ToDatetime()
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            name = event.activity_task_scheduled_event_attributes.activity_type.name
            scheduled[event.event_id] = (name, at)
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
            began = event.activity_task_completed_event_attributes.scheduled_event_id
            name, since = scheduled[began]
            yield name, (at - since).total_seconds()


def _payloads(history: WorkflowHistory) -> Iterator[Payload]:
    for event in history.events:
        yield from _within(event)


def _within(message: Message) -> Iterator[Payload]:
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        for each in _each(field, value):
            if isinstance(each, Payload):
                yield each
            elif isinstance(each, Message):
                yield from _within(each)


def _each(field: object, value: object) -> Iterator[object]:
    if isinstance(value, Message):
        yield value
    elif hasattr(value, "values"):
        yield from value.values()
    elif isinstance(value, Iterable):
        yield from value
