"""Telling people at a command line that something cannot be done, without a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer


@contextmanager
def refusing(*kinds: type[Exception]) -> Iterator[None]:
    """Print the sentence of a refusal and end the command with 1."""
    try:
        yield
    except kinds as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(1) from None
