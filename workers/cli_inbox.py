"""`privacy inbox`: messages that no workflow has taken, and those that none can read."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from records import inbox
from records.inbox import Message
from workers.connecting import connected
from workers.engine import TemporalEngine
from workers.settings import Settings, load_settings
from workers.temporal.client import connect

app = typer.Typer(
    no_args_is_help=True, help="Messages of consumers, providers and staff that wait."
)


@app.command("list")
def list_messages() -> None:
    """List what was put aside, with the reason, and what no workflow has taken yet."""
    found = asyncio.run(_waiting(load_settings()))
    if not found:
        typer.echo("Every message was taken.")
        return
    table = Table("row", "for", "kind", "received (UTC)", "stands")
    for one in found:
        stands = f"put aside: {one.parked_reason}" if one.parked_at else "waits for its workflow"
        at = f"{one.received_at:%Y-%m-%d %H:%M}"
        table.add_row(str(one.row_id), one.stream, one.kind.replace("_", " "), at, stands)
    Console().print(table)
    typer.echo("After the cause was mended, mostly by a newer release: privacy inbox retry ROW")


@app.command()
def retry(row: Annotated[int, typer.Argument(help="Number of the row.")]) -> None:
    """Have its workflow read a message once more."""
    said = asyncio.run(_retry(load_settings(), row))
    if said is None:
        typer.echo(f"Nothing was put aside as row {row}; see privacy inbox list.", err=True)
        raise typer.Exit(1)
    typer.echo(said)


async def _waiting(settings: Settings) -> list[Message]:
    async with connected(settings, "worker_dsn") as conn:
        parked = await inbox.parked(conn)
        return [*parked, *await inbox.undelivered(conn, datetime.now(UTC))]


async def _retry(settings: Settings, row: int) -> str | None:
    async with connected(settings, "worker_dsn") as conn:
        message = await inbox.read(conn, row)
        if message is None or not await inbox.unpark(conn, row):
            return None
    engine = TemporalEngine(await connect(settings), settings.task_queue)
    try:
        await engine.deliver(message.stream, row)
    except LookupError:
        return "No workflow runs that would read it; the next sweep sees to it within a minute."
    return f"{message.stream} reads it now; if it cannot, it is put aside again."
