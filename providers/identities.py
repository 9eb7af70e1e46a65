"""An identifier as a provider wants it written: raw, or a hash of its normalised form."""

import hashlib
import re

from domain.vocabulary import PointOfIdentity
from providers.channels import IdentityFormat

_NOT_A_DIGIT = re.compile(r"\D")


def written(kind: PointOfIdentity, value: str, form: IdentityFormat) -> str:
    """Return ``value`` in the wanted form. Raw values go out as they are, hashes normalised.

    Normalised: e-mail trimmed and in lower case, a phone number's digits, anything else trimmed.
    """
    if form is IdentityFormat.RAW:
        return value
    normalised = _normalised(kind, value).encode()
    return hashlib.new(form.value, normalised, usedforsecurity=False).hexdigest()


def _normalised(kind: PointOfIdentity, value: str) -> str:
    if kind is PointOfIdentity.EMAIL:
        return value.strip().lower()
    if kind is PointOfIdentity.PHONE:
        return _NOT_A_DIGIT.sub("", value)
    return value.strip()
