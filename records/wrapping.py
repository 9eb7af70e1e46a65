"""What wraps data keys: the process's own keys, or a key service that never shows its keys."""

from collections.abc import Sequence
from typing import Protocol

from records.keyring import UnknownKey, Wrapped


class KeyServiceAway(ConnectionError):
    """The key service gives no answer, or does not let us in; worth another try."""


class WrappingKeys(Protocol):
    """Keys that wrap data keys. ``owner`` names what a data key is for, and is bound to it."""

    async def newest(self) -> str:
        """Return the id of the key under which ``wrap`` wraps."""

    def holds(self, key_id: str) -> bool:
        """Tell whether a key is one of these."""

    async def wrap(self, key: bytes, owner: str) -> Wrapped:
        """Wrap a data key under the newest key."""

    async def unwrap(self, wrapped: Wrapped, owner: str) -> bytes:
        """Return a data key.

        Raises:
            UnknownKey: its wrapping key is not held.
            Tampered: it does not open, or was wrapped for another owner.
        """


class Succession:
    """Several homes of keys: the first wraps, all unwrap. So keys move without downtime."""

    def __init__(self, homes: Sequence[WrappingKeys]) -> None:
        self._homes = tuple(homes)

    async def newest(self) -> str:
        """Return the id of the first home's newest key."""
        return await self._homes[0].newest()

    def holds(self, key_id: str) -> bool:
        """Tell whether one of the homes has a key."""
        return any(home.holds(key_id) for home in self._homes)

    async def wrap(self, key: bytes, owner: str) -> Wrapped:
        """Wrap a data key at the first home."""
        return await self._homes[0].wrap(key, owner)

    async def unwrap(self, wrapped: Wrapped, owner: str) -> bytes:
        """Return a data key from the home of its wrapping key; raises as the protocol says."""
        for home in self._homes:
            if home.holds(wrapped.key_id):
                return await home.unwrap(wrapped, owner)
        raise UnknownKey(wrapped.key_id)
