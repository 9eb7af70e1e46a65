"""`privacy health`: whether the process in this container does its work; for health checks."""

import asyncio
import socket
from datetime import timedelta
from typing import Annotated, Literal

import httpx
import typer
from temporalio.service import RPCError

from workers.greeting import mail_intake_answers
from workers.polling import is_polled
from workers.settings import Settings, load_settings
from workers.temporal.client import connect

app = typer.Typer()


@app.command()
def health(
    process: Annotated[
        Literal["worker", "gateway", "mail-intake"], typer.Argument(help="Which process to ask.")
    ],
) -> None:
    """End with 0 when the process of that name on this host does its work, else with 1."""
    settings = load_settings()
    match process:
        case "worker":
            well = asyncio.run(_polls(settings))
        case "gateway":
            well = _answers(settings)
        case "mail-intake":
            well = _takes_mail(settings)
    typer.echo("ready" if well else "not ready")
    raise typer.Exit(0 if well else 1)


async def _polls(settings: Settings) -> bool:
    client = await connect(settings, patience=timedelta())
    # A worker is known to Temporal as PROCESS@HOST, and a container's host name is its own.
    here = f"@{socket.gethostname()}"
    try:
        return await is_polled(client, settings.task_queue, lambda who: who.endswith(here))
    except RPCError as refused:
        typer.echo(f"Temporal says {refused.status.name} of {client.namespace}.", err=True)
        return False


def _takes_mail(settings: Settings) -> bool:
    """Ask the listener; one that only looks into a mailbox is well while its process lives."""
    if settings.mail_in_port is None:
        return settings.imap_host is not None
    return mail_intake_answers(settings, "127.0.0.1")


def _answers(settings: Settings) -> bool:
    url = f"http://127.0.0.1:{settings.gateway_port}/health/ready"
    try:
        return httpx.get(url, timeout=5, trust_env=False).is_success
    except httpx.HTTPError:
        return False
