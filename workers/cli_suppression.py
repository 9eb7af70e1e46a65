"""`privacy suppression`: ask the list of people who must stay deleted, unsold, unmailed."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from records import identities, suppression
from records.identities import Identity
from records.suppression import Scope
from workers import parts
from workers.connecting import connected
from workers.settings import Settings, load_settings

app = typer.Typer(no_args_is_help=True, help="Who must stay deleted, unsold, unmailed.")


@app.command()
def check(
    identity: Annotated[
        str | None,
        typer.Argument(help="An e-mail address or telephone number; asked for when left out."),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(help="A file with one address or number a line; - reads standard input."),
    ] = None,
) -> None:
    """Say which are on the list, and for what; ends with 1 if any is.

    Lines of a file are told by number, so that the answer holds nobody's address (DEL-13).
    """
    asked = _lines(file) if file else [(1, identity or typer.prompt("address or number", err=True))]
    known = [(line, found) for line, text in asked if (found := _identity(line, text))]
    answers = asyncio.run(_listed(load_settings(), [found for _, found in known]))
    on_list = [(line, scopes) for (line, _), scopes in zip(known, answers, strict=True) if scopes]
    for line, scopes in on_list:
        typer.echo(f"line {line}: {', '.join(sorted(scopes))}")
    typer.echo(f"{len(on_list)} of {len(known)} on the list.")
    if on_list:
        raise typer.Exit(1)


def _lines(file: Path) -> list[tuple[int, str]]:
    return [(n, text) for n, text in enumerate(_read(file), start=1) if text.strip()]


def _read(file: Path) -> Iterator[str]:
    if str(file) == "-":
        yield from sys.stdin
        return
    try:
        yield from file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise typer.BadParameter(f"{file} cannot be read as a text file") from None


def _identity(line: int, text: str) -> Identity | None:
    found = identities.email(text) if "@" in text else identities.phone(text)
    try:
        identities.normalised(found)
    except ValueError:
        typer.echo(f"line {line}: neither an address nor a number; left out", err=True)
        return None
    return found


async def _listed(settings: Settings, asked: list[Identity]) -> list[frozenset[Scope]]:
    keyring = parts.keyring(settings, "suppression_keys")
    async with connected(settings, "worker_dsn") as conn:
        return await suppression.listed(conn, keyring, asked)
