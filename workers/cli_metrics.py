"""`privacy metrics`: the yearly figures that the regulations ask for."""

import asyncio
import csv
import html
import io
import json
from collections.abc import Mapping
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Column, Table

from domain.metrics import Figures, Group, publish_by
from workers.connecting import connected
from workers.parts import install_policies
from workers.settings import Settings, load_settings
from workers.yearly_metrics import figures_of, policy_for

app = typer.Typer()

COLUMNS = ("received", "complied", "denied", "denied_unverified", "mean_days", "median_days")


@app.command()
def metrics(
    year: Annotated[
        int, typer.Option(min=2000, max=2999, help="Requests received in this calendar year.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="JSON for machines.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV for a spreadsheet.")] = False,
    as_html: Annotated[bool, typer.Option("--html", help="HTML for the privacy policy.")] = False,
) -> None:
    """Count requests and days to respond, by kind, from the ledger alone."""
    settings = load_settings()
    install_policies(settings)
    found = asyncio.run(_figures(settings, year))
    if as_json:
        typer.echo(json.dumps({kind: each.model_dump() for kind, each in found.items()}, indent=2))
    elif as_csv:
        typer.echo(_csv(found), nl=False)
    elif as_html:
        typer.echo(_html(found, year))
    else:
        _print(found, year)


async def _figures(settings: Settings, year: int) -> Mapping[Group, Figures]:
    async with connected(settings, "auditor_dsn") as conn:
        return await figures_of(conn, policy_for(year), year)


def _print(found: Mapping[Group, Figures], year: int) -> None:
    kinds = Column("kind", no_wrap=True)
    heads = (_head(column.replace("_", " ")) for column in COLUMNS)
    title = f"Requests received in {year}"
    table = Table(kinds, *heads, title=title, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for kind, each in found.items():
        table.add_row(kind.replace("_", " "), *(_cell(each, column) for column in COLUMNS))
    Console().print(table)
    typer.echo(f"Where they must be published: by {publish_by(policy_for(year), year)}.")


def _head(name: str) -> Column:
    """Return a column of numbers as narrow as its words allow; none of them is cut."""
    return Column(name, justify="right", min_width=max(map(len, name.split())))


def _csv(found: Mapping[Group, Figures]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("kind", *COLUMNS))
    writer.writerows((kind, *(_cell(each, c) for c in COLUMNS)) for kind, each in found.items())
    return text.getvalue()


def _html(found: Mapping[Group, Figures], year: int) -> str:
    heads = "".join(f'<th scope="col">{column.replace("_", " ")}</th>' for column in COLUMNS)
    rows = "".join(
        f'<tr><th scope="row">{html.escape(kind.replace("_", " "))}</th>'
        + "".join(f"<td>{_cell(each, column)}</td>" for column in COLUMNS)
        + "</tr>"
        for kind, each in found.items()
    )
    return (
        f"<table><caption>Privacy requests received in {year}</caption>"
        f'<thead><tr><th scope="col">kind</th>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    )


def _cell(figures: Figures, column: str) -> str:
    value = getattr(figures, column)
    return "" if value is None else str(value)
