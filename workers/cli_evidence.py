"""`privacy evidence`: the proof of one request in one file, and its check."""

import asyncio
import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from tools import verify_evidence
from workers import parts
from workers.connecting import connected
from workers.evidence.collecting import LedgerDamaged, NoSuchRequest
from workers.evidence.exporting import export as export_evidence
from workers.output_files import private_file
from workers.request_argument import request_argument
from workers.settings import Settings, load_settings


class _ExportByDefault(TyperGroup):
    """Takes `privacy evidence REQUEST -o FILE` for `privacy evidence export REQUEST -o FILE`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the command in front where the first word is none and no option of the group."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["export", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_ExportByDefault,
    no_args_is_help=True,
    help="Export the proof of one request, and check such a file. "
    "`privacy evidence REQUEST -o FILE` exports.",
)


@app.command()
def export(
    request: Annotated[str, request_argument()],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The archive to write; REQUEST.evidence.zip here."),
    ] = None,
    by: Annotated[
        str, typer.Option(help="Staff id of who asks; it is recorded.", show_default="you")
    ] = "",
) -> None:
    """Write everything that proves a request into one signed archive."""
    target = output or Path(f"{request}.evidence.zip")
    settings = load_settings()
    parts.install_policies(settings)
    with private_file(target) as file:
        try:
            archive = asyncio.run(_export(settings, request, by or getpass.getuser()))
        except (LedgerDamaged, NoSuchRequest) as problem:
            typer.echo(str(problem), err=True)
            raise typer.Exit(1) from None
        file.write(archive)
    for fact in verify_evidence.verify(archive).facts:
        typer.echo(fact)
    typer.echo(f"Wrote {target} ({len(archive):,} bytes). It may name people: keep it so.")


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="An archive that export wrote.")],
    key: Annotated[
        list[str] | None,
        typer.Option(help="Fingerprint of a key that may have signed; your settings' otherwise."),
    ] = None,
    answers: Annotated[
        bool, typer.Option("--answers", help="List providers' answers and who signed each.")
    ] = False,
    secrets: Annotated[
        Path | None,
        typer.Option(help="File of providers' secrets, one on each line, to check what they sign."),
    ] = None,
) -> None:
    """Tell whether anything in an archive was altered, removed or reordered, and name it."""
    trusted = frozenset(key or _own_fingerprints())
    try:
        archive = file.read_bytes()
        known = secrets.read_text().split() if secrets else []
    except OSError as problem:
        typer.echo(f"{problem.filename} cannot be read: {problem.strerror}", err=True)
        raise typer.Exit(2) from None
    report = verify_evidence.verify(archive, trusted, known)
    raise typer.Exit(verify_evidence.say(report, trusted=bool(trusted), answers=answers))


def _own_fingerprints() -> list[str]:
    keys = parts.trusted_keys(load_settings())
    return [verify_evidence.fingerprint(public.hex()) for public in keys]


async def _export(settings: Settings, request: str, staff_id: str) -> bytes:
    async with connected(settings, "worker_dsn") as conn:
        return await export_evidence(
            conn,
            parts.vault(settings),
            parts.signer(settings),
            parts.trusted_keys(settings),
            request,
            staff_id=staff_id,
            now=datetime.now(UTC),
        )
