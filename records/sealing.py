"""Sealed submissions: anybody can close one with the public intake key, only we can open it.

The format is libsodium's sealed box in base64, so that intake systems in any language can write it.
"""

import base64
import binascii

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox


class NotSealed(Exception):
    """A text is no box sealed to our intake key; seal the submission with the published key."""


def generate_private_key() -> bytes:
    """Return a new private intake key of 32 bytes."""
    return bytes(PrivateKey.generate())


def public_key_of(private_key: bytes) -> bytes:
    """Return the public key of 32 bytes that intake systems seal with."""
    return bytes(PrivateKey(private_key).public_key)


def seal(public_key: bytes, body: bytes) -> str:
    """Close ``body`` so that only the private key's holder can open it."""
    return base64.b64encode(SealedBox(PublicKey(public_key)).encrypt(body)).decode("ascii")


def unseal(private_key: bytes, text: str) -> bytes:
    """Open what ``seal`` closed. Raises ``NotSealed``."""
    box = SealedBox(PrivateKey(private_key))
    try:
        return box.decrypt(base64.b64decode(text, validate=True))
    except (binascii.Error, CryptoError, ValueError):
        raise NotSealed("the submission is not sealed to our public intake key") from None
