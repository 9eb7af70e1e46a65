"""Files that commands write for one person's eyes: tried before the work is done, whole or not."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

import typer


@contextmanager
def private_file(target: Path) -> Iterator[IO[bytes]]:
    """Open what becomes ``target``, readable by us alone, when the context ends well.

    Raises:
        typer.BadParameter: it cannot be written there; it says so before anything was done.
    """
    with _telling(target):
        target = target.resolve()
        if target.exists() and not target.is_file():
            raise FileExistsError(0, "it is no regular file")
        fresh = NamedTemporaryFile(dir=target.parent, prefix=".writing-", delete=False)  # noqa: SIM115
    try:
        with fresh:
            yield fresh
        Path(fresh.name).replace(target)
    except BaseException:
        Path(fresh.name).unlink()
        raise


def writable_folder(folder: Path) -> Path:
    """Return the folder, made where it was missing.

    Raises:
        typer.BadParameter: nothing can be written into it.
    """
    with _telling(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(0, "you may not write into it")
    return folder


def write_private(target: Path, content: bytes) -> None:
    """Write a file that we alone can read. Raises what ``private_file`` raises."""
    with private_file(target) as file:
        file.write(content)


@contextmanager
def _telling(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise typer.BadParameter(
            f"{target} cannot be written: {problem.strerror}. "
            "Nothing was done. Name a place that you can write to."
        ) from None
