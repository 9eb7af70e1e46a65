"""A ``subject_request_id`` that names its direction: it can be read back from the UUID v4.

OpenDSR has no field for the controller's own reference and its callbacks carry the UUID alone. So
the UUID holds the request's number (35 bits) and a hash over the whole direction id (87 bits): no
table is needed to find the direction, and another provider's UUID does not fit.
"""

import hashlib
import re
import uuid

from domain.ids import ALPHABET, RANDOM_BYTES, direction_stream, request_id, request_of
from providers.protocol import NotOurs

_CANONICAL = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_TAG_BITS = 87
_LOW_BITS = 62
_MIDDLE_BITS = 12


def subject_request_id(direction_id: str) -> str:
    """Return the lower-case UUID v4 of a direction, always the same one."""
    payload = _number(request_of(direction_id)) << _TAG_BITS | _tag(direction_id)
    low = payload & ((1 << _LOW_BITS) - 1)
    middle = payload >> _LOW_BITS & ((1 << _MIDDLE_BITS) - 1)
    high = payload >> (_LOW_BITS + _MIDDLE_BITS)
    return str(uuid.UUID(int=high << 80 | 0x4 << 76 | middle << 64 | 0b10 << 62 | low))


def direction_of(subject: str, provider_id: str) -> str:
    """Return the direction of ``provider_id`` that a UUID names.

    Raises:
        NotOurs: not a canonical UUID v4, not made by us, or another provider's.
    """
    if not _CANONICAL.fullmatch(subject):
        raise NotOurs
    bits = uuid.UUID(subject).int
    payload = bits >> 80 << (_LOW_BITS + _MIDDLE_BITS) | (bits >> 64 & 0xFFF) << _LOW_BITS
    payload |= bits & ((1 << _LOW_BITS) - 1)
    request = request_id((payload >> _TAG_BITS).to_bytes(RANDOM_BYTES, "big"))
    direction_id = direction_stream(request, provider_id)
    if subject_request_id(direction_id) != subject:
        raise NotOurs
    return direction_id


def _number(request: str) -> int:
    number = 0
    for letter in request[3:7] + request[8:11]:
        number = number << 5 | ALPHABET.index(letter)
    return number


def _tag(direction_id: str) -> int:
    digest = hashlib.sha256(b"opendsr subject_request_id\n" + direction_id.encode()).digest()
    return int.from_bytes(digest, "big") >> (len(digest) * 8 - _TAG_BITS)
