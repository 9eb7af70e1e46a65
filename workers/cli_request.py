"""`privacy request`: file a request at a running stack, and see where it stands."""

import asyncio
import json
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from domain import policies
from domain.refusals import Refused
from domain.start import Reopening, ReopenReason
from domain.taking_down import Question, Unasked, Wrong, answered, body_of, questions
from workers import contact_desk, parts
from workers.cli_statement import statement
from workers.connecting import connected
from workers.engine import TemporalEngine
from workers.parts import install_policies, public_url
from workers.refusing import refusing
from workers.reopening import reopen_request
from workers.request_argument import request_argument
from workers.settings import Settings, SettingsError, environment, load_settings, read_variable
from workers.temporal.client import connect

app = typer.Typer(no_args_is_help=True, help="File requests and see where they stand.")

INTAKE_KEY = "PRIVACY_INTAKE_API_KEY"
"""Variable with the API key of the intake client on whose behalf this command files."""


@app.command()
def file(
    path: Annotated[
        Path, typer.Argument(help="A JSON file such as samples/requests/ana-ruiz.json.")
    ],
    key: Annotated[
        str | None, typer.Option(help="Idempotency key; the same key never files twice.")
    ] = None,
) -> None:
    """File the request in a JSON file at the gateway of the running stack."""
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise typer.BadParameter(f"{path} cannot be read as JSON: {fault}") from None
    _print(_call("POST", "/v1/requests", json=body, key=key or str(uuid.uuid4())))


@app.command()
def new(
    context: typer.Context,
    right: Annotated[
        str | None, typer.Option("--type", help="What is asked for; several with commas.")
    ] = None,
    channel: Annotated[str | None, typer.Option(help="phone, post, in_person, email.")] = None,
    received_on: Annotated[
        str | None, typer.Option(help="Day of the first contact, whoever here it reached.")
    ] = None,
    requester: Annotated[str | None, typer.Option(help="Who asks; the consumer.")] = None,
    name: Annotated[str | None, typer.Option(help="Whose data it is.")] = None,
    email: Annotated[str | None, typer.Option(help="Where letters go.")] = None,
    address: Annotated[
        str | None, typer.Option(help="Where letters go on paper: lines with semicolons between.")
    ] = None,
    agent_name: Annotated[str | None, typer.Option(help="Who asks for another.")] = None,
    agent_email: Annotated[str | None, typer.Option(help="Their address.")] = None,
    birth_date: Annotated[str | None, typer.Option(help="Of a young person.")] = None,
    correction: Annotated[str | None, typer.Option(help="field = right value")] = None,
    points: Annotated[str | None, typer.Option(help="phone=…; customer_number=…")] = None,
    residency: Annotated[str | None, typer.Option(help="CA, EEA, OTHER, UNKNOWN.")] = None,
    language: Annotated[str | None, typer.Option(help="en or es.")] = None,
    message: Annotated[str | None, typer.Option(help="What they said.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="File without asking once more.")] = False,
) -> None:
    """Take down a request made by phone, by post or in person, with its real first day."""
    given = {**context.params, "type": right}
    now = datetime.now(UTC)
    install_policies(load_settings())
    policy = policies.in_force_at(now)
    with refusing(Wrong, Unasked):
        answers = answered(given, questions(now, policy), _asked)
    body = body_of(answers, policy, now)
    Console().print(_summary(body))
    if not yes and sys.stdin.isatty():
        typer.confirm("File this request?", abort=True)
    answer = _call("POST", "/v1/requests", json=body, key=str(uuid.uuid4()))
    if not answer.is_success:
        _print(answer)
    for filed in answer.json()["requests"]:
        typer.echo(f"{filed['request_id']}: {filed['request_type']}, received on ", nl=False)
        typer.echo("{receipt_date}, to be answered by {answer_by}.".format(**filed["dates"]))


app.command()(statement)


@app.command()
def status(request: Annotated[str, request_argument()]) -> None:
    """Show where a request stands, as its intake system sees it."""
    _print(_call("GET", f"/v1/requests/{request}"))


@app.command("correct-contact")
def correct_contact(
    request: Annotated[str, request_argument()],
    by: Annotated[str, typer.Option(help="Your staff id, for example s.lee.")],
) -> None:
    """Correct the consumer's e-mail address; you are asked for it, so that no shell keeps it."""
    typed = typer.prompt("The right e-mail address")
    with refusing(Refused):
        asyncio.run(_correct_contact(load_settings(), request, typed, by))
    typer.echo("Recorded. A letter with a link to confirm goes to the new address.")


async def _correct_contact(settings: Settings, request: str, typed: str, by: str) -> None:
    engine = TemporalEngine(await connect(settings), settings.task_queue)
    async with connected(settings, "gateway_dsn") as conn:
        await contact_desk.correct(
            conn,
            parts.vault(settings),
            engine,
            request_id=request,
            typed=typed,
            by=by,
            now=datetime.now(UTC),
        )


@app.command()
def reopen(
    request: Annotated[str, request_argument("A request that was closed without a grant.")],
    reason: Annotated[ReopenReason, typer.Option(help="Why it is taken up again.")],
    by: Annotated[str, typer.Option(help="Your staff id.")],
) -> None:
    """Take a closed request up again; its clock runs anew from today, and staff decide."""
    try:
        wanted = Reopening(decided_by=by, reason=reason)
    except ValidationError:
        raise typer.BadParameter("give your staff id, such as s.lee", param_hint="--by") from None
    settings = load_settings()
    install_policies(settings)
    with refusing(Refused, LookupError):
        due = asyncio.run(reopen_request(settings, request, wanted, datetime.now(UTC)))
    typer.echo(f"{request} is open again, to be answered by {due}.")


def _asked(question: Question) -> Any:
    """Ask at the terminal, again until the answer does; elsewhere take the default."""
    if sys.stdin.isatty():
        return typer.prompt(
            question.words, default=question.default, value_proc=lambda text: _read(question, text)
        )
    if question.default is None:
        raise Unasked(f"Give {question.option}: {question.words}.")
    return question.read(question.default)


def _read(question: Question, text: str) -> Any:
    try:
        return question.read(text)
    except Wrong as wrong:
        raise typer.BadParameter(str(wrong)) from None


def _summary(body: dict[str, Any]) -> Table:
    table = Table("", "to be filed", show_lines=False)
    for key, value in body.items():
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        table.add_row(key.replace("_", " "), shown)
    return table


def _call(method: str, path: str, *, json: Any = None, key: str = "") -> httpx.Response:
    url = public_url(load_settings()) + path
    headers = {"X-API-Key": _api_key()} | ({"Idempotency-Key": key} if key else {})
    try:
        return httpx.request(method, url, json=json, headers=headers, trust_env=False, timeout=30)
    except httpx.TransportError:
        typer.echo(
            f"No gateway answers at {url}. Start one with make up, then try again.", err=True
        )
        raise typer.Exit(1) from None


def _api_key() -> str:
    variables = environment()
    found = read_variable(INTAKE_KEY, variables)
    if not found:
        raise SettingsError(
            f"{INTAKE_KEY} is not set. Start a stack with make up, which leaves it in its file, "
            "or set it to the API key of an intake client."
        )
    return found


def _print(answer: httpx.Response) -> None:
    typer.echo(json.dumps(answer.json(), indent=2))
    if not answer.is_success:
        raise typer.Exit(1)
