"""The converter: forgiving where no type is asked for, exact and silent about values elsewhere."""

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict
from temporalio.api.common.v1 import Payload, WorkflowExecution
from temporalio.common import RawValue

from domain.undecodable import Undecodable, UndecodableReason
from workers.temporal.codec import ENCODING
from workers.temporal.converter import ForgivingPayloadConverter, PayloadMismatch


class Facts(BaseModel):
    """A message of ours."""

    model_config = ConfigDict(extra="forbid")

    count: int
    by_table: dict[str, int] = {}


def payload(encoding: bytes, data: bytes, **metadata: bytes) -> Payload:
    """Build a payload as any client may send it."""
    return Payload(metadata={"encoding": encoding, **metadata}, data=data)


UNREADABLE = [
    (payload(b"json/plain", b"{bad"), UndecodableReason.BAD_JSON),
    (payload(b"json/plain", b""), UndecodableReason.BAD_JSON),
    (payload(b"json/plain", b'"\xff"'), UndecodableReason.BAD_JSON),
    (payload(b"json/plain", b"[" * 100_000), UndecodableReason.BAD_JSON),
    (payload(b"json/plain", b"9" * 100_000), UndecodableReason.BAD_JSON),
    (payload(b"json/protobuf", b"{}"), UndecodableReason.NOT_JSON),
    (
        payload(b"json/protobuf", b"{}", messageType=b"temporal.api.common.v1.WorkflowExecution"),
        UndecodableReason.NOT_JSON,
    ),
    (payload(b"binary/plain", b"abc"), UndecodableReason.NOT_JSON),
    (payload(b"binary/protobuf", b"\xff"), UndecodableReason.NOT_JSON),
    (payload(b"\xff\xfe", b"abc"), UndecodableReason.UNKNOWN_ENCODING),
    (payload(b"alice@example.com", b"abc"), UndecodableReason.UNKNOWN_ENCODING),
    (payload(ENCODING, b"forged"), UndecodableReason.NOT_OURS),
    (Payload(), UndecodableReason.UNKNOWN_ENCODING),
]


@pytest.mark.parametrize("hints", [None, [Any]])
@pytest.mark.parametrize(("sent", "reason"), UNREADABLE)
def test_nothing_unreadable_raises_where_no_type_is_asked_for(
    sent: Payload, reason: UndecodableReason, hints: list[Any] | None
) -> None:
    """Whatever cannot be read becomes a marker with a reason and none of what was sent."""
    [value] = ForgivingPayloadConverter().from_payloads([sent], hints)
    assert isinstance(value, Undecodable)
    assert value.reason is reason
    assert "alice" not in repr(value)


@pytest.mark.parametrize("value", [None, "text", 7, {"reason": "R-1"}, [1, {"a": None}]])
def test_json_comes_through_untyped(value: object) -> None:
    """Every JSON value arrives as it was sent."""
    converter = ForgivingPayloadConverter()
    assert converter.from_payloads(converter.to_payloads([value])) == [value]


def test_typed_values_come_back() -> None:
    """Our own models, raw values and Temporal's messages decode by their types."""
    converter = ForgivingPayloadConverter()
    values = [Facts(count=3), WorkflowExecution(workflow_id="PR-4106-105S")]
    payloads = converter.to_payloads(values)
    assert converter.from_payloads(payloads, [Facts, WorkflowExecution]) == values
    [raw] = converter.from_payloads(payloads[:1], [RawValue])
    assert raw.payload == payloads[0]


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (payload(b"json/plain", b'{"count": "alice"}'), r"count \(int_parsing\)"),
        (
            payload(b"json/plain", b'{"count":1,"by_table":{"Al X":"y"}}'),
            r"by_table\.\? \(int_parsing\)",
        ),
        (payload(b"json/plain", b'{"alice'), r"value \(json_invalid\)"),
        (
            payload(ENCODING, b"alice"),
            "cannot be read. Check that every process has the same codec keys",
        ),
    ],
)
def test_a_mismatch_names_fields_and_no_values(sent: Payload, told: str) -> None:
    """A typed decode that fails raises a plain exception without what was sent, or a cause."""
    with pytest.raises(PayloadMismatch, match=told) as caught:
        ForgivingPayloadConverter().from_payloads([sent], [Facts])
    assert "alice" not in str(caught.value)
    assert caught.value.__context__ is None
