"""`privacy sign-in` and `sign-out`: into the staff pages of a development stack, and out of any."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from domain.messages import StaffId
from domain.vocabulary import Role
from gateway.staff.principal import SIGN_IN
from records import staff_sessions
from workers.connecting import connected
from workers.counting import counted
from workers.settings import Settings, load_settings

app = typer.Typer()

LIFE = timedelta(minutes=10)


@app.command("sign-in")
def sign_in(
    staff: Annotated[str, typer.Argument(help="Your staff id, as it will stand in the record.")],
    role: Annotated[
        list[Role] | None, typer.Option(help="What you may do; repeat it. All when left out.")
    ] = None,
) -> None:
    """Print a link that signs you in to the staff pages, once, on a development stack only."""
    settings = load_settings()
    _refuse_outside_development(settings)
    link = asyncio.run(_issue(settings, _checked(staff), frozenset(role or Role)))
    typer.echo(f"Good once, for {LIFE.seconds // 60} minutes:", err=True)
    typer.echo(link)


@app.command("sign-out")
def sign_out(
    staff: Annotated[str, typer.Argument(help="The staff id, as the record knows it.")],
) -> None:
    """End every session of a person at the staff pages, at once."""
    ended = asyncio.run(_end(load_settings(), _checked(staff)))
    typer.echo(f"{counted(ended, 'session')} of {staff} ended.")


def _refuse_outside_development(settings: Settings) -> None:
    if not settings.development:
        typer.echo(
            "Links sign in on a development stack only. Here staff sign in at the company's "
            f"identity provider: {settings.public_url}{SIGN_IN}",
            err=True,
        )
        raise typer.Exit(1)


def _checked(staff: str) -> str:
    try:
        checked: str = TypeAdapter(StaffId).validate_python(staff)
    except ValidationError:
        raise typer.BadParameter(
            f"{staff!r}: write a staff id of letters, digits, dots, dashes, such as s.lee."
        ) from None
    return checked


async def _issue(settings: Settings, staff: str, roles: frozenset[Role]) -> str:
    async with connected(settings, "dsn") as conn:
        until = datetime.now(UTC) + LIFE
        secret = await staff_sessions.issue_link(conn, staff, roles, until)
    return f"{settings.public_url}{SIGN_IN}/link/{secret}"


async def _end(settings: Settings, staff: str) -> int:
    async with connected(settings, "dsn") as conn:
        return await staff_sessions.end_all(conn, staff, datetime.now(UTC))
