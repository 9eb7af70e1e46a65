"""`privacy reapply`: erase again what a restore from backup brought back (DEL-06)."""

import asyncio
import getpass
from collections import Counter
from datetime import UTC, datetime, time
from typing import Annotated

import typer

from activities.dossier import Dossier
from datamap.errors import DataMapError
from domain import policies
from domain.days import local_instant
from domain.policy import Policy
from workers import parts
from workers.connecting import connected
from workers.reapplying import Fate, Reapplication, Reapplied
from workers.settings import Settings, load_settings

app = typer.Typer()

MENDED = frozenset({Fate.ABSENT, Fate.ERASED, Fate.PURGED})


@app.command()
def reapply(
    since: Annotated[
        datetime,
        typer.Option(formats=["%Y-%m-%d"], help="Day of the backup; erasures from then on count."),
    ],
    by: Annotated[str, typer.Option(help="Staff id of who does it; you when left out.")] = "",
) -> None:
    """Look for everything erased since a day in the restored systems, and erase it again."""
    settings = load_settings()
    parts.install_policies(settings)
    policy = policies.in_force_at(datetime.now(UTC))
    try:
        fates = asyncio.run(_reapply(settings, policy, since, by or getpass.getuser()))
    except DataMapError as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(2) from None
    told = ", ".join(f"{count} {fate}" for fate, count in sorted(fates.items())) or "none"
    typer.echo(f"Erasures since {since:%Y-%m-%d}: {told}.")
    if not fates.keys() <= MENDED:
        typer.echo("Mend what is named above, then run the same command again.", err=True)
        raise typer.Exit(1)


async def _reapply(
    settings: Settings, policy: Policy, since: datetime, staff_id: str
) -> Counter[Fate]:
    datamap = parts.data_map(settings)
    fates: Counter[Fate] = Counter()
    async with connected(settings, "worker_dsn") as conn:
        again = Reapplication(
            conn,
            Dossier(parts.vault(settings)),
            datamap,
            parts.connectors(datamap),
            parts.keyring(settings, "suppression_keys"),
        )
        begin = local_instant(since.date(), time.min, policy)
        async for one in again.since(begin, staff_id=staff_id, now=datetime.now(UTC)):
            fates[one.fate] += 1
            _tell(one)
    return fates


def _tell(one: Reapplied) -> None:
    where = "; ".join(
        f"{what} {', '.join(places)}"
        for what, places in (("in", one.came_back), ("still in", one.still_found))
        if places
    )
    line = f"{one.request_id}  {one.fate}"
    typer.echo(": ".join(part for part in (line, where, one.problem) if part))
