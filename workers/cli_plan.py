"""`privacy plan`: what the rules say of a request, by when and by whom; it touches nothing."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, NoReturn
from zoneinfo import ZoneInfo

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from domain import policies
from domain.calendar import HolidayTableMissing
from domain.planning import Plan, RequestFacts, SubmissionPlan, plan
from domain.policy import Policy, PolicyInvalid
from domain.vocabulary import NoticeKind
from workers.policy_files import PublishedPolicyChanged, load_policies
from workers.settings import PROJECT

app = typer.Typer()

_UNUSABLE = 2
_STANDARD_INPUT = "-"


@app.command("plan")
def show_plan(
    file: Annotated[
        str, typer.Argument(help="A JSON object with the facts in a file, or - for standard input.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
    policy_folder: Annotated[
        Path,
        typer.Option(
            "--policies", envvar="PRIVACY_POLICY_DIR", help="Folder of the published policies."
        ),
    ] = PROJECT / "policies",
) -> None:
    """Say what must be done with a request and by when: dates, proof, letters, steps, outcomes.

    The facts: request_type or request_types, received_at, requester, residency, channel,
    birth_date or age_band, points (name, matched, control_proved), account, declaration, agent,
    prior, period, as_of.
    """
    facts = _facts(file)
    policy = _policy(policy_folder, facts)
    try:
        found = plan(policy, facts)
    except HolidayTableMissing as missing:
        _give_up(str(missing))
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
    else:
        _print(found, policy)


def _facts(file: str) -> RequestFacts:
    try:
        text = sys.stdin.read() if file == _STANDARD_INPUT else Path(file).read_text("utf-8")
        given = json.loads(text)
    except (OSError, ValueError) as error:
        _give_up(f"{file} is not a JSON object: {error}")
    try:
        return RequestFacts.model_validate(given)
    except ValidationError as error:
        _give_up("\n".join(_problems(error)))


def _problems(error: ValidationError) -> Iterable[str]:
    for details in error.errors(include_url=False, include_input=False):
        where = ".".join(str(step) for step in details["loc"]) or "the facts"
        yield f"{where}: {details['msg']}; `privacy plan --help` lists what can be given"


def _policy(folder: Path, facts: RequestFacts) -> Policy:
    try:
        policies.install(load_policies(folder))
        return policies.in_force_at(facts.received_at)
    except (PolicyInvalid, PublishedPolicyChanged, policies.NoPolicyInForce) as error:
        _give_up(str(error))


def _print(found: SubmissionPlan, policy: Policy) -> None:
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(
        f"Policy [bold]{found.policy.version}[/] ({found.policy.content_hash[:12]}), received "
        f"{found.receipt_date}, treated as {found.residency_treated_as}."
    )
    if found.opens_minor_purge:
        console.print("The person is under 18: a minor_purge is opened as well (MIN-06).")
    for each in found.requests:
        _print_request(console, each, policy)


def _print_request(console: Console, each: Plan, policy: Policy) -> None:
    console.rule(f"[bold]{each.request_type.value}[/]: {each.in_words}")
    if not each.accepted:
        console.print("[bold]Not taken on that day: the right is not in force.[/]")
    console.print(_dates(each, policy.zone))
    console.print(_identity(each))
    if each.frequency.excess:
        console.print(
            f"One too many: {each.frequency.counted} served in the window; the next is served from "
            f"{each.frequency.next_allowed} (FRQ-04)."
        )
    if each.period is not None:
        clipped = ", clipped" if each.period.clipped else ""
        console.print(f"Covers {each.period.first} to {each.period.last}{clipped} (KNO-03).")
    console.print(_steps(each))
    console.print(_letters(each))
    console.print(_outcomes(each))
    if each.approvers:
        console.print(_approvers(each))


def _dates(each: Plan, zone: ZoneInfo) -> Table:
    table = _table("day", "until", "what", "rule", "law or promise")
    for row in each.dates:
        until = row.at.astimezone(zone).strftime("%H:%M %Z") if row.at else ""
        table.add_row(row.day.strftime("%a %Y-%m-%d"), until, row.what, row.rule, row.basis)
    return table


def _identity(each: Plan) -> str:
    judged = each.identity
    lines = [
        f"Proof: {judged.points_counted} of {judged.points_required} points"
        f"{', with a declaration' if judged.declaration_required else ''}: {judged.outcome}."
    ]
    if each.authority is not None:
        lines.append(f"Authority of the agent: {each.authority}.")
    if each.age_band is not None:
        lines.append(f"Age: {each.age_band}.")
    lines += [f"Missing: {what}." for what in each.missing]
    return "\n".join(lines)


def _steps(each: Plan) -> Table:
    table = _table("step", "rule")
    for number, step in enumerate(each.steps, start=1):
        table.add_row(f"{number}. {step.what}", step.rule)
    return table


def _letters(each: Plan) -> Table:
    table = _table("letter", "when", "rule")
    for letter in each.letters:
        table.add_row(_named(letter.notice), letter.when, letter.rule)
    return table


def _outcomes(each: Plan) -> Table:
    table = _table("possible outcome", "when", "told by")
    for outcome in each.outcomes:
        told_by = _named(outcome.notice) if outcome.notice else "no letter"
        table.add_row(outcome.decision.value, outcome.when, told_by)
    return table


def _named(notice: NoticeKind) -> str:
    return f"{notice.value} {notice.name.lower().replace('_', ' ')}"


def _approvers(each: Plan) -> Table:
    table = _table("action", "by", "known", "people")
    for row in each.approvers:
        table.add_row(row.action, row.role.value, row.identity.value, str(row.people))
    return table


def _table(*columns: str) -> Table:
    table = Table(*columns, box=None, header_style="bold", padding=(0, 2, 0, 0))
    table.title_justify = "left"
    return table


def _give_up(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(_UNUSABLE)
