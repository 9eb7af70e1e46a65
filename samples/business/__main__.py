"""``python -m samples.business DSN``: make the sample business in empty databases."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from samples.business import create, create_backoffice, create_drop


def main(
    dsn: Annotated[str, typer.Argument(help="An empty database for the shop.")],
    consumers: Annotated[int, typer.Option(help="How many; 1000000 takes minutes.")] = 50_000,
    backoffice: Annotated[str, typer.Option(help="An empty database for the back office.")] = "",
    drop: Annotated[Path | None, typer.Option(help="A folder for the CSV files.")] = None,
) -> None:
    """Make the sample business; what stands there already is left alone."""
    asyncio.run(_make(dsn, consumers, backoffice, drop))


async def _make(dsn: str, consumers: int, backoffice: str, drop: Path | None) -> None:
    made = await create(dsn, consumers)
    typer.echo(f"Made the shop of {consumers} consumers." if made else "The shop stands there.")
    if backoffice and await create_backoffice(dsn, backoffice):
        typer.echo("Made the back office.")
    if drop and await create_drop(dsn, drop):
        typer.echo("Wrote the drop folder.")


if __name__ == "__main__":
    typer.run(main)
