"""`privacy up` and `privacy down`: the embedded stack on this machine."""

import asyncio
import json
import os
import signal
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from samples.business.people import ANA_RUIZ
from workers.cli_views import OPEN_REQUESTS
from workers.settings import Settings, variable
from workers.stack.configuration import DEFAULT_PORTS
from workers.stack.display import Display
from workers.stack.folder import VAR, stacks
from workers.stack.pids import PidBook, end_supervisor
from workers.stack.removal import remove
from workers.stack.supervisor import EmbeddedStack

app = typer.Typer()

TAKEN = tuple(map(variable, ("metrics_port", "sdk_metrics_port")))
"""Variables that are a stack's as well as any installation's: ports that are off until set."""


@app.command()
def up(
    port: Annotated[
        list[str] | None,
        typer.Option(
            help=f"NAME=NUMBER, first choice for a port; names: {', '.join(DEFAULT_PORTS)}."
        ),
    ] = None,
    name: Annotated[
        str, typer.Option(help="Name of the stack; its data stand in var/NAME.")
    ] = "up",
) -> None:
    """Start the embedded stack on this machine and stay until Ctrl-C."""
    ports = DEFAULT_PORTS | dict(_port(text) for text in port or [])
    code = asyncio.run(_until_told(_stay(VAR / name, ports)))
    raise typer.Exit(code)


def _port(text: str) -> tuple[str, int]:
    name, _, number = text.partition("=")
    if name not in DEFAULT_PORTS or not number.isdecimal() or not 0 < int(number) < 65536:
        known = ", ".join(DEFAULT_PORTS)
        raise typer.BadParameter(f"{text!r}: write NAME=NUMBER, NAME being one of {known}.")
    return name, int(number)


async def _until_told(work: Coroutine[Any, Any, None]) -> int:
    """Run until the work fails or a signal cancels it; return the exit code."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, _end, task)
    try:
        await task
    except asyncio.CancelledError:
        return 0
    return 0


def _end(task: asyncio.Task[None]) -> None:
    # The second signal finds the task ending already; the children end with us.
    if task.cancelling():
        os._exit(130)
    task.cancel()


async def _stay(folder: Path, ports: dict[str, int]) -> None:
    console = Console()
    async with EmbeddedStack(
        folder, ports=ports, variables=wanted(os.environ), announce=Display(console).show
    ) as stack:
        console.print(greeting(stack), highlight=False, markup=False, soft_wrap=True)
        await stack.watch()


def wanted(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what a stack takes from the variables around it; all others are its own."""
    return {name: environment[name] for name in TAKEN if environment.get(name)}


def greeting(stack: EmbeddedStack) -> str:
    """Return what a person needs to use a stack that is up."""
    places, settings = stack.addresses, stack.settings()
    namespace = settings.temporal_namespace
    return f"""
The stack is up. Ctrl-C stops it; the next start continues with the same data.

  Temporal Web UI   {OPEN_REQUESTS.link(places.web_ui, namespace)}
  Staff pages       {places.gateway}/staff, by a link from: .venv/bin/privacy sign-in s.lee
  Gateway's API     {places.gateway}/docs
  Inbox             {places.inbox}
  Mail to us        {settings.mail_from}, by SMTP at port {settings.mail_in_port}
  Logs              {_short(stack.folder.logs)}{_figures(settings)}

File a request:

{_curl(stack)}
"""


def _figures(settings: Settings) -> str:
    if settings.metrics_port is None:
        return ""
    place = f"http://{settings.metrics_host}:{settings.metrics_port}"
    return f"\n  Figures           {place}/metrics; {place}/health/ready"


def _curl(stack: EmbeddedStack) -> str:
    body = json.dumps(
        {
            "request_types": ["delete"],
            "consumer": {"name": ANA_RUIZ.name, "email": ANA_RUIZ.email},
            "residency": "CA",
            "points": {
                "phone": ANA_RUIZ.phone,
                "postal_address": ANA_RUIZ.postal_address,
                "customer_number": ANA_RUIZ.customer_number,
            },
        }
    )
    return f"""  curl -sS {stack.addresses.gateway}/v1/requests \\
    -H "X-API-Key: $(cat {_short(stack.intake_key_file)})" \\
    -H "Idempotency-Key: $(date +%s)" \\
    -H "Content-Type: application/json" \\
    -d '{body}'"""


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


@app.command()
def down(
    data: Annotated[bool, typer.Option("--data", help="Remove their data as well.")] = False,
) -> None:
    """Stop the embedded stacks of this project, wherever they were started."""
    for folder in stacks():
        book = PidBook(folder.pids)
        if end_supervisor(book) or book.end_leftovers():
            typer.echo(f"Stopped the stack in {folder.root}.")
        if data:
            remove(folder)
