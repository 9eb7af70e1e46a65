"""`privacy versions`: which release of the workers takes the tasks."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from temporalio.client import Client

from workers.polling import builds_polling
from workers.refusing import refusing
from workers.settings import Settings, load_settings
from workers.temporal import versions
from workers.temporal.client import connect

app = typer.Typer(no_args_is_help=True, help="Roll a release of the workers out, and back.")


class NobodyPolls(Exception):
    """No worker of the chosen build asks for tasks, so every request would stand still."""

    def __init__(self, build: str, polling: frozenset[str]) -> None:
        there = ", ".join(sorted(_whose(each) for each in polling)) or "none"
        super().__init__(
            f"Nothing was changed: no {_whose(build)} poll, so every request would stand still. "
            f"Polling now: {there}. Start {_whose(build)} first, or add --unpolled."
        )


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
    unpolled: Annotated[
        bool, typer.Option("--unpolled", help="Even while no worker of it runs; requests wait.")
    ] = False,
) -> None:
    """Have one release's workers take every task from now on; open requests go with it."""
    settings = load_settings()
    chosen = versions.UNVERSIONED if unversioned else build or versions.wanted_build(settings)
    with refusing(NobodyPolls):
        asyncio.run(_make_current(settings, chosen, unpolled=unpolled))
    typer.echo(f"Tasks go to {_whose(chosen)} now.")


def require_polled(build: str, polling: frozenset[str]) -> None:
    """Refuse a build of which no worker polls.

    Raises:
        NobodyPolls: it is not among those ``polling``.
    """
    if build not in polling:
        raise NobodyPolls(build, polling)


def _whose(build: str) -> str:
    return f"workers of {build}" if build else "workers without a version"


async def _versions(settings: Settings) -> list[versions.Standing]:
    return await versions.versions(await connect(settings))


async def _make_current(settings: Settings, build: str, *, unpolled: bool) -> None:
    client: Client = await connect(settings)
    polling = await builds_polling(client, settings.task_queue)
    if not unpolled:
        require_polled(build, polling)
    await versions.make_current(client, build)
