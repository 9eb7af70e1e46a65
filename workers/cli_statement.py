"""`privacy request statement`: keep a consumer's words beside health data that stays as it is."""

import asyncio
import getpass
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from datamap.schema import DataMap
from records import health_statement
from records.health_statement import StatementRefused
from workers import parts
from workers.connecting import connected
from workers.refusing import refusing
from workers.request_argument import request_argument
from workers.settings import Settings, load_settings

_HEALTH = frozenset({"health_information", "health_insurance_id", "medical_id"})


def statement(
    request: Annotated[str, request_argument("The correction that was denied.")],
    file: Annotated[str, typer.Argument(help="A text file with the statement, or -.")],
    item: Annotated[int, typer.Option(min=1, help="Which of the things in dispute.")] = 1,
    pass_on: Annotated[
        bool, typer.Option("--pass-on", help="The consumer wants recipients to get it.")
    ] = False,
    by: Annotated[str, typer.Option(help="Staff id; you when left out.")] = "",
) -> None:
    """Keep the statement of at most 250 words that a consumer sent about health data."""
    text = (sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")).strip()
    settings = load_settings()
    parts.install_policies(settings)
    with refusing(StatementRefused):
        words = asyncio.run(_keep(settings, request, text, item, pass_on, by or getpass.getuser()))
    typer.echo(f"Kept with the record of {request}: {words} words about item {item}.")
    if pass_on:
        typer.echo(f"Send it to whoever may hold the data: {_holders(settings) or 'nobody does'}.")


async def _keep(
    settings: Settings, request: str, text: str, item: int, pass_on: bool, by: str
) -> int:
    async with connected(settings, "worker_dsn") as conn:
        return await health_statement.keep(
            conn,
            parts.vault(settings),
            request,
            text,
            item=item,
            pass_on=pass_on,
            staff_id=by,
            now=datetime.now(UTC),
        )


def _holders(settings: Settings) -> str:
    holding = parts.registry(settings).holding(_health(parts.data_map(settings)))
    return ", ".join(f"{one.name} ({one.escalation.email})" for one in holding)


def _health(datamap: DataMap) -> frozenset[str]:
    return frozenset(
        f"{system}.{one.name}"
        for system, one in datamap.collections()
        if any(field.privacy.never_disclose in _HEALTH for field in one.leaves)
    )
