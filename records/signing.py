"""The signature of this installation: Ed25519, over checkpoints and manifests of evidence."""

from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


class Signer:
    """Signs with one private key. Says nothing of it in ``repr``."""

    def __init__(self, seed: bytes) -> None:
        """Take the key from its 32 bytes."""
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key = self._key.public_key().public_bytes_raw()

    def __repr__(self) -> str:
        """Name the public half only."""
        return f"Signer({fingerprint(self.public_key)})"

    def sign(self, purpose: str, body: bytes) -> bytes:
        """Return the signature over ``body``, good for this purpose alone."""
        return self._key.sign(_bound(purpose, body))


def is_signed(public_key: bytes, signature: bytes, purpose: str, body: bytes) -> bool:
    """Tell whether ``signature`` is that key's over this body, for this purpose."""
    try:
        key = Ed25519PublicKey.from_public_bytes(public_key)
        key.verify(signature, _bound(purpose, body))
    except (InvalidSignature, ValueError):
        return False
    return True


def fingerprint(public_key: bytes) -> str:
    """Return what people compare: the SHA-256 of the public key, in groups of four."""
    digest = sha256(public_key).hexdigest()
    return " ".join(digest[start : start + 4] for start in range(0, len(digest), 4))


def _bound(purpose: str, body: bytes) -> bytes:
    return purpose.encode() + b"\n" + body
