"""`privacy datamap`: check the map against the live systems, and draft a first one."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from datamap import DataMap, DataMapError, load_path
from datamap.checking import Labels, check, is_red
from datamap.connectors import connect
from datamap.drafting import draft
from datamap.remarks import Remark, Severity
from domain.policy import Policy, PolicyInvalid
from workers.counting import counted
from workers.datamap_figures import measure
from workers.policy_files import PublishedPolicyChanged, load_policies
from workers.settings import PROJECT, load_settings
from workers.system_addresses import addresses

app = typer.Typer(no_args_is_help=True, help="Keep the data map true to the systems.")

Answer = TypeVar("Answer")
"""What a coroutine returns."""

MapPath = Annotated[
    Path | None,
    typer.Argument(help="The map: a file, or a folder of them; PRIVACY_DATA_MAP when left out."),
]
PolicyFolder = Annotated[
    Path,
    typer.Option("--policies", envvar="PRIVACY_POLICY_DIR", help="Folder of the policies."),
]
Systems = Annotated[
    list[str] | None,
    typer.Option(
        "--system",
        help="NAME=ADDRESS of a system, once for each; else PRIVACY_SYSTEM_NAME is read.",
    ),
]


@app.command("check")
def check_map(
    datamap_path: MapPath = None,
    system: Systems = None,
    policy_folder: PolicyFolder = PROJECT / "policies",
) -> None:
    """Compare the map with every live system; ends with 1 if anything is red."""
    try:
        datamap = load_path(datamap_path or load_settings().data_map)
        connectors = connect(datamap, addresses(datamap, _named(system or [])))
        remarks = _run(check(connectors, datamap, _labels(policy_folder)))
    except (DataMapError, PolicyInvalid, PublishedPolicyChanged, OSError) as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(2) from None
    _print(remarks, datamap)
    if is_red(remarks):
        raise typer.Exit(1)


@app.command("draft")
def draft_map(
    dsn: Annotated[str, typer.Option(help="Address of the database, postgresql://…")],
    system: Annotated[str, typer.Option(help="What the map is to call it.")] = "main",
    schema: Annotated[str, typer.Option(help="Schema of the tables.")] = "public",
) -> None:
    """Print a first map of a database, to be finished by a person who knows it."""
    try:
        typer.echo(_run(draft(dsn, system, schema)), nl=False)
    except DataMapError as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(2) from None


@app.command("figures")
def print_figures(
    dsn: Annotated[str, typer.Option(help="A role that may create databases, postgresql://…")],
    small: Annotated[int, typer.Option(help="Consumers of the smaller business.")] = 10_000,
    large: Annotated[int, typer.Option(help="Consumers of the larger one.")] = 1_000_000,
    rows: Annotated[int, typer.Option(help="Rows of one person with many.")] = 1_000_000,
) -> None:
    """Measure finding and erasing on sample businesses of two sizes, made for it and dropped."""
    for line in _run(measure(dsn, small, large, rows)).lines():
        typer.echo(line)


def labels_of(policy: Policy) -> Labels:
    """Return the labels that a policy's own tables know (KNO-12)."""
    told = policy.disclosure
    return Labels(
        categories=frozenset(label.code for label in told.categories),
        sources=frozenset(label.code for label in told.sources),
        purposes=frozenset(label.code for label in told.purposes),
        recipients=frozenset(label.code for label in told.recipients),
        never_disclosed=frozenset(one.field_type for one in told.never_disclosed),
    )


def _named(given: Sequence[str]) -> Mapping[str, str]:
    return dict(one.split("=", 1) for one in given if "=" in one)


def _labels(folder: Path) -> Labels:
    """Return the labels of the newest policy."""
    return labels_of(max(load_policies(folder), key=lambda one: one.effective_from))


def _run(work: Coroutine[Any, Any, Answer]) -> Answer:
    return asyncio.run(work)


def _print(remarks: list[Remark], datamap: DataMap) -> None:
    for remark in remarks:
        typer.echo(f"{remark.severity.upper():8} {remark}")
    errors = sum(one.severity is Severity.ERROR for one in remarks)
    collections = counted(sum(1 for _ in datamap.collections()), "collection")
    typer.echo(
        f"{counted(len(datamap.systems), 'system')}, {collections} with personal data: "
        f"{counted(errors, 'error')}, {counted(len(remarks) - errors, 'warning')}."
    )
