"""`privacy canary`: plant a consumer who does not exist, and delete them, now."""

import asyncio
import uuid

import typer
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError

from workers.canary.configuration import is_kept
from workers.settings import Settings, load_settings
from workers.temporal.client import connect
from workflows.canary import CANARY, Flown

app = typer.Typer()


class NoCanary(Exception):
    """No worker of this installation was given a planted consumer."""


@app.command()
def canary() -> None:
    """Delete the planted consumer from end to end; ends with 1 when a row was missed or survives.

    It happens every day by itself; this is for after a change of the data map or of a system.
    """
    try:
        flown = asyncio.run(_fly(load_settings()))
    except NoCanary as missing:
        typer.echo(str(missing), err=True)
        raise typer.Exit(2) from None
    except WorkflowFailureError as failed:
        typer.echo(_reason(failed), err=True)
        raise typer.Exit(1) from None
    rows = sum(flown.planted.values())
    typer.echo(
        f"{flown.request_id}: {rows} planted rows of {len(flown.planted)} collections were found, "
        "erased, and are gone."
    )
    if flown.uncovered:
        typer.echo(f"Nothing is planted in: {', '.join(flown.uncovered)}.")


async def _fly(settings: Settings) -> Flown:
    client = await connect(settings)
    if not await is_kept(client):
        raise NoCanary(
            "No canary is kept here. Name its planted consumer in PRIVACY_CANARY, start the worker "
            "anew, and try again (docs/staying-deleted.md)."
        )
    flown: Flown = await client.execute_workflow(
        CANARY,
        id=f"canary-{uuid.uuid4()}",
        task_queue=settings.task_queue,
        result_type=Flown,
    )
    return flown


def _reason(failed: WorkflowFailureError) -> str:
    cause = failed.cause
    if isinstance(cause, ApplicationError):
        return cause.message
    return f"The canary did not come through ({type(cause).__name__}); see it in the Web UI."
