"""Everything that can be typed into a form or sent by a program and is no sensible input."""

from collections.abc import Mapping
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.client import WorkflowHistory
from temporalio.common import RawValue

CANARY = "canary-4711"


def raw(encoding: bytes, data: bytes) -> RawValue:
    """Build a payload as any client may send it."""
    return RawValue(Payload(metadata={"encoding": encoding}, data=data))


def hostile(good: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return inputs that look like ``good`` and are not, each by a name."""
    sent = dict(good)
    return {
        "none": [],
        "two": [sent, sent],
        "null": [None],
        "string": [CANARY],
        "number": [4711],
        "list": [[sent]],
        "empty object": [{}],
        "surplus field": [sent | {CANARY: CANARY}],
        "wrong types": [{name: {CANARY: CANARY} for name in sent}],
        "null fields": [dict.fromkeys(sent)],
        "an address for an id": [sent | {"decided_by": f"{CANARY}@example.com"}],
        "markup for an id": [sent | {"decided_by": f"<script>{CANARY}</script>"}],
        "long": [sent | {"decided_by": "x" * 5_000}],
        "broken JSON": [raw(b"json/plain", b'{"decided_by": ')],
        "empty": [raw(b"json/plain", b"")],
        "deep": [raw(b"json/plain", b"[" * 50_000)],
        "protobuf": [raw(b"json/protobuf", b"{}")],
        "binary": [raw(b"binary/plain", b"\x00\xff")],
        "unknown encoding": [raw(b"x/y", b"abc")],
        "claimed encryption": [raw(b"binary/privacy-aes-256-gcm", b"abc")],
        "no encoding": [RawValue(Payload(data=b"abc"))],
    }


MESSAGES: dict[str, list[Any]] = {
    "none": [],
    "two": [{"row": 1}, {"row": 2}],
    "null": [None],
    "string": [CANARY],
    "list": [[1]],
    "no row": [{CANARY: 1}],
    "text for a row": [{"row": "1"}],
    "truth for a row": [{"row": True}],
    "fraction": [{"row": 1.5}],
    "zero": [{"row": 0}],
    "negative": [{"row": -1}],
    "unknown row": [{"row": 2**62}],
    "row beyond any database": [{"row": 2**63}],
    "row beyond any number": [{"row": 10**400}],
    "list for a row": [{"row": [1]}],
    "broken JSON": [raw(b"json/plain", b'{"row": ')],
    "binary": [raw(b"binary/plain", b"\x00\xff")],
}
"""What is no message of the gateway."""

REPORTS: dict[str, list[Any]] = {
    "none": [],
    "string": [CANARY],
    "unknown provider": [{"provider": CANARY}],
    "list for a provider": [{"provider": [CANARY]}],
    "number for a provider": [{"provider": 7}],
    "null provider": [{"provider": None}],
    "broken JSON": [raw(b"json/plain", b"{")],
}
"""What is no report of a provider's workflow."""


def failed_tasks(history: WorkflowHistory) -> int:
    """Count the workflow tasks that code failed; the server repeats some for reasons of its own."""
    unhandled = WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND
    return sum(
        event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT
        or (
            event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
            and event.workflow_task_failed_event_attributes.cause != unhandled
        )
        for event in history.events
    )
