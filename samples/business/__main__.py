"""``python -m samples.business DSN``: make the sample business in an empty database."""

import asyncio

import typer

from samples.business.create import create


def main(dsn: str, consumers: int = 50_000) -> None:
    """Make the sample business, with ``--consumers`` of them (1000000 takes some minutes)."""
    done = asyncio.run(create(dsn, consumers))
    typer.echo(f"Made {consumers} consumers." if done else "It stands there already.")


if __name__ == "__main__":
    typer.run(main)
