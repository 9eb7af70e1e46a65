"""`privacy api-key`: keys of intake systems, shown once, kept as hashes."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from gateway.access import INTAKE
from records import api_keys
from records.api_keys import ApiKey
from workers.connecting import connected
from workers.settings import Settings, load_settings

IN_SETTINGS = "PRIVACY_INTAKE_CLIENTS"
"""Where keys stand that were not added by command; what list shows in place of their id."""

app = typer.Typer(no_args_is_help=True, help="Keys by which intake systems file requests.")


@app.command()
def add(
    client: Annotated[str, typer.Argument(help="Name of the intake system, such as web-form.")],
    scope: Annotated[
        list[str] | None, typer.Option(help=f"What the key may do; {INTAKE} when left out.")
    ] = None,
) -> None:
    """Create a key and print it; it cannot be shown again."""
    key = asyncio.run(_add(load_settings(), client, scope or [INTAKE]))
    typer.echo(f"The key of {client}; store it there now, it is not kept here:", err=True)
    typer.echo(key)


@app.command("list")
def list_keys() -> None:
    """Show all keys, those of the settings included, without their secrets."""
    settings = load_settings()
    rows = [
        *map(_of_settings, settings.intake_clients),
        *map(_added, asyncio.run(_every(settings))),
    ]
    if not rows:
        typer.echo("There is no key. privacy api-key add CLIENT makes one.")
        return
    table = Table("key", "client", "may", "added", "revoked")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="The key's id, as list shows it.")],
) -> None:
    """Revoke a key: the next call with it is refused."""
    if not asyncio.run(_revoke(load_settings(), key_id)):
        typer.echo(
            f"No good key has the id {key_id}. See privacy api-key list; one of the settings ends "
            f"when {IN_SETTINGS} no longer has it and the gateway is started anew.",
            err=True,
        )
        raise typer.Exit(1)
    typer.echo(f"{key_id} is revoked.")


def _of_settings(client: str) -> tuple[str, ...]:
    return IN_SETTINGS, client, INTAKE, "", ""


def _added(key: ApiKey) -> tuple[str, ...]:
    revoked = f"{key.revoked_at:%Y-%m-%d}" if key.revoked_at else ""
    scopes = ", ".join(sorted(key.scopes))
    return key.key_id, key.client, scopes, f"{key.added_at:%Y-%m-%d}", revoked


async def _add(settings: Settings, client: str, scopes: list[str]) -> str:
    async with connected(settings, "dsn") as conn:
        return await api_keys.add(conn, client, scopes, datetime.now(UTC))


async def _every(settings: Settings) -> list[ApiKey]:
    async with connected(settings, "dsn") as conn:
        return await api_keys.every(conn)


async def _revoke(settings: Settings, key_id: str) -> bool:
    async with connected(settings, "dsn") as conn:
        return await api_keys.revoke(conn, key_id, datetime.now(UTC))
