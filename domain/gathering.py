"""What is gathered about a person for a package, row by row, before anybody looks it through.

Never-disclosed values are not in it at all (RED-01 to RED-07): they are dropped, or replaced by a
marker, where they are read. What a person may still release is in it, held back.
"""

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from domain.notice_words import WithheldReason
from domain.other_people import Span

Value = Any
"""Text as the system wrote it, or a document of texts; None where the field is empty."""


class Held(NamedTuple):
    """Why a value is not shown until somebody releases it: a type or a collection, and a reason."""

    kind: str
    reason: WithheldReason


@dataclass(frozen=True)
class GatheredRow:
    """One row of a collection. ``n`` counts from 1 in the collection and names the row to staff."""

    n: int
    values: Mapping[str, Value] = field(repr=False)
    never: tuple[str, ...] = ()
    """Types of the values that were left out for good."""
    held: Mapping[str, Held] = field(default_factory=dict)
    """Fields whose values are held back."""
    others: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    """Where texts speak of other people (KNO-08)."""
    files: Mapping[str, int] = field(default_factory=dict)
    """Fields that hold a file, and the file's number in the gathering."""
    held_row: WithheldReason | None = None
    """Why the whole row is held back."""
    leads_on: bool = False
    """Whether a value that leads to another person was left out for good (KNO-08)."""


@dataclass(frozen=True)
class GatheredFile:
    """One attached file: its text, as far as it can be read, and perhaps the file as it is."""

    n: int
    place: str
    row: int
    column: str
    media_type: str
    text: str | None = field(repr=False)
    """What stands in it, never-disclosed values replaced; None if it cannot be read."""
    whole: bool = True
    """Whether the text is all that the file shows."""
    never: tuple[str, ...] = ()
    others: tuple[Span, ...] = ()
    held_row: WithheldReason | None = None
    """Why its row is held back."""
    original_size: int | None = None
    """Bytes of the file as it is, which follow in pieces; None if it may never go out."""


def pack_rows(rows: Iterable[GatheredRow]) -> bytes:
    """Write rows for storage."""
    return _packed([_row_document(row) for row in rows])


def unpack_rows(body: bytes) -> list[GatheredRow]:
    """Read what ``pack_rows`` wrote."""
    return [_row(document) for document in _unpacked(body)]


def pack_file(file: GatheredFile) -> bytes:
    """Write a file's head and text for storage; its bytes are stored after it."""
    return _packed(vars(file))


def unpack_file(body: bytes) -> GatheredFile:
    """Read what ``pack_file`` wrote."""
    document = _unpacked(body)
    rest = {
        "never": tuple(document["never"]),
        "others": _spans(document["others"]),
        "held_row": _reason(document["held_row"]),
    }
    return GatheredFile(**document | rest)


def _packed(document: Any) -> bytes:
    # Lone surrogates, which JSON may bring, are no UTF-8; escaped they come back as they were.
    return zlib.compress(json.dumps(document, separators=(",", ":")).encode())


def _unpacked(body: bytes) -> Any:
    return json.loads(zlib.decompress(body))


def _row_document(row: GatheredRow) -> dict[str, Any]:
    said = {"n": row.n, "values": dict(row.values)}
    rest = {name: value for name, value in vars(row).items() if value and name not in said}
    return said | rest


def _row(document: dict[str, Any]) -> GatheredRow:
    return GatheredRow(
        n=document["n"],
        values=document["values"],
        never=tuple(document.get("never", ())),
        held={name: _held(*why) for name, why in document.get("held", {}).items()},
        others={name: _spans(spans) for name, spans in document.get("others", {}).items()},
        files=document.get("files", {}),
        held_row=_reason(document.get("held_row")),
        leads_on=document.get("leads_on", False),
    )


def _spans(spans: Iterable[Sequence[int]]) -> tuple[Span, ...]:
    return tuple((start, end) for start, end in spans)


def _reason(code: str | None) -> WithheldReason | None:
    return WithheldReason(code) if code else None


def _held(kind: str, reason: str) -> Held:
    return Held(kind, WithheldReason(reason))
