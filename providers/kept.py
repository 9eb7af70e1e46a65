"""How a provider's word is kept in the vault: its exact bytes, and how they were verified."""

import base64
import json
from typing import Any, NamedTuple

from domain.chain import canonical
from providers.protocol import Evidence

_TEXT = "body"
_BYTES = "body_base64"


class Kept(NamedTuple):
    """A raw body with what verified it; a pressed button has no signature."""

    raw_body: bytes
    evidence: Evidence | None


def keep(raw_body: bytes, evidence: Evidence | None) -> bytes:
    """Return the document for the vault; ``opened`` gives the bytes back exactly."""
    verified = evidence.model_dump(mode="json") if evidence else {}
    return canonical({**_written(raw_body), **verified})


def opened(document: bytes) -> Kept:
    """Read a kept word."""
    known: dict[str, Any] = json.loads(document)
    text = known.pop(_TEXT, None)
    raw = base64.b64decode(known.pop(_BYTES)) if text is None else text.encode()
    return Kept(raw, Evidence.model_validate(known) if known else None)


def _written(raw_body: bytes) -> dict[str, str]:
    try:
        return {_TEXT: raw_body.decode()}
    except UnicodeDecodeError:
        return {_BYTES: base64.b64encode(raw_body).decode("ascii")}
