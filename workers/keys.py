"""Keys as an operator writes them in settings: `id:base64,id:base64`, the current one first."""

import base64
import binascii
import hashlib
import secrets
from typing import Self

from pydantic import BaseModel, ConfigDict, SecretBytes

KEY_BYTES = 32
INTAKE_CLIENT = "web-form"
"""Name of the intake client that a fresh installation knows."""


class KeySet(BaseModel):
    """Named 256-bit keys. New data is encrypted under `current`; the others still decrypt."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    current: str
    secrets: dict[str, SecretBytes]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `id:base64,…`.

        Raises:
            ValueError: an entry has no id, a repeated id or not 32 bytes; it never quotes the key.
        """
        entries = [entry.strip() for entry in text.split(",") if entry.strip()]
        if not entries:
            raise ValueError("holds no key; write id:base64 of 32 random bytes")
        named = [_named_key(entry, number) for number, entry in enumerate(entries, 1)]
        if len(dict(named)) != len(named):
            raise ValueError("uses one key id twice; give every key an id of its own")
        return cls(current=named[0][0], secrets={n: SecretBytes(k) for n, k in named})

    def by_id(self) -> dict[str, bytes]:
        """Return the raw keys by their ids."""
        return {name: key.get_secret_value() for name, key in self.secrets.items()}


def _named_key(entry: str, number: int) -> tuple[str, bytes]:
    name, colon, text = entry.partition(":")
    if not (name and colon):
        raise ValueError(f"key {number} has no id; write id:base64 of 32 random bytes")
    return name, parse_key(text, f"key {name!r}")


def parse_key(text: str, what: str = "the key") -> bytes:
    """Read one base64 key of 32 bytes; raises ValueError that names it and never quotes it."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        raise ValueError(f"{what} is not base64; encode 32 random bytes") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"{what} has {len(key)} bytes instead of {KEY_BYTES}")
    return key


def new_key() -> str:
    """Return a new random key in base64."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def new_key_set() -> str:
    """Return a key set with one new key, as a setting holds it."""
    return f"k{secrets.token_hex(4)}:{new_key()}"


def api_key_hash(api_key: str) -> str:
    """Return the SHA-256 (hex) of an intake client's API key, the only form that we keep."""
    return hashlib.sha256(api_key.encode()).hexdigest()


def parse_clients(text: str) -> dict[str, str]:
    """Read `client:sha256hex,…`; raises ValueError naming the client, never its key."""
    clients: dict[str, str] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        client, _, digest = entry.partition(":")
        if not client or len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
            raise ValueError(f"client {client!r} needs the SHA-256 of its API key in hex")
        clients[client] = digest
    return clients
