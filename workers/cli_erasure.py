"""`privacy erasure`: what an erasure will do, or did, without a single key or value."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from activities.dossier import Dossier
from datamap.errors import DataMapError
from datamap.finding import find
from datamap.lawful import fallen_grounds, under_law
from datamap.plan import ErasurePlan, Outline
from datamap.planning import plan_erasure
from datamap.schema import DataMap
from domain import policies
from domain.days import local_date
from records import requests
from records.connection import Connection
from records.vault import NotInVault, Shredded
from workers import parts
from workers.connecting import connected
from workers.request_argument import request_argument
from workers.settings import Settings, load_settings

app = typer.Typer(no_args_is_help=True, help="Look at erasure plans.")


@app.callback()
def erasure() -> None:
    """Look at erasure plans."""


@app.command()
def plan(
    request: Annotated[str, request_argument()],
) -> None:
    """Show a request's plan: rows, method and order, what stays and why.

    Before the approval it is made from the live systems and not stored.
    """
    try:
        made, stands = asyncio.run(_plan(load_settings(), request))
    except (NotInVault, Shredded) as gone:
        typer.echo(f"There is no plan: {gone}. The person must be verified first.", err=True)
        raise typer.Exit(1) from None
    except DataMapError as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from None
    outline = made.outline()
    Console().print(_steps(outline, f"{request}: {'the plan' if stands else 'a preview'}"))
    for line in _rest(outline):
        typer.echo(line)
    if stands:
        typer.echo(f"Hash in the ledger: {made.content_hash}")


async def _plan(settings: Settings, request_id: str) -> tuple[ErasurePlan, bool]:
    """Return the plan that stands in the vault, else one made now, and which of the two it is."""
    dossier = Dossier(parts.vault(settings))
    async with connected(settings, "worker_dsn") as conn:
        try:
            return await dossier.plan(conn, request_id), True
        except NotInVault:
            person = await dossier.person(conn, request_id)
        lawful = await _lawful_map(conn, settings, request_id)
    connectors = parts.connectors(lawful)
    finding = await find(connectors, lawful, person)
    return await plan_erasure(connectors, lawful, finding), False


async def _lawful_map(conn: Connection, settings: Settings, request_id: str) -> DataMap:
    """Return the map with the grounds that hold for the request, and say which do not (DEL-16)."""
    parts.install_policies(settings)
    row = await requests.find(conn, request_id)
    assert row is not None, "who was matched has a request"
    policy = policies.in_force_at(row.received_at)
    datamap, day = parts.data_map(settings), local_date(row.received_at, policy)
    fallen = fallen_grounds(datamap, policy, received_on=day, residency=row.residency)
    for place, ground in fallen.items():
        typer.echo(f"Not kept: {place}. {ground.code} is no ground for this request (DEL-16).")
    return under_law(datamap, policy, received_on=day, residency=row.residency)


def _steps(outline: Outline, title: str) -> Table:
    table = Table("", "collection", "method", "rows", "columns", title=title, title_justify="left")
    for n, step in enumerate(outline.steps, start=1):
        columns = ", ".join(step.columns) or (
            f"together with {', '.join(step.with_others)}" if step.with_others else ""
        )
        table.add_row(str(n), step.place, step.does, str(step.rows), columns)
    return table


def _rest(outline: Outline) -> list[str]:
    kept = [f"Kept: {place} ({why})" for place, why in outline.kept.items()]
    doubtful = [
        f"Left alone, may be somebody else's as well: {rows} rows of {place}"
        for place, rows in outline.doubtful.items()
    ]
    pages = [f"Pages that are fetched again: {outline.pages}"] if outline.pages else []
    return kept + doubtful + pages
