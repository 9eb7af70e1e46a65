"""`privacy rules`: a lawyer's test bench for the rules, and single answers from it."""

import json
import sys
from dataclasses import dataclass
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


@dataclass
class _Result:
    """What was asked and what came of it."""

    rows: int = 0
    differ: int = 0
    unread: int = 0

    def count(self, failure: case_bench.Failure) -> None:
        """Count a case that failed."""
        self.differ += failure.asked
        self.unread += not failure.asked

    def in_words(self) -> str:
        """Say how many were asked and differ, and how many could not be."""
        words = f"{self.rows} cases asked, {self.differ} differ"
        return f"{words}, {self.unread} could not be asked." if self.unread else f"{words}."


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
    """Ask every case and print what differs.

    Ends with 1 if anything differs, and with 2 if a file or a case could not be read; all others
    are asked nevertheless.
    """
    _install(policy_folder)
    result = _Result()
    for path in cases:
        _check_file(path, result)
    typer.echo(result.in_words())
    if result.unread:
        raise typer.Exit(_UNUSABLE)
    if result.differ:
        raise typer.Exit(1)


@app.command("eval")
def evaluate(
    area: Annotated[str, typer.Argument(help="One of those that `privacy rules areas` lists.")],
    file: Annotated[str, typer.Argument(help="A JSON object in a file, or - for standard input.")],
    policy_folder: PolicyFolder = PROJECT / "policies",
) -> None:
    """Print the answer of one area as JSON."""
    _install(policy_folder)
    question = _question(area, file)
    try:
        answer = case_bench.evaluate(area, question)
    except Exception as error:  # the input is anybody's; the reason must reach them, not a trace
        _refuse(area, file, error, f"no answer: {error}")
    typer.echo(json.dumps(answer, indent=2, ensure_ascii=False, default=str))


@app.command()
def areas() -> None:
    """List the areas that can be asked about."""
    for area in AREAS:
        typer.echo(area)


def _check_file(path: Path, result: _Result) -> None:
    try:
        rows = case_bench.read_cases(path)
    except case_bench.CasesUnreadable as error:
        result.unread += 1
        typer.echo(str(error), err=True)
        return
    result.rows += len(rows)
    for failure in case_bench.failures(rows):
        result.count(failure)
        _print_failure(path, failure)


def _install(folder: Path) -> None:
    try:
        policies.install(load_policies(folder))
    except (PolicyInvalid, PublishedPolicyChanged, policies.NoPolicyInForce) as error:
        _give_up(str(error), _UNUSABLE)


def _question(area: str, file: str) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if file == _STANDARD_INPUT else Path(file).read_text("utf-8")
        question = json.loads(text)
    except json.JSONDecodeError as error:
        _refuse(area, file, error, f"is no JSON: {error.msg}; correct it.", line=error.lineno)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        _refuse(area, file, error, f"cannot be read: {reason}; name a JSON file.")
    if not isinstance(question, dict):
        message = "holds no JSON object; begin with { and name the input fields."
        _refuse(area, file, TypeError(), message)
    return question


def _refuse(area: str, file: str, error: Exception, message: str, line: int = 1) -> NoReturn:
    """Say as JSON and as a sentence where a question went wrong, and end."""
    place = "standard input" if file == _STANDARD_INPUT else file
    told = {
        "code": type(error).__name__,
        "area": area,
        "file": place,
        "line": line,
        "message": message,
    }
    typer.echo(json.dumps({"error": told}, indent=2, ensure_ascii=False))
    _give_up(f"{place}:{line}: {message}", _UNUSABLE)


def _print_failure(path: Path, failure: case_bench.Failure) -> None:
    rule = f" ({failure.rule})" if failure.rule else ""
    typer.echo(f"{path}:{failure.line}: {failure.id} {failure.area}{rule}")
    for difference in failure.differences:
        typer.echo(f"    {difference}")
    if failure.why:
        typer.echo(f"    why: {failure.why}")


def _give_up(message: str, code: int) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)
