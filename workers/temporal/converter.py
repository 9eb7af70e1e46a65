"""The data converter of every client, worker, replayer and test."""

import json
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from pydantic import ValidationError
from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import DataConverter

from domain.undecodable import Undecodable, UndecodableReason
from domain.vouched import Vouched
from workers.keys import KeySet
from workers.redaction import faults
from workers.temporal import codec
from workers.temporal.codec import EncryptionCodec
from workers.temporal.failures import StaffSafeFailureConverter

_JSON = b"json/plain"
_NULL = b"binary/null"
_NOT_JSON = frozenset({b"binary/plain", b"json/protobuf", b"binary/protobuf"})


class PayloadMismatch(Exception):
    """A payload does not fit the type that code asked for; names fields, never values.

    A plain exception on purpose: the workflow task fails and is retried after a fix, and no
    request ends as Failed because two releases disagree.
    """


class ForgivingPayloadConverter(PydanticPayloadConverter):
    """Pydantic's JSON converter that never raises where no type is asked for.

    Handlers declared ``*payloads: Any`` (or without hints) receive ``Undecodable`` for whatever
    is not JSON, so that nothing that can be sent fails a workflow task. Where a type is asked
    for, a mismatch raises ``PayloadMismatch``.
    """

    def from_payloads(
        self, payloads: Sequence[Payload], type_hints: list[type] | None = None
    ) -> list[Any]:
        """Decode one value per payload."""
        return [self._value(p, hint) for p, hint in zip_longest(payloads, type_hints or [])]

    def _value(self, payload: Payload, hint: Any) -> Any:
        if hint is RawValue:
            return RawValue(payload)
        if hint is None or hint is Any:
            return self._untyped(payload)
        return self._typed(payload, hint)

    def _untyped(self, payload: Payload) -> Any:
        encoding = payload.metadata.get("encoding", b"")
        if encoding == _NULL:
            return None
        if encoding == codec.VOUCHED_JSON:
            return _vouched(payload)
        if encoding != _JSON:
            return _undecodable(encoding)
        try:
            return self.converters[_JSON].from_payload(payload)
        except ValueError:
            return Undecodable(encoding="json/plain", reason=UndecodableReason.BAD_JSON)

    def _typed(self, payload: Payload, hint: Any) -> Any:
        encoding = payload.metadata.get("encoding", b"")
        converter = self.converters.get(encoding)
        if converter is None:
            raise PayloadMismatch(_unreadable(encoding, hint))
        try:
            return converter.from_payload(payload, hint)
        except ValidationError as mismatch:
            problem = f"{_name(hint)}: {faults(mismatch)}. Are all processes of one release?"
        except (ValueError, RuntimeError, TypeError, KeyError) as failed:
            problem = f"{_name(hint)}: {type(failed).__name__} while decoding."
        raise PayloadMismatch(f"A payload does not fit {problem}")


def data_converter(keys: KeySet) -> DataConverter:
    """Return the converter that every client, worker, replayer, codec endpoint and test uses."""
    return DataConverter(
        payload_converter_class=ForgivingPayloadConverter,
        payload_codec=EncryptionCodec(keys),
        failure_converter_class=StaffSafeFailureConverter,
    )


def _vouched(payload: Payload) -> Vouched | Undecodable:
    try:
        return Vouched(**json.loads(payload.data))
    except (ValueError, TypeError):
        return Undecodable(encoding="json/vouched", reason=UndecodableReason.BAD_JSON)


def vouch(converter: DataConverter, workflow_id: str, said: Mapping[str, Any]) -> RawValue | Any:
    """Return a signal's payload that the workflow ``workflow_id`` may believe, and no other."""
    if not isinstance(converter.payload_codec, EncryptionCodec):
        return said
    document = json.dumps(Vouched(workflow_id, said)._asdict()).encode()
    return RawValue(converter.payload_codec.vouch(document))


def _undecodable(encoding: bytes) -> Undecodable:
    if encoding in _NOT_JSON:
        return Undecodable(encoding=encoding.decode(), reason=UndecodableReason.NOT_JSON)
    if encoding in (codec.ENCODING, codec.VOUCHED):
        return Undecodable(encoding=encoding.decode(), reason=UndecodableReason.NOT_OURS)
    return Undecodable(encoding="unknown", reason=UndecodableReason.UNKNOWN_ENCODING)


def _unreadable(encoding: bytes, hint: Any) -> str:
    name = _undecodable(encoding).encoding
    return (
        f"A payload for {_name(hint)} has the encoding {name!r}, which cannot be read. "
        f"Check that every process has the same codec keys and the same release."
    )


def _name(hint: Any) -> str:
    return getattr(hint, "__name__", None) or "the expected type"
