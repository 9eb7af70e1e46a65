"""`privacy incident`: something reached the wrong person."""

import asyncio
import getpass
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from pydantic import ValidationError
from temporalio.service import RPCError

from domain.handling_messages import Freeze
from workers import parts
from workers.connecting import connected
from workers.engine import TemporalEngine
from workers.incident import Incident, NoSuchRequest, report
from workers.refusing import refusing
from workers.request_argument import request_argument
from workers.settings import Settings, load_settings
from workers.staff_notes import NoteNotTaken, send_note
from workers.temporal.client import TemporalUnreachable, connect

app = typer.Typer()

PATIENCE = timedelta(seconds=2)
"""How long Temporal is waited for; what it does not take now, the sweep delivers."""


@app.command()
def incident(
    request: Annotated[str, request_argument("The request whose letter or report went wrong.")],
    by: Annotated[
        str, typer.Option(help="Staff id of who reports it; it is recorded.", show_default="you")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
) -> None:
    """Freeze a request: links end, letters wait. List who can have seen what, and what to do."""
    staff_id = _staff_id(by or getpass.getuser())
    if not yes:
        typer.confirm(f"Freeze {request} and revoke its links now?", abort=True, err=True)
    settings = load_settings()
    with refusing(NoSuchRequest):
        found = asyncio.run(_report(settings, request, staff_id))
    _print(found)
    if found.untold:
        typer.echo("\n" + asyncio.run(_tell(settings, found)))


def _staff_id(typed: str) -> str:
    try:
        return Freeze(decided_by=typed).decided_by
    except ValidationError:
        raise typer.BadParameter("give your staff id, such as s.lee", param_hint="--by") from None


def _print(found: Incident) -> None:
    state = "closed, and frozen now" if found.closed else "frozen"
    typer.echo(
        f"{found.request_id} is {state}. {found.revoked} links were revoked; none works any more.\n"
    )
    typer.echo("What was handed over, opened or viewed before:" if found.sights else "Nothing was.")
    for sight in found.sights:
        typer.echo(f"  {sight.at:%Y-%m-%d %H:%M} UTC  {sight.what}")
    typer.echo(f"\n{_to_do(found)}")


def _to_do(found: Incident) -> str:
    steps = (f"  {number}. {step}" for number, step in enumerate(found.steps(), start=1))
    return "\n".join(["What to do now:", *steps])


async def _report(settings: Settings, request: str, staff_id: str) -> Incident:
    parts.install_policies(settings)
    async with connected(settings, "worker_dsn") as conn:
        found = await report(
            conn,
            parts.vault(settings),
            request,
            staff_id=staff_id,
            mail_domain=parts.mail_domain(settings),
            now=datetime.now(UTC),
        )
    if found.row is not None:
        await _deliver(settings, request, found.row)
    return found


async def _tell(settings: Settings, found: Incident) -> str:
    """Mail the team and counsel what a purged request keeps no letter of; say what came of it."""
    subject = f"For counsel: something of {found.request_id} reached the wrong person"
    text = (
        f"A misdelivery of {found.request_id} was reported. The request was closed and purged "
        f"before; what is left of its record is held now.\n\n{_to_do(found)}\n"
    )
    try:
        await send_note(parts.post(settings), subject, text, counsels=True)
    except NoteNotTaken as fault:
        return f"Nobody was mailed, for the mail server has not taken it ({fault}): tell them."
    return "The team and counsel were mailed this list."


async def _deliver(settings: Settings, request: str, row: int) -> None:
    """Tell the workflow now where Temporal can be reached, which the sweep does otherwise."""
    with suppress(TemporalUnreachable, RPCError, LookupError, ValueError):
        client = await connect(settings, patience=PATIENCE)
        await TemporalEngine(client, settings.task_queue).deliver(request, row)
