"""`privacy post`: letters on paper; print them, post them, enter the day (NOT-07)."""

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from records import outbox
from records.outbox import Letter
from workers import parts
from workers.connecting import connected
from workers.counting import counted
from workers.output_files import writable_folder, write_private
from workers.post_desk import (
    NotAtTheDesk,
    PrintedLetter,
    letter_id,
    posted,
    printed,
    printed_package,
)
from workers.refusing import refusing
from workers.request_argument import request_argument
from workers.settings import Settings, load_settings
from workers.temporal.client import connect

app = typer.Typer(no_args_is_help=True, help="Letters on paper: print them, enter their posting.")


@app.command("list")
def list_letters() -> None:
    """List the letters that wait to be posted, the oldest first."""
    letters = asyncio.run(_waiting(load_settings()))
    if not letters:
        typer.echo("No letter waits to be posted.")
        return
    table = Table("letter", "kind", "written", "waits")
    for letter in letters:
        waits = datetime.now(UTC) - letter.requested_at
        kind = f"{letter.notice} {letter.notice.name.replace('_', ' ').lower()}"
        table.add_row(
            letter_id(letter), kind, f"{letter.requested_at:%Y-%m-%d}", f"{max(0, waits.days)} d"
        )
    Console().print(table)


@app.command("print")
def print_letters(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the PDFs.")],
    letter: Annotated[
        list[str] | None, typer.Argument(help="Letters as the list names them; all that wait.")
    ] = None,
) -> None:
    """Write the letters as PDFs, readable by you alone. They hold personal data: delete them."""
    writable_folder(out)
    with refusing(NotAtTheDesk):
        found = asyncio.run(_printed(load_settings(), tuple(letter or ())))
    files = _written(found, out)
    letters = counted(len(files), "letter")
    typer.echo(f"{letters} in {out}. Post, enter the day (privacy post sent), delete the files.")
    for file in files:
        typer.echo(f"  {file}")


@app.command()
def package(
    request: Annotated[str, request_argument("A request whose consumer wants paper.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for what is to be printed.")],
    by: Annotated[str, typer.Option(help="Your staff id, for example s.lee.")],
) -> None:
    """Write a consumer's package for the envelope. Post it only to an address held before."""
    writable_folder(out)
    with refusing(NotAtTheDesk):
        found = asyncio.run(_package(load_settings(), request, by))
    typer.echo("Compare the postal address with the records first. Print, post, delete:")
    for file in _written(found, out):
        typer.echo(f"  {file}")


@app.command()
def sent(
    letter: Annotated[str, typer.Argument(help="A letter as the list names it.")],
    on: Annotated[str, typer.Option(help="Day of posting, as 2026-11-23.")],
    by: Annotated[str, typer.Option(help="Your staff id, for example s.lee.")],
) -> None:
    """Enter the day on which a letter was posted; that is when it counts as sent."""
    try:
        day = date.fromisoformat(on)
    except ValueError:
        raise typer.BadParameter(f"{on!r} is no day; write it as 2026-11-23.") from None
    with refusing(NotAtTheDesk):
        typer.echo(asyncio.run(_posted(load_settings(), letter, day, by)))


async def _waiting(settings: Settings) -> list[Letter]:
    async with connected(settings, "worker_dsn") as conn:
        return await outbox.to_post(conn)


async def _printed(settings: Settings, named: tuple[str, ...]) -> list[PrintedLetter]:
    async with connected(settings, "worker_dsn") as conn:
        return [each async for each in printed(conn, parts.vault(settings), named)]


async def _package(settings: Settings, request_id: str, by: str) -> list[PrintedLetter]:
    async with connected(settings, "worker_dsn") as conn:
        now = datetime.now(UTC)
        return await printed_package(conn, parts.vault(settings), request_id, by, now)


def _written(letters: list[PrintedLetter], out: Path) -> list[Path]:
    files = [out / letter.name for letter in letters]
    for file, letter in zip(files, letters, strict=True):
        write_private(file, letter.pdf)
    return files


async def _posted(settings: Settings, letter: str, day: date, by: str) -> str:
    return await posted(await connect(settings), letter, day, by)
