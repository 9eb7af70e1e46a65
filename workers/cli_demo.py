"""`privacy demo`: three deletion requests, from filing to close, months in a minute."""

import asyncio
import json
import time
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import typer
from rich.console import Console

from domain import policies
from workers import parts
from workers.engine import TemporalEngine
from workers.rehearsal.narrator import Narrator, StepFailed
from workers.rehearsal.people import Doors, People
from workers.rehearsal.stories import STORIES, Played, Stage
from workers.rehearsal.summary import RequestSummary, summarise, table_of
from workers.settings import Settings
from workers.stack.business import BusinessPlaces
from workers.stack.display import Display
from workers.stack.folder import VAR, StackFolder
from workers.stack.removal import remove
from workers.stack.supervisor import EmbeddedStack
from workers.temporal.client import connect

app = typer.Typer()

FOLDER = VAR / "demo"
SUMMARY = FOLDER / "summary.json"


@app.command()
def demo() -> None:
    """Play three deletion requests on an embedded stack of their own, then stop it."""
    console = Console()
    began = time.monotonic()
    try:
        summaries = asyncio.run(_demo(console))
    except StepFailed as failed:
        console.print(f"\n{failed}", style="red", highlight=False, markup=False)
        raise typer.Exit(1) from None
    console.print()
    console.print(table_of(summaries))
    console.print(
        f"{SUMMARY.relative_to(Path.cwd()) if SUMMARY.is_relative_to(Path.cwd()) else SUMMARY}"
    )
    console.print(
        f"{time.monotonic() - began:.0f} seconds. make up starts a stack to try it by hand."
    )
    unsound = [each.id for each in summaries if each.ledger != "sound"]
    if unsound:
        console.print(f"The ledger of {', '.join(unsound)} is not sound; see the summary.")
        raise typer.Exit(1)


async def _demo(console: Console) -> list[RequestSummary]:
    remove(StackFolder(FOLDER))
    async with EmbeddedStack(FOLDER, announce=Display(console).show) as stack:
        settings = stack.settings()
        parts.install_policies(settings)
        console.print(f"Watch in the Web UI: {stack.addresses.web_ui}", highlight=False)
        client = await connect(settings)
        people = People(doors(stack, settings), client)
        try:
            zone = policies.in_force_at(datetime.now(UTC)).zone
            stage = Stage(people, Narrator(console, zone))
            played = [await stage.play(*story) for story in STORIES]
            engine = TemporalEngine(client, settings.task_queue)
            summaries = await _account(people, engine, settings, stack.business, played)
        finally:
            await people.aclose()
    _write(summaries)
    return summaries


def doors(stack: EmbeddedStack, settings: Settings) -> Doors:
    """Return the doors of an embedded stack."""
    return Doors(
        gateway=stack.addresses.gateway,
        inbox=stack.addresses.inbox,
        api_key=stack.intake_api_key,
        mail_domain=parts.mail_domain(settings),
    )


async def _account(
    people: People,
    engine: TemporalEngine,
    settings: Settings,
    business: BusinessPlaces,
    played: list[Played],
) -> list[RequestSummary]:
    auditor = await asyncpg.connect(settings.secret("auditor_dsn"))
    try:
        return [
            await summarise(
                each,
                await people.state(each.request_id),
                auditor=auditor,
                business=business,
                engine=engine,
            )
            for each in played
        ]
    finally:
        await auditor.close()


def _write(summaries: list[RequestSummary]) -> None:
    SUMMARY.parent.mkdir(parents=True, exist_ok=True)
    content = {"requests": [each.model_dump(mode="json") for each in summaries]}
    SUMMARY.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
