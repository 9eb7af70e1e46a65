"""`privacy ledger`: check the record, and read one request's story in it."""

import asyncio
import json
import textwrap
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from domain.timeline import sentence
from records import checkpoints, ledger
from records.checkpoints import Checkpoint, LedgerUnsound
from records.signing import fingerprint
from workers.connecting import connected
from workers.counting import counted
from workers.engine import TemporalEngine
from workers.ledger_check import LedgerReport, check
from workers.output_files import writable_folder
from workers.parts import signer, trusted_keys
from workers.request_argument import request_argument
from workers.settings import Settings, load_settings
from workers.temporal.client import connect

app = typer.Typer(no_args_is_help=True, help="Check the ledger, and read it.")

INDENT, WIDTH = "  ", 100
"""How what an event says is set below its line; hashes are not broken."""


@app.command()
def verify(
    request: Annotated[str | None, request_argument("One request id; all when left out.")] = None,
    offline: Annotated[
        bool, typer.Option(help="Check the chains alone, without Temporal.")
    ] = False,
    against: Annotated[
        Path | None,
        typer.Option(help="A checkpoint kept outside the database, by checkpoint -o."),
    ] = None,
) -> None:
    """Check every chain, against the signed checkpoints and against each running workflow."""
    kept = _read_checkpoint(against) if against else None
    report = asyncio.run(_verify(load_settings(), request, offline, kept))
    if request and not report.streams:
        typer.echo(f"The ledger has no request {request}.", err=True)
        raise typer.Exit(1)
    for line in report.summary(offline=offline):
        typer.echo(line)
    for wrong in (*report.faults, *report.differences):
        typer.echo(f"WRONG  {wrong}", err=True)
    if not report.sound:
        typer.echo("Keep the database as it is and restore from backup beside it.", err=True)
        raise typer.Exit(1)
    typer.echo("The ledger is sound.")


@app.command()
def checkpoint(
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Also write it to this file, to be kept elsewhere."),
    ] = None,
) -> None:
    """Sign where every stream stands; refused, with the place named, when one is damaged."""
    if output:
        writable_folder(output.parent)
    try:
        taken = asyncio.run(_take(load_settings()))
    except LedgerUnsound as damage:
        typer.echo(str(damage), err=True)
        raise typer.Exit(1) from None
    if output:
        output.write_text(json.dumps(taken.portable(), indent=2) + "\n", encoding="utf-8")
    typer.echo(
        f"Checkpoint {taken.n} of {taken.taken_at:%Y-%m-%d %H:%M} UTC: {taken.content['moved']} "
        f"streams had moved. Its hash: {taken.hash}"
    )
    typer.echo(f"Signed by the key {fingerprint(taken.public_key)}")


@app.command()
def show(request: Annotated[str, request_argument()]) -> None:
    """Tell in words what happened to a request and at its providers, in order of time."""
    rows = asyncio.run(_events(load_settings(), request))
    if not rows:
        typer.echo(f"The ledger has no request {request}.", err=True)
        raise typer.Exit(1)
    typer.echo(f"{request}: {counted(len(rows), 'event')}, times in UTC")
    for at, stream, n, kind, says in rows:
        whose = stream.removeprefix(request) or "request"
        typer.echo(f"\n{at[:10]} {at[11:19]}  {whose.removeprefix('.')} {n}  {kind}")
        typer.echo(textwrap.fill(says, WIDTH, initial_indent=INDENT, subsequent_indent=INDENT))


def _read_checkpoint(path: Path) -> Checkpoint:
    try:
        return Checkpoint.from_portable(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as fault:
        raise typer.BadParameter(f"{path} is no checkpoint: {fault}") from None


async def _verify(
    settings: Settings, request: str | None, offline: bool, kept: Checkpoint | None
) -> LedgerReport:
    engine = None if offline else await _engine(settings)
    async with connected(settings, "auditor_dsn") as conn:
        return await check(conn, engine, request, trusted=trusted_keys(settings), kept=kept)


async def _take(settings: Settings) -> Checkpoint:
    async with connected(settings, "worker_dsn") as conn:
        return await checkpoints.take(conn, signer(settings), datetime.now(UTC))


async def _engine(settings: Settings) -> TemporalEngine:
    return TemporalEngine(await connect(settings, lazy=True), settings.task_queue)


async def _events(settings: Settings, request: str) -> list[tuple[str, str, int, str, str]]:
    found = []
    async with connected(settings, "auditor_dsn") as conn:
        for stream in await ledger.streams(conn, request):
            for row in await ledger.read(conn, stream):
                document = json.loads(row.body)
                says = sentence(document["type"], document["data"])
                found.append((document["at"], stream, row.n, document["type"], says))
    return sorted(found)
