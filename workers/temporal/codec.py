"""Encryption of every payload that Temporal stores: AES-256-GCM, several keys, rotation.

Staff who are signed in can have any payload encrypted, by the codec endpoint. What our own
processes vouch for is sealed in another way, which no endpoint offers.
"""

import hashlib
import hmac
import os
import re
from collections.abc import Sequence
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

from workers.keys import KeySet

ENCODING = b"binary/privacy-aes-256-gcm"
"""Encoding of our own payloads. Not the samples' ``binary/encrypted``, which anybody may send."""

VOUCHED = b"binary/privacy-vouched"
"""Encoding of payloads that one of our processes vouches for."""

VOUCHED_JSON = b"json/vouched"
"""What such a payload is once it is opened, and nothing else ever is."""

NONCE_BYTES = 12
TAG_BYTES = 16

_KEY_ID = re.compile(r"[A-Za-z0-9_.-]{1,32}")
_CHECK_BYTES = 8


class CodecKeysInvalid(Exception):
    """A codec key cannot be used; says which and why, never the key."""


class CodecKeyMissing(Exception):
    """A payload needs a key that this process does not hold, or holds with other bytes.

    Not a refusal of the payload: the task fails and is retried until a worker has the key.
    """


class CodecKey(NamedTuple):
    """One key, its id, and a check value that tells two keys of the same id apart."""

    id: str
    check: bytes
    cipher: AESGCM

    @classmethod
    def of(cls, key_id: str, secret: bytes) -> "CodecKey":
        """Prepare a key of 32 bytes; raise ``CodecKeysInvalid`` when its id cannot be written."""
        if not _KEY_ID.fullmatch(key_id):
            raise CodecKeysInvalid(
                f"The id of the codec key {key_id!r} does not fit into a payload. "
                f"Use up to 32 letters, digits, '_', '.' or '-'."
            )
        check = hmac.digest(secret, b"privacy payload codec: key check", hashlib.sha256)
        return cls(key_id, check[:_CHECK_BYTES], AESGCM(secret))


class CodecKeys:
    """The keys of the payload codec; the first encrypts, all decrypt."""

    def __init__(self, keys: KeySet) -> None:
        self._by_id = {name: CodecKey.of(name, secret) for name, secret in keys.by_id().items()}
        self.current = self._by_id[keys.current]

    def find(self, key_id: str, check: bytes) -> CodecKey:
        """Return the key that a payload was encrypted with, or raise ``CodecKeyMissing``."""
        key = self._by_id.get(key_id)
        if key is None:
            raise CodecKeyMissing(
                f"A payload in Temporal is encrypted with the codec key {key_id!r}, which this "
                f"process does not hold. Add it to the codec keys, after the current one, and "
                f"restart; the task waits until then."
            )
        if not hmac.compare_digest(key.check, check):
            raise CodecKeyMissing(
                f"A payload in Temporal is encrypted with another codec key under the id "
                f"{key_id!r} than this process holds. Give every process the same key for that "
                f"id and restart; the task waits until then."
            )
        return key

    def __repr__(self) -> str:
        return f"CodecKeys({', '.join(self._by_id)})"


class EncryptionCodec(PayloadCodec):
    """Encrypts payloads whole, metadata included; other encodings pass through when decoding.

    A payload that claims our encoding but was not made with a key that we hold proven right
    passes through too: no worker will ever read it, so the converter marks it and the handler
    refuses it, while a missing key (``CodecKeyMissing``) is waited for.
    """

    def __init__(self, keys: KeySet) -> None:
        self._keys = CodecKeys(keys)

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Encrypt each payload with the current key; what is vouched for is sealed already."""
        return [
            payload if _encoding(payload) == VOUCHED else _seal(payload, self._keys.current)
            for payload in payloads
        ]

    def vouch(self, document: bytes) -> Payload:
        """Seal a JSON document as one that only our own processes can have made."""
        opened = Payload(metadata={"encoding": VOUCHED_JSON}, data=document)
        return _seal(opened, self._keys.current, VOUCHED)

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Decrypt each payload of ours; raise ``CodecKeyMissing`` when its key is not here."""
        return [self._open(payload) for payload in payloads]

    def _open(self, payload: Payload) -> Payload:
        opened = self._decrypted(payload)
        if _encoding(opened) == VOUCHED_JSON and _encoding(payload) != VOUCHED:
            return Payload(metadata={"encoding": VOUCHED})
        return opened

    def _decrypted(self, payload: Payload) -> Payload:
        encoding = _encoding(payload)
        if encoding not in (ENCODING, VOUCHED) or not _is_well_formed(payload):
            return payload
        key = self._keys.find(payload.metadata["key-id"].decode(), payload.metadata["key-check"])
        nonce, sealed = payload.data[:NONCE_BYTES], payload.data[NONCE_BYTES:]
        try:
            plain = key.cipher.decrypt(nonce, sealed, _associated_data(key, encoding))
        except InvalidTag:
            return payload
        return Payload.FromString(plain)


def _encoding(payload: Payload) -> bytes:
    return payload.metadata.get("encoding", b"")


def _seal(payload: Payload, key: CodecKey, encoding: bytes = ENCODING) -> Payload:
    nonce = os.urandom(NONCE_BYTES)
    sealed = key.cipher.encrypt(nonce, payload.SerializeToString(), _associated_data(key, encoding))
    metadata = {"encoding": encoding, "key-id": key.id.encode(), "key-check": key.check}
    return Payload(metadata=metadata, data=nonce + sealed)


def _associated_data(key: CodecKey, encoding: bytes) -> bytes:
    """Bind a payload to its key and to its encoding: one kind never opens as the other."""
    return b"\n".join((encoding, key.id.encode(), key.check))


def _is_well_formed(payload: Payload) -> bool:
    """Tell whether the envelope can be one of ours at all."""
    key_id = payload.metadata.get("key-id", b"").decode("ascii", "replace")
    return (
        _KEY_ID.fullmatch(key_id) is not None
        and len(payload.metadata.get("key-check", b"")) == _CHECK_BYTES
        and len(payload.data) >= NONCE_BYTES + TAG_BYTES
    )
