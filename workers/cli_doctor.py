"""`privacy doctor`: look at every part of this installation and say what to fix."""

import asyncio
import json
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from workers.doctor.configuration import AT_A_DOOR, has_a_doors_only
from workers.doctor.examination import examine
from workers.doctor.finding import Finding, Standing
from workers.settings import load_settings

app = typer.Typer()

_MARKS = {
    Standing.GOOD: "[green]ok   [/]",
    Standing.NOTE: "[yellow]note [/]",
    Standing.WRONG: "[bold red]WRONG[/]",
}


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="JSON for machines.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only what is not good.")] = False,
) -> None:
    """Look at settings, keys, database, Temporal, mail, policies, data map, providers, clock, disk.

    Changes nothing and sends nothing. Ends with 1 when something is wrong, with 2 where the
    settings of gateway or mail intake alone are set, from which most parts cannot be seen.
    """
    settings = load_settings()
    at_a_door = has_a_doors_only(settings)
    findings = [AT_A_DOOR] if at_a_door else asyncio.run(examine(settings))
    if as_json:
        typer.echo(json.dumps([each._asdict() for each in findings], indent=2))
    else:
        _print(findings, quiet)
    if at_a_door:
        raise typer.Exit(2)
    if any(each.standing is Standing.WRONG for each in findings):
        raise typer.Exit(1)


def _print(findings: list[Finding], quiet: bool) -> None:
    console = Console(highlight=False)
    for each in findings:
        if quiet and each.standing is Standing.GOOD:
            continue
        console.print(f"{_MARKS[each.standing]} {each.part}: {escape(each.says)}", soft_wrap=True)
        if each.fix:
            console.print(f"        → {escape(each.fix)}", soft_wrap=True)
    wrong = sum(each.standing is Standing.WRONG for each in findings)
    notes = sum(each.standing is Standing.NOTE for each in findings)
    console.print(f"{len(findings)} looks: {wrong} wrong, {notes} to note.")
