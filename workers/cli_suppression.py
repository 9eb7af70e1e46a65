"""`privacy suppression`: ask the list of people who must stay deleted, unsold, unmailed."""

import asyncio
import re
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

_ADDRESS = re.compile(r"[^\s@/]+@[^\s@/]+")
_NUMBER = re.compile(r"[-+(.]{0,2}\d[\d\s().-]{4,24}(\s?(x|ext\.?)\s?\d{1,6})?")

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
    known = list(_known(_lines(file))) if file else [(1, _given(identity))]
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


def _given(text: str | None) -> Identity:
    found = _identity(text or typer.prompt("address or number", err=True))
    if found is None:
        raise typer.BadParameter(
            "That is neither an e-mail address nor a telephone number. A file of them is --file."
        )
    return found


def _known(lines: list[tuple[int, str]]) -> Iterator[tuple[int, Identity]]:
    for line, text in lines:
        if found := _identity(text):
            yield line, found
        else:
            typer.echo(f"line {line}: neither an address nor a number; left out", err=True)


def _identity(text: str) -> Identity | None:
    if _ADDRESS.fullmatch(text.strip()):
        return identities.email(text)
    return identities.phone(text) if _NUMBER.fullmatch(text.strip()) else None


async def _listed(settings: Settings, asked: list[Identity]) -> list[frozenset[Scope]]:
    keyring = parts.keyring(settings, "suppression_keys")
    async with connected(settings, "worker_dsn") as conn:
        return await suppression.listed(conn, keyring, asked)
