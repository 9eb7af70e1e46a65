"""Secrets of the embedded stack: made once, kept in files that only their owner reads."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

SECRET_BYTES = 24


def password() -> str:
    """Return a new random password."""
    return secrets.token_urlsafe(SECRET_BYTES)


class SecretFiles:
    """A folder (0700) of secrets, one file (0600) each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def has(self, name: str) -> bool:
        """Tell whether a secret has been made."""
        return (self.folder / name).exists()

    def file(self, name: str, make: Callable[[], str] = password) -> Path:
        """Return the file of a secret, calling `make` for its content when there is none yet."""
        if not self.has(name):
            self.write(name, make())
        return self.folder / name

    def text(self, name: str, make: Callable[[], str] = password) -> str:
        """Return a secret, calling `make` for it when there is none yet."""
        return self.file(name, make).read_text(encoding="utf-8")

    def write(self, name: str, content: str) -> Path:
        """Store a secret under `name`, replacing what stood there, and return its file."""
        path = self.folder / name
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
        return fresh.rename(path)

    def __repr__(self) -> str:
        return f"SecretFiles({str(self.folder)!r})"
