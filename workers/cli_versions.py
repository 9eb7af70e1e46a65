"""`privacy versions`: which release of the workers takes the tasks."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from temporalio.client import Client

from workers.polling import is_polled
from workers.settings import Settings, load_settings
from workers.temporal import versions
from workers.temporal.client import connect

app = typer.Typer(no_args_is_help=True, help="Roll a release of the workers out, and back.")


@app.command("list")
def list_versions() -> None:
    """List the versions that Temporal knows, the newest first."""
    found = asyncio.run(_versions(load_settings()))
    if not found:
        typer.echo("No worker has run as a version yet. See PRIVACY_WORKER_VERSIONING.")
        return
    table = Table("build", "is", "known since")
    for one in found:
        table.add_row(*one)
    Console().print(table)


@app.command()
def current(
    build: Annotated[
        str | None, typer.Argument(help="The build; this installation's when left out.")
    ] = None,
    unversioned: Annotated[
        bool, typer.Option("--unversioned", help="Give the tasks to workers without a version.")
    ] = False,
) -> None:
    """Have one release's workers take every task from now on; open requests go with it."""
    settings = load_settings()
    chosen = versions.UNVERSIONED if unversioned else build or versions.wanted_build(settings)
    asyncio.run(_make_current(settings, chosen))
    whose = f"workers of {chosen}" if chosen else "workers without a version"
    typer.echo(f"Tasks go to {whose} now.")


async def _versions(settings: Settings) -> list[versions.Standing]:
    return await versions.versions(await connect(settings))


async def _make_current(settings: Settings, build: str) -> None:
    client: Client = await connect(settings)
    if not await is_polled(client, settings.task_queue, lambda identity: True):
        typer.echo("No worker polls yet; requests wait until one of that build does.", err=True)
    await versions.make_current(client, build)
