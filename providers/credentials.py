"""Secrets by reference: ``env:NAME`` or ``file:PATH``; the value only at the moment of use."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

_REFERENCE = re.compile(r"(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)")


class SecretMissing(Exception):
    """A referenced secret cannot be read. The text names the reference, never a value."""


def _checked(text: str) -> str:
    if not _REFERENCE.fullmatch(text):
        raise ValueError("write env:NAME or file:PATH here; a secret's value never stands in YAML")
    return text


SecretReference = Annotated[str, AfterValidator(_checked)]
"""Where a secret is found: ``env:NAME`` or ``file:PATH``."""


class Credentials:
    """Reads secrets by reference, each time anew, so that a rotated file counts at once."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = os.environ if environment is None else environment

    def read(self, reference: str) -> str:
        """Return the secret that ``reference`` points to, without surrounding white space.

        Raises:
            SecretMissing: the variable is not set, the file cannot be read, or it is empty.
        """
        scheme, _, place = reference.partition(":")
        value = self._variable(place) if scheme == "env" else _file(place)
        if not value.strip():
            raise SecretMissing(f"{reference} is empty; put the provider's secret there")
        return value.strip()

    def _variable(self, name: str) -> str:
        if name not in self._environment:
            raise SecretMissing(f"env:{name} is not set; set it to the provider's secret")
        return self._environment[name]


def _file(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SecretMissing(
            f"file:{path} cannot be read ({type(error).__name__}); check that it exists, "
            "is text and may be read by this process"
        ) from None
