"""`privacy webhook`: where intake systems hear of changes of status."""

import asyncio
import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated, NoReturn
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.table import Column, Table

from activities.status_webhooks import TEST, body_of, post
from gateway.access import INTAKE
from providers.standard_webhooks import key_of
from records import api_keys, webhooks
from records.webhooks import Standing, Webhook
from workers import parts
from workers.connecting import connected
from workers.settings import Settings, load_settings

app = typer.Typer(no_args_is_help=True, help="Addresses that are told when a request moves on.")

_COUNTS = ("told", "waiting", "given up")

WebhookId = Annotated[str, typer.Argument(help="The webhook's id, as list shows it.")]


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="Where to send, such as https://forms.example/hook.")],
    client: Annotated[
        str, typer.Option(help="Whose requests it hears of: a name of privacy api-key list.")
    ] = "",
) -> None:
    """Register an address and print the secret that its messages are signed with."""
    settings = load_settings()
    _check_address(url)
    webhook = asyncio.run(_add(settings, url, client))
    typer.echo(f"{webhook.webhook_id} hears of what {webhook.client} filed. Its secret:", err=True)
    typer.echo(_secret(settings, webhook))


@app.command("list")
def list_webhooks() -> None:
    """Show every address, what it was told, and what it did not take."""
    every = asyncio.run(_standings(load_settings()))
    if not every:
        typer.echo("There is no webhook. privacy webhook add URL makes one.")
        return
    table = Table(Column("webhook", no_wrap=True), "client", "address", *_COUNTS, "last fault")
    for each in every:
        counts = (each.delivered, each.waiting, each.given_up)
        told = each.webhook
        table.add_row(told.webhook_id, told.client, told.url, *map(str, counts), each.last_fault)
    Console().print(table)


@app.command()
def test(webhook_id: WebhookId) -> None:
    """Send a message about nothing, at once, and say what became of it."""
    fault = asyncio.run(_test(load_settings(), webhook_id))
    if fault:
        typer.echo(f"It was not taken: {fault}. See docs/intake.md for what that means.", err=True)
        raise typer.Exit(1)
    typer.echo("It was taken.")


@app.command()
def rotate(
    webhook_id: WebhookId,
    hours: Annotated[int, typer.Option(min=0, help="How long the old secret signs as well.")] = 24,
) -> None:
    """Make a new secret and print it; until the old one retires both sign."""
    settings = load_settings()
    webhook = asyncio.run(_rotate(settings, webhook_id, timedelta(hours=hours)))
    typer.echo(f"The new secret of {webhook_id}; the old one signs {hours} h more:", err=True)
    typer.echo(_secret(settings, webhook))


@app.command()
def resend(webhook_id: WebhookId) -> None:
    """Have everything that was given up tried anew."""
    count = asyncio.run(_resend(load_settings(), webhook_id))
    typer.echo(f"{count} to be sent again; privacy webhook list shows what becomes of them.")


@app.command()
def remove(webhook_id: WebhookId) -> None:
    """Tell an address nothing any more."""
    if not asyncio.run(_remove(load_settings(), webhook_id)):
        _unknown(webhook_id)
    typer.echo(f"{webhook_id} is told nothing any more.")


async def _add(settings: Settings, url: str, client: str) -> Webhook:
    async with connected(settings, "dsn") as conn:
        added = [key for key in await api_keys.every(conn) if key.may(INTAKE)]
        known = {*settings.intake_clients, *(key.client for key in added if not key.revoked_at)}
        return await webhooks.add(conn, _chosen(client, known), url, datetime.now(UTC))


async def _standings(settings: Settings) -> list[Standing]:
    async with connected(settings, "dsn") as conn:
        return await webhooks.standings(conn)


async def _test(settings: Settings, webhook_id: str) -> str:
    async with connected(settings, "dsn") as conn:
        webhook = await webhooks.get(conn, webhook_id) or _unknown(webhook_id)
    now = datetime.now(UTC)
    keys = [key_of(each) for each in webhook.secrets(parts.fingerprints(settings), now)]
    identity, body = f"msg_test_{secrets.token_hex(8)}", body_of(TEST, now, {})
    outgoing = parts.outgoing(settings)
    try:
        return await post(outgoing, webhook.url, keys, identity, body)
    finally:
        await outgoing.aclose()


async def _rotate(settings: Settings, webhook_id: str, overlap: timedelta) -> Webhook:
    async with connected(settings, "dsn") as conn:
        until = datetime.now(UTC) + overlap
        return await webhooks.rotate(conn, webhook_id, until) or _unknown(webhook_id)


async def _resend(settings: Settings, webhook_id: str) -> int:
    async with connected(settings, "dsn") as conn:
        if await webhooks.get(conn, webhook_id) is None:
            _unknown(webhook_id)
        return await webhooks.send_again(conn, webhook_id, datetime.now(UTC))


async def _remove(settings: Settings, webhook_id: str) -> bool:
    async with connected(settings, "dsn") as conn:
        return await webhooks.remove(conn, webhook_id, datetime.now(UTC))


def _secret(settings: Settings, webhook: Webhook) -> str:
    return webhook.secrets(parts.fingerprints(settings), datetime.now(UTC))[0]


def _chosen(client: str, known: set[str]) -> str:
    """Return whose requests are meant; without a name, those of the only client."""
    if client in known:
        return client
    if not client and len(known) == 1:
        return known.pop()
    names = ", ".join(sorted(known)) or "none yet; privacy api-key add makes one"
    typer.echo(f"Say with --client whose requests it hears of. Clients: {names}.", err=True)
    raise typer.Exit(1)


def _check_address(url: str) -> None:
    """Refuse what can never be called; whether it leads outside is judged at each call."""
    try:
        address = urlsplit(url)
        complete = address.scheme in {"http", "https"} and bool(address.hostname)
    except ValueError:
        complete = False
    if not complete:
        typer.echo("Give the whole address, such as https://forms.example/hook.", err=True)
        raise typer.Exit(1)


def _unknown(webhook_id: str) -> NoReturn:
    typer.echo(f"There is no webhook {webhook_id}. See privacy webhook list.", err=True)
    raise typer.Exit(1)
