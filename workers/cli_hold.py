"""`privacy hold`: legal holds, which suspend erasure and purge until they are released."""

import asyncio
import getpass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from records import freezing, holds, requests
from records.holds import Hold, HoldTaken
from records.identities import Identity, IdentityKind
from records.keyring import Keyring
from workers import parts
from workers.connecting import connected
from workers.settings import Settings, load_settings

app = typer.Typer(no_args_is_help=True, help="Legal holds: what they cover is not purged.")

HoldId = Annotated[str, typer.Argument(help="Your name for the hold, such as LH-2026-014.")]
By = Annotated[str, typer.Option(help="Staff id of who decides it; you when left out.")]


class Person(StrEnum):
    """What a person is named by."""

    EMAIL = "email"
    PHONE = "phone"


@app.command()
def add(
    hold_id: HoldId,
    matter: Annotated[str, typer.Option(help="The matter it serves; a reference, no story.")],
    request: Annotated[str | None, typer.Option(help="Hold the record of this request.")] = None,
    person: Annotated[
        Person | None,
        typer.Option(help="Hold everything of a person; the address or number is asked for."),
    ] = None,
    by: By = "",
) -> None:
    """Place a hold on one request's record, or on one person wherever they appear."""
    settings = load_settings()
    # Asked for, so that it stands in no shell's history and no list of processes.
    value = typer.prompt(person.value, err=True) if person else ""
    try:
        placed = Hold(
            hold_id=hold_id,
            matter=matter,
            request_id=request,
            identity_hash=_hash(parts.keyring(settings, "suppression_keys"), person, value),
            placed_by=by or getpass.getuser(),
            placed_at=datetime.now(UTC),
        )
    except ValidationError as fault:
        raise typer.BadParameter(_first(fault)) from None
    except ValueError as fault:
        raise typer.BadParameter(str(fault)) from None
    _end(asyncio.run(_add(settings, placed)))
    typer.echo(f"{hold_id} is in force: {_covers(placed)} is not purged until it is released.")


@app.command("list")
def list_holds(
    everything: Annotated[
        bool, typer.Option("--all", help="Show the released ones as well.")
    ] = False,
) -> None:
    """Show the holds in force, the oldest first."""
    found = asyncio.run(_every(load_settings()))
    shown = [hold for hold in found if everything or hold.released_at is None]
    if not shown:
        typer.echo("No hold is in force.")
        return
    table = Table("hold", "matter", "covers", "placed", "by", "released")
    for hold in shown:
        released = f"{hold.released_at:%Y-%m-%d} {hold.released_by}" if hold.released_at else ""
        placed = f"{hold.placed_at:%Y-%m-%d}"
        table.add_row(hold.hold_id, hold.matter, _covers(hold), placed, hold.placed_by, released)
    Console().print(table)


@app.command()
def release(hold_id: HoldId, by: By = "") -> None:
    """Release a hold; what is past its date goes with the next daily purge."""
    released = asyncio.run(_release(load_settings(), hold_id, by or getpass.getuser()))
    _end(None if released else f"No hold {hold_id} is in force. See privacy hold list --all.")
    typer.echo(f"{hold_id} is released.")


def _hash(keyring: Keyring, person: Person | None, value: str) -> str | None:
    if person is None:
        return None
    return holds.person(keyring, Identity(kind=IdentityKind(person.value), value=value))


def _first(fault: ValidationError) -> str:
    return str(fault.errors(include_input=False, include_url=False)[0]["msg"])


def _covers(hold: Hold) -> str:
    if hold.request_id:
        return f"the record of {hold.request_id}"
    return f"person {(hold.identity_hash or '').partition(':')[2][:12]}"


def _end(problem: str | None) -> None:
    if problem:
        typer.echo(problem, err=True)
        raise typer.Exit(1)


async def _add(settings: Settings, hold: Hold) -> str | None:
    async with connected(settings, "worker_dsn") as conn:
        if hold.request_id and await requests.find(conn, hold.request_id) is None:
            return f"No request {hold.request_id} is registered; check the id."
        try:
            await holds.add(conn, hold)
        except HoldTaken as taken:
            return str(taken)
    return None


async def _every(settings: Settings) -> list[Hold]:
    async with connected(settings, "worker_dsn") as conn:
        return await holds.every(conn)


async def _release(settings: Settings, hold_id: str, by: str) -> bool:
    async with connected(settings, "worker_dsn") as conn, conn.transaction():
        released = await holds.release(conn, hold_id, released_by=by, now=datetime.now(UTC))
        await freezing.end_after_close(conn, hold_id)
    return released
