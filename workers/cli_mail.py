"""`privacy mail`: mail that could not be filed by rule and waits for a person."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from domain.vocabulary import RequestType
from mail_intake.limits import TooHard
from mail_intake.reading import read_mail
from records import incoming_mail
from records.incoming_mail import Mail
from records.messages import StoredMessage
from records.pool import create_pool
from workers import mail_desk, parts
from workers.connecting import connected
from workers.mail_desk import NoSuchRequest, NotWaiting
from workers.mail_intake import intake_parts, mail_settings
from workers.output_files import writable_folder, write_private
from workers.refusing import refusing
from workers.request_argument import request_argument
from workers.settings import Settings, load_settings
from workers.temporal.client import connect

app = typer.Typer(no_args_is_help=True, help="Mail that waits for a person.")

MailId = Annotated[int, typer.Argument(help="Number of a mail, as the list shows it.")]

REASONS = {
    "no_writer": "names nobody to answer",
    "not_understood": "could not be read",
    "kept_failing": "stopped its reader again and again",
    "too_large": "is too large",
    "long_headers": "has too long headers",
    "too_many_lines": "has too many lines",
    "nested_too_deep": "is nested too deep",
    "too_many_parts": "has too many parts",
    "loop": "went round between servers",
    "written_by_machine": "was written by a machine, and asks for something",
    "too_many_from_one": "is one of very many from one address",
    "request_closed": "answers a request that is closed",
    "answer_of_provider": "is a service provider's answer: send record_provider_answer",
    "answer_of_staff": "answers a note to staff",
    "bounce_to_provider": "says that a letter to a service provider came back",
    "bounce_to_consumer": "says that a letter of a closed request came back",
    "bounce_to_staff": "says that a note to staff came back",
}
"""What each reason says of a mail."""


@app.command("list")
def list_mail() -> None:
    """List the mail that waits, by number and reason; nothing personal is shown."""
    found = asyncio.run(_waiting(load_settings()))
    if not found:
        typer.echo("No mail waits for a person.")
        return
    table = Table("mail", "arrived", "it", "request")
    for mail in found:
        why = REASONS.get(mail.reason, mail.reason)
        table.add_row(
            str(mail.mail_id), f"{mail.received_at:%Y-%m-%d %H:%M}", why, mail.request_id or ""
        )
    Console().print(table)


@app.command()
def show(
    mail: MailId,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write the mail as it came to a file.")
    ] = None,
) -> None:
    """Show what a waiting mail says, or write it to a file. It is personal data."""
    settings = load_settings()
    with refusing(NotWaiting):
        raw = asyncio.run(_raw(settings, mail))
    if out is not None:
        write_private(out, raw)
        typer.echo(f"Mail {mail} is in {out}. Delete the file afterwards.")
        return
    parts.install_policies(settings)
    limits = mail_settings(settings, datetime.now(UTC)).limits
    try:
        read = read_mail(raw, limits, frozenset())
    except TooHard as hard:
        typer.echo(f"It {REASONS.get(hard.reason, hard.reason)}: write it to a file with -o.")
        return
    typer.echo(f"From: {read.name} <{read.address}>\nSubject: {read.subject}\n\n{read.body}")
    for file in read.files:
        typer.echo(f"[{file.name}, {file.media_type}]")


@app.command()
def read(
    request: Annotated[str, request_argument()],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the files that came with it.")
    ] = None,
) -> None:
    """Read what the consumer of a request wrote by mail. It is personal data."""
    with refusing(NoSuchRequest):
        found = asyncio.run(_written(load_settings(), request))
    if not found:
        typer.echo(f"{request} has no mail.")
    for message, files in found:
        typer.echo(f"From: {message.sender}\nSubject: {message.subject}\n\n{message.text}\n")
        for file in message.files:
            typer.echo(f"[{file.name}, {file.size} bytes{', ' * bool(file.refused)}{file.refused}]")
        if out is not None:
            for name, body in files:
                write_private(writable_folder(out) / name, body)
                typer.echo(f"Written: {out / name}")


@app.command()
def file(
    mail: MailId,
    kind: Annotated[RequestType, typer.Option("--type", help="The right that it asks for.")],
    email: Annotated[str, typer.Option(help="Whom it is from.")],
    name: Annotated[str, typer.Option(help="Their name.")] = "",
) -> None:
    """Open a request for a waiting mail, received when the mail came."""
    with refusing(NotWaiting):
        request_id = asyncio.run(_file(load_settings(), mail, kind, name, email))
    typer.echo(f"{request_id} is filed; its days count from the mail's arrival.")


@app.command()
def retry(mail: MailId) -> None:
    """Have a waiting mail sorted once more, after a newer release or the cause was mended."""
    if not asyncio.run(_retry(load_settings(), mail)):
        typer.echo(f"Mail {mail} does not wait; privacy mail list names those that do.", err=True)
        raise typer.Exit(1)
    typer.echo(f"Mail {mail} is read again within a minute, where mail intake runs.")


@app.command()
def dismiss(mail: MailId) -> None:
    """Say that a waiting mail asks for nothing; it is dropped after its days."""
    with refusing(NotWaiting):
        asyncio.run(_dismiss(load_settings(), mail))
    typer.echo(f"Mail {mail} is dismissed.")


async def _waiting(settings: Settings) -> list[Mail]:
    async with connected(settings, "gateway_dsn") as conn:
        return await mail_desk.waiting(conn)


async def _raw(settings: Settings, mail: int) -> bytes:
    async with connected(settings, "gateway_dsn") as conn:
        return await mail_desk.raw_of(conn, parts.wrapping_keys(settings), mail)


async def _written(
    settings: Settings, request_id: str
) -> list[tuple[StoredMessage, list[tuple[str, bytes]]]]:
    vault = parts.vault(settings)
    async with connected(settings, "gateway_dsn") as conn:
        return [
            (message, [f async for f in mail_desk.files_of(conn, vault, request_id, row, message)])
            async for row, message in mail_desk.written(conn, vault, request_id)
        ]


async def _file(settings: Settings, mail: int, kind: RequestType, name: str, email: str) -> str:
    parts.install_policies(settings)
    client = await connect(settings)
    pool = await create_pool(settings.secret("gateway_dsn"), application="privacy mail desk")
    try:
        intake = intake_parts(settings, pool, client)
        async with pool.acquire() as conn:
            request_id = await mail_desk.file_by_hand(conn, intake, mail, kind, name, email)
        await intake.engine.start(request_id)
    finally:
        await pool.close()
    return request_id


async def _retry(settings: Settings, mail: int) -> bool:
    async with connected(settings, "gateway_dsn") as conn:
        return await incoming_mail.read_again(conn, mail)


async def _dismiss(settings: Settings, mail: int) -> None:
    async with connected(settings, "gateway_dsn") as conn:
        await mail_desk.dismiss(conn, mail, datetime.now(UTC))
