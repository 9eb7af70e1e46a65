"""Signed messages: Base64 of an Ed25519 signature and, behind it, the JSON that it is for.

libsodium's "combined mode" (section 3.07.1). The bytes are verified before anything is parsed.
"""

import base64
import binascii
from hashlib import sha256

from nacl.exceptions import CryptoError
from nacl.signing import VerifyKey

from agents.refusals import Refused

SIGNATURE_BYTES = 64


def decoded(body: bytes) -> bytes:
    """Return the binary buffer of a body: signature and message.

    Raises:
        Refused: it is not Base64, or too short to be signed.
    """
    try:
        buffer = base64.b64decode(b"".join(body.split()), validate=True)
    except (binascii.Error, ValueError):
        buffer = b""
    if len(buffer) <= SIGNATURE_BYTES:
        raise Refused(
            400,
            "The body is not a signed message: send Base64 of the Ed25519 signature (64 bytes) "
            "followed by the JSON that it signs, as text/plain.",
        )
    return buffer


def opened(buffer: bytes, verify_key: bytes) -> bytes:
    """Return the signed bytes behind the signature.

    Raises:
        Refused: the signature does not fit them under that key.
    """
    try:
        return VerifyKey(verify_key).verify(buffer)
    except (CryptoError, ValueError):
        raise Refused(
            403,
            "The signature does not fit the message under the key that the directory has for you. "
            "Sign the exact bytes that you send; after a change of keys, pair again.",
        ) from None


def digest(buffer: bytes) -> str:
    """Return what a message is recognised by when it comes again; its Base64 may vary."""
    return sha256(buffer).hexdigest()
