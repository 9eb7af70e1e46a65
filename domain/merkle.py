"""One hash over many leaves, and short proofs that a leaf is among them (as in RFC 6962)."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Literal, NamedTuple

EMPTY_ROOT = sha256(b"").hexdigest()
"""The root over no leaf at all."""


class Sibling(NamedTuple):
    """The hash beside the path from a leaf to the root, and on which side it stands."""

    side: Literal["left", "right"]
    hash: str


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf; it cannot be taken for that of a pair."""
    return sha256(b"\x00" + leaf).digest()


def root(leaves: Sequence[bytes]) -> str:
    """Return the hex root over ``leaves`` in their order."""
    level = [leaf_hash(leaf) for leaf in leaves]
    if not level:
        return EMPTY_ROOT
    while len(level) > 1:
        level = _next_level(level)
    return level[0].hex()


def proof(leaves: Sequence[bytes], place: int) -> tuple[Sibling, ...]:
    """Return the siblings from the leaf at ``place`` up to the root."""
    level = [leaf_hash(leaf) for leaf in leaves]
    siblings = []
    while len(level) > 1:
        beside = place ^ 1
        if beside < len(level):
            siblings.append(Sibling("left" if beside < place else "right", level[beside].hex()))
        level, place = _next_level(level), place // 2
    return tuple(siblings)


def _next_level(level: list[bytes]) -> list[bytes]:
    paired = [_pair(*level[at : at + 2]) for at in range(0, len(level) - 1, 2)]
    return paired + level[len(paired) * 2 :]


def _pair(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()
