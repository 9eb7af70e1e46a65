"""`privacy rules`: a lawyer's test bench for the rules, and single answers from it."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from domain import policies
from domain.casebook import AREAS
from domain.policy import PolicyInvalid
from workers import case_bench
from workers.policy_files import PublishedPolicyChanged, load_policies
from workers.settings import PROJECT

app = typer.Typer(no_args_is_help=True, help="Ask the rules, and check cases against them.")

_UNUSABLE = 2
_STANDARD_INPUT = "-"

PolicyFolder = Annotated[
    Path,
    typer.Option(
        "--policies", envvar="PRIVACY_POLICY_DIR", help="Folder of the published policies."
    ),
]


@app.command()
def check(
    cases: Annotated[
        list[Path], typer.Argument(help="Files of cases, such as policies/cases/*.yaml.")
    ],
    policy_folder: PolicyFolder = PROJECT / "policies",
) -> None:
    """Ask every case, print what differs, and end with 1 if anything does."""
    _install(policy_folder)
    asked, failed = 0, 0
    for path in cases:
        rows = _rows(path)
        asked += len(rows)
        for failure in case_bench.failures(rows):
            failed += 1
            _print_failure(failure)
    typer.echo(f"{asked} cases asked, {failed} differ.")
    if failed:
        raise typer.Exit(1)


@app.command("eval")
def evaluate(
    area: Annotated[str, typer.Argument(help="One of those that `privacy rules areas` lists.")],
    file: Annotated[str, typer.Argument(help="A JSON object in a file, or - for standard input.")],
    policy_folder: PolicyFolder = PROJECT / "policies",
) -> None:
    """Print the answer of one area as JSON."""
    _install(policy_folder)
    question = _question(file)
    try:
        answer = case_bench.evaluate(area, question)
    except Exception as error:  # the input is anybody's; the reason must reach them, not a trace
        typer.echo(json.dumps({"error": _written(area, error)}, indent=2, ensure_ascii=False))
        _give_up(f"No answer: {error}", 1)
    typer.echo(json.dumps(answer, indent=2, ensure_ascii=False, default=str))


@app.command()
def areas() -> None:
    """List the areas that can be asked about."""
    for area in AREAS:
        typer.echo(area)


def _written(area: str, error: Exception) -> dict[str, str]:
    return {"code": type(error).__name__, "area": area, "message": str(error)}


def _install(folder: Path) -> None:
    try:
        policies.install(load_policies(folder))
    except (PolicyInvalid, PublishedPolicyChanged, policies.NoPolicyInForce) as error:
        _give_up(str(error), _UNUSABLE)


def _rows(path: Path) -> list[Any]:
    try:
        return case_bench.read_cases(path)
    except case_bench.CasesUnreadable as error:
        _give_up(str(error), _UNUSABLE)


def _question(file: str) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if file == _STANDARD_INPUT else Path(file).read_text("utf-8")
        question = json.loads(text)
    except (OSError, ValueError) as error:
        _give_up(f"{file} is not a JSON object: {error}", _UNUSABLE)
    if not isinstance(question, dict):
        _give_up(
            f"{file} holds no JSON object; begin with {{ and name the input fields.", _UNUSABLE
        )
    return question


def _print_failure(failure: case_bench.Failure) -> None:
    rule = f" ({failure.rule})" if failure.rule else ""
    typer.echo(f"{failure.id} {failure.area}{rule}")
    for difference in failure.differences:
        typer.echo(f"    {difference}")
    if failure.why:
        typer.echo(f"    why: {failure.why}")


def _give_up(message: str, code: int) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)
