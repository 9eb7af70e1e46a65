"""People by keyed hash: what must be recognised later without being kept in clear."""

from collections.abc import Callable
from enum import StrEnum

from records.keyring import Keyring
from records.model import Record

_NORTH_AMERICAN_DIGITS = 11


class IdentityKind(StrEnum):
    """What a person can be recognised by."""

    EMAIL = "email"
    PHONE = "phone"
    DEVICE = "device"


class Identity(Record):
    """An address or number of a person. Shows neither in ``repr``."""

    kind: IdentityKind
    value: str

    def __repr__(self) -> str:
        """Name the kind only."""
        return f"Identity({self.kind})"

    __str__ = __repr__


def email(value: str) -> Identity:
    """Recognise a person by an e-mail address."""
    return Identity(kind=IdentityKind.EMAIL, value=value)


def phone(value: str) -> Identity:
    """Recognise a person by a telephone number."""
    return Identity(kind=IdentityKind.PHONE, value=value)


def device(value: str) -> Identity:
    """Recognise a browser by the opaque value of its cookie (OPT-10)."""
    return Identity(kind=IdentityKind.DEVICE, value=value)


def normalised(identity: Identity) -> str:
    """Return the one spelling of an identity.

    An address in lower case without blanks around it; a number's digits, without North America's
    leading 1; a browser's value as it is. Raises ``ValueError`` when nothing is left.
    """
    spelling = _SPELLINGS[identity.kind](identity.value)
    if not spelling:
        raise ValueError(f"an empty {identity.kind} identifies nobody; leave it out")
    return spelling


def digest(keyring: Keyring, purpose: str, identity: Identity) -> str:
    """Return an identity's keyed hash under the current key; each purpose has hashes of its own."""
    return digests(keyring, purpose, identity)[0]


def digests(keyring: Keyring, purpose: str, identity: Identity) -> list[str]:
    """Return an identity's keyed hashes under every key, the current one first."""
    return keyring.digests(f"{purpose} {identity.kind}", normalised(identity).encode())


def _digits(number: str) -> str:
    digits = "".join(character for character in number if character in "0123456789")
    if len(digits) == _NORTH_AMERICAN_DIGITS and digits.startswith("1"):
        return digits[1:]
    return digits


_SPELLINGS: dict[IdentityKind, Callable[[str], str]] = {
    IdentityKind.EMAIL: lambda value: value.strip().lower(),
    IdentityKind.PHONE: _digits,
    IdentityKind.DEVICE: str,
}
