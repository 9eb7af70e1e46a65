"""The hash chain of a stream: canonical bytes of an event, each hash over the one before."""

import hashlib
from collections.abc import Mapping
from typing import Any

import rfc8785

GENESIS = "0" * 64
"""The head hash of a stream without events."""


def canonical(document: Mapping[str, Any]) -> bytes:
    """Return the RFC 8785 bytes of a JSON document, the exact bytes that are hashed and stored."""
    return rfc8785.dumps(dict(document))


def link(previous_hash: str, body: bytes) -> str:
    """Return the hex SHA-256 that ties ``body`` to the chain whose head is ``previous_hash``."""
    return hashlib.sha256(previous_hash.encode("ascii") + b"\n" + body).hexdigest()
