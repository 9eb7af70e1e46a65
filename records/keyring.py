"""Keys that rotate: each has an id, one is current, the others still open what they closed."""

import hmac
import os
from collections.abc import Mapping
from hashlib import sha256
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.chain import canonical

KEY_BYTES = 32
NONCE_BYTES = 12


class UnknownKey(Exception):
    """Something was closed under a key that this keyring does not hold."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"no key has the id {key_id!r}; give the process that key as well")
        self.key_id = key_id


class Tampered(Exception):
    """A ciphertext does not open: its bytes, its place or its key were changed."""


class Wrapped(NamedTuple):
    """A data key under a wrapping key."""

    key_id: str
    body: bytes


class Keyring:
    """Keys of 32 bytes by id, which wrap data keys too. Says nothing of them in ``repr``."""

    def __init__(self, current: str, keys: Mapping[str, bytes]) -> None:
        """Raises ``ValueError`` when a key has another length or ``current`` names none."""
        if current not in keys:
            raise ValueError(f"the current key {current!r} is not among the keys; add it")
        for key_id, key in keys.items():
            if len(key) != KEY_BYTES or ":" in key_id:
                raise ValueError(f"key {key_id!r} must be {KEY_BYTES} bytes, its id without ':'")
        self.current = current
        self._keys = dict(keys)

    def __repr__(self) -> str:
        """Name the keys, never show them."""
        return f"Keyring(current={self.current!r}, ids={sorted(self._keys)!r})"

    def key(self, key_id: str) -> bytes:
        """Return a key. Raises ``UnknownKey``."""
        try:
            return self._keys[key_id]
        except KeyError:
            raise UnknownKey(key_id) from None

    async def newest(self) -> str:
        """Return the id of the key under which ``wrap`` wraps."""
        return self.current

    def holds(self, key_id: str) -> bool:
        """Tell whether a key is here."""
        return key_id in self._keys

    async def wrap(self, key: bytes, owner: str) -> Wrapped:
        """Wrap a data key under the current key, bound to its owner."""
        closed = encrypt(self._keys[self.current], key, _wrapping_place(owner, self.current))
        return Wrapped(self.current, closed)

    async def unwrap(self, wrapped: Wrapped, owner: str) -> bytes:
        """Return a data key of ``owner``. Raises ``UnknownKey``, ``Tampered``."""
        place = _wrapping_place(owner, wrapped.key_id)
        return decrypt(self.key(wrapped.key_id), wrapped.body, place)

    def digest(self, purpose: str, message: bytes) -> str:
        """Return the keyed hash of ``message`` under the current key, as ``key id:hex``."""
        return self._digest(self.current, purpose, message)

    def digests(self, purpose: str, message: bytes) -> list[str]:
        """Return the keyed hashes of ``message`` under every key, the current one first."""
        others = sorted(self._keys.keys() - {self.current})
        return [self._digest(key_id, purpose, message) for key_id in (self.current, *others)]

    def _digest(self, key_id: str, purpose: str, message: bytes) -> str:
        bound = purpose.encode() + b"\n" + message
        return f"{key_id}:{hmac.new(self._keys[key_id], bound, sha256).hexdigest()}"


def encrypt(key: bytes, body: bytes, place: bytes) -> bytes:
    """Close ``body`` with AES-256-GCM, bound to ``place``: nonce, then ciphertext and tag."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, body, place)


def decrypt(key: bytes, sealed: bytes, place: bytes) -> bytes:
    """Open what ``encrypt`` closed for the same ``place``. Raises ``Tampered``."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place)
    except (InvalidTag, ValueError):
        raise Tampered("a ciphertext does not open; restore the row from a backup") from None


def _wrapping_place(owner: str, key_id: str) -> bytes:
    return canonical({"data_key_of": owner, "key_id": key_id})
