"""`privacy letters`: read every letter as people will, before anyone gets it."""

from pathlib import Path
from typing import Annotated

import typer

from domain.policies import NoPolicyInForce
from letters.preview import INDEX, preview
from workers.policy_files import load_policies

app = typer.Typer(no_args_is_help=True, help="Read the letters.")


@app.callback()
def letters() -> None:
    """Read the letters."""


@app.command("preview")
def preview_letters(
    out: Annotated[Path, typer.Option(help="The folder to write to; it is made if missing.")],
    policies: Annotated[
        Path, typer.Option(help="The folder of published policies; the newest one is used.")
    ] = Path("policies"),
) -> None:
    """Write every letter with sample data: both languages, text and HTML, and a list of all."""
    try:
        published = load_policies(policies)
    except NoPolicyInForce:
        typer.echo(f"{policies} holds no policy; name the folder with --policies.", err=True)
        raise typer.Exit(2) from None
    for page in preview(published[-1]):
        path = out / page.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page.content, encoding="utf-8")
    typer.echo(f"Open {(out / INDEX).resolve()} in a browser.")
