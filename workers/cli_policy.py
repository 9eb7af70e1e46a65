"""`privacy policy`: check a policy file, publish it, and say in words what another one changes."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from domain.policy import Policy, PolicyInvalid, content_hash
from domain.promises import Change, changes
from workers.policy_files import PublishedPolicyChanged, publish, published_hashes, read_policy
from workers.policy_task import open_task
from workers.settings import SettingsError, load_settings
from workers.temporal.client import TemporalUnreachable, connect
from workers.temporal.codec import CodecKeysInvalid
from workflows.policy_notice import task_id

app = typer.Typer(no_args_is_help=True, help="Check, publish and compare policy files.")

PolicyFile = Annotated[Path, typer.Argument(help="A policy file, YAML.")]


@app.command()
def check(file: PolicyFile) -> None:
    """Say whether a policy file can be used; every problem with its line and what to do."""
    policy = _read(file)
    recorded = published_hashes(file.parent).get(file.name)
    typer.echo(f"{file} is a usable policy: {policy.version}, in force {_period(policy)}.")
    typer.echo(f"Content hash: {content_hash(policy)}")
    if recorded is None:
        typer.echo(f"It is not published. When it is final: privacy policy publish {file}")
    elif recorded != content_hash(policy):
        _give_up(
            "It was changed after it was published, and open requests are pinned to what it said. "
            "Bring the published file back and put the change into a new file."
        )
    else:
        typer.echo("It is published, and unchanged.")


@app.command("publish")
def publish_file(file: PolicyFile) -> None:
    """Record the content of a new policy file for good; workers load published files only."""
    _read(file)
    try:
        digest = publish(file)
    except PublishedPolicyChanged as error:
        _give_up(str(error))
    typer.echo(f"Published {file.name} with content hash {digest}.")
    typer.echo("Commit it together with published.yaml, then start new workers.")


@app.command()
def diff(
    older: Annotated[Path, typer.Argument(help="The policy file before.")],
    newer: Annotated[Path, typer.Argument(help="The policy file after.")],
    task: Annotated[
        bool, typer.Option(help="Open the task of the notice in the engine, where one runs.")
    ] = True,
) -> None:
    """List the promises that a newer policy changes; material ones open a task to tell people."""
    before, after = _read(older), _read(newer)
    found = changes(before, after)
    typer.echo(f"From {before.version} to {after.version}:")
    if not found:
        typer.echo("  no promise differs")
    _print("Material, people were told otherwise:", (each for each in found if each.material))
    _print("Internal:", (each for each in found if not each.material))
    material = [each for each in found if each.material]
    if material:
        typer.echo(
            f"Task: publish the notice of the material changes, with the revised policy, by "
            f"{after.effective_from}, the day on which they take effect."
        )
    if material and task:
        _open_task(before, after, material)


def _open_task(before: Policy, after: Policy, material: Sequence[Change]) -> None:
    async def opened() -> bool:
        settings = load_settings()
        client = await connect(settings, patience=timedelta())
        return await open_task(client, settings.task_queue, before, after, material)

    try:
        now = "waits in" if asyncio.run(opened()) else "was opened before; it stands in"
    except (TemporalUnreachable, SettingsError, CodecKeysInvalid, ValueError):
        typer.echo("No engine answers here, so nobody was given it: run this where one does.")
        return
    typer.echo(f"It {now} the Temporal Web UI as {task_id(after.version)}.")


def _read(file: Path) -> Policy:
    try:
        return read_policy(file)
    except PolicyInvalid as error:
        _give_up(str(error))
    except (OSError, UnicodeDecodeError) as error:
        _give_up(f"{file} cannot be read: {error}")


def _print(heading: str, rows: Iterable[Change]) -> None:
    lines = [f"  {'*' if row.material else '-'} {row}" for row in rows]
    if lines:
        typer.echo(heading)
        typer.echo("\n".join(lines))


def _period(policy: Policy) -> str:
    until = f" until {policy.effective_to}" if policy.effective_to else ""
    return f"from {policy.effective_from}{until}"


def _give_up(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)
