"""Notes that pass through a browser and that only we can have written; they end by themselves."""

import base64
import binascii
import hmac
from datetime import datetime, timedelta

from gateway.parts import GatewayParts

_SIGNATURE_LENGTH = 64


def stamp(parts: GatewayParts, purpose: str, text: str, life: timedelta) -> str:
    """Return ``text`` so that ``read_stamped`` of the same purpose gives it back until then.

    It is signed, not hidden: ids and codes only.
    """
    until = int((parts.now() + life).timestamp())
    body = base64.urlsafe_b64encode(f"{until} {text}".encode()).rstrip(b"=")
    _, _, signature = parts.hashing.digest(purpose, body).partition(":")
    return f"{body.decode()}.{signature}"


def read_stamped(parts: GatewayParts, purpose: str, stamped: str) -> str | None:
    """Return the text of a note of ours, unless it was changed or its time is over."""
    body, _, signature = stamped.rpartition(".")
    if not _is_ours(parts, purpose, body.encode("utf-8", "replace"), signature):
        return None
    try:
        padded = body + "=" * (-len(body) % 4)
        until, _, text = base64.urlsafe_b64decode(padded).decode().partition(" ")
        ends = datetime.fromtimestamp(int(until), tz=parts.now().tzinfo)
    except (binascii.Error, ValueError, OverflowError):
        return None
    return text if parts.now() < ends else None


def _is_ours(parts: GatewayParts, purpose: str, body: bytes, signature: str) -> bool:
    if len(signature) != _SIGNATURE_LENGTH or not signature.isascii():
        return False
    known = (one.partition(":")[2] for one in parts.hashing.digests(purpose, body))
    return any(hmac.compare_digest(signature, one) for one in known)
