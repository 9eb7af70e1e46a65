"""`privacy incident`: something reached the wrong person."""

import asyncio
import getpass
from datetime import UTC, datetime
from typing import Annotated

import typer

from domain.ids import is_request_id
from workers.connecting import connected
from workers.incident import Incident, NoSuchRequest, report
from workers.settings import Settings, load_settings

app = typer.Typer()


@app.command()
def incident(
    request: Annotated[str, typer.Argument(help="The request whose letter or report went wrong.")],
    by: Annotated[
        str, typer.Option(help="Staff id of who reports it; it is recorded.", show_default="you")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
) -> None:
    """Revoke every link of a request, list who can have seen what, and say what to do next."""
    if not is_request_id(request):
        raise typer.BadParameter("that is no request id")
    if not yes:
        typer.confirm(f"Revoke every link of {request} now?", abort=True, err=True)
    try:
        found = asyncio.run(_report(load_settings(), request, by or getpass.getuser()))
    except NoSuchRequest as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None
    _print(found)


def _print(found: Incident) -> None:
    typer.echo(f"{found.revoked} links of {found.request_id} were revoked; none works any more.\n")
    typer.echo("What was handed over, opened or viewed before:" if found.sights else "Nothing was.")
    for sight in found.sights:
        typer.echo(f"  {sight.at:%Y-%m-%d %H:%M} UTC  {sight.what}")
    typer.echo("\nWhat to do now:")
    for number, step in enumerate(found.steps(), start=1):
        typer.echo(f"  {number}. {step}")


async def _report(settings: Settings, request: str, staff_id: str) -> Incident:
    async with connected(settings, "worker_dsn") as conn:
        return await report(conn, request, staff_id=staff_id, now=datetime.now(UTC))
