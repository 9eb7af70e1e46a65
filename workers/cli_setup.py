"""`privacy setup`: what an installation needs once."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from workers.certificates import write_certificate
from workers.installing import fresh_variables, install_database, install_namespace
from workers.settings import PROJECT, Settings, SettingsError, load_settings, variable

app = typer.Typer(no_args_is_help=True, help="Prepare databases, Temporal and secrets.")


@app.command()
def database() -> None:
    """Migrate our database and set the passwords of its roles; safe to repeat."""
    install_database(load_settings())
    typer.echo("The database is up to date.")


@app.command()
def namespace(
    take_over: Annotated[
        bool, typer.Option("--take-over", help="This release's workers get the tasks from now on.")
    ] = False,
) -> None:
    """Create the Temporal namespace, set its retention, register attributes; safe to repeat."""
    settings = load_settings()
    build = asyncio.run(install_namespace(settings, take_over=take_over))
    typer.echo(f"The namespace {settings.temporal_namespace} is ready.")
    if build:
        typer.echo(f"Tasks go to workers of {build}.")


@app.command()
def secrets(
    example: Annotated[
        Path,
        typer.Option(
            envvar="PRIVACY_ENV_EXAMPLE",
            help="File of variables whose empty secrets are filled in.",
        ),
    ] = PROJECT / ".env.example",
) -> None:
    """Print a new .env with fresh secrets for docker-compose.yml."""
    try:
        text = example.read_text(encoding="utf-8")
    except OSError as problem:
        raise SettingsError(
            f"{example} cannot be read ({problem.strerror}). Name this release's .env.example: "
            "privacy setup secrets --example FILE"
        ) from None
    typer.echo(fresh_variables(text), nl=False)


@app.command()
def certificate(
    folder: Annotated[Path, typer.Argument(help="Where the three files stand.")],
    host: Annotated[str, typer.Option(help="Name by which PostgreSQL is reached.")] = "postgres",
) -> None:
    """Make PostgreSQL's certificate and the authority that its clients trust; safe to repeat."""
    made = write_certificate(folder, host, datetime.now(UTC))
    typer.echo(f"{'Made' if made else 'There already:'} a certificate for {host} in {folder}.")


@app.command("settings")
def list_settings() -> None:
    """List every setting: its variable, its default, what it is for."""
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        shown = f" [{default}]" if default and not isinstance(default, frozenset) else ""
        typer.echo(f"{variable(name)}{shown}\n    {field.description}")
