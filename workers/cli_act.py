"""`privacy act` and `privacy approve`: one action sent to one request, or to many at once."""

import asyncio
import getpass
import json
from typing import Annotated, Any, NamedTuple

import typer
from rich.console import Console
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from domain.action_table import parse
from domain.actions import ACTIONS
from domain.refusals import Refused
from workers.settings import Settings, load_settings
from workers.staff_updates import NotCarriedOut, send_update
from workers.temporal.client import connect
from workflows import names

app = typer.Typer()

AT_ONCE = 8
OPEN = f'`WorkflowType`="{names.CONSUMER_REQUEST}" AND `ExecutionStatus`="Running"'

Requests = Annotated[list[str] | None, typer.Argument(help="Request ids.")]
Query = Annotated[
    str,
    typer.Option(help='A List Filter of the Web UI, such as NeedsAction="decide"; open ones only.'),
]
By = Annotated[str, typer.Option(help="Your staff id; your name on this machine when left out.")]
Input = Annotated[
    str, typer.Option("--json", help="The action's other fields, as docs/actions.md has them.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Send without asking once more.")]


class Sent(NamedTuple):
    """What became of the action at one request."""

    request_id: str
    carried_out: bool
    answer: str


@app.command()
def act(
    action: Annotated[str, typer.Argument(help="Name of the action, such as deny.")],
    requests: Requests = None,
    query: Query = "",
    by: By = "",
    fields: Input = "{}",
    yes: Yes = False,
) -> None:
    """Send one action to the requests that are named, or that a query finds."""
    message = _message(action, by or getpass.getuser(), fields)
    settings = load_settings()
    raise typer.Exit(asyncio.run(_act(settings, action, message, requests or [], query, yes)))


@app.command()
def approve(
    requests: Requests = None,
    query: Query = "",
    by: By = "",
    fields: Input = "{}",
    yes: Yes = False,
) -> None:
    """Approve the requests that are named, or that a query finds; each refusal is shown."""
    act("approve", requests, query, by, fields, yes)


def _message(action: str, by: str, fields: str) -> dict[str, Any]:
    """Read the input before anything is sent, so that a slip is told once, not a hundred times."""
    if action not in ACTIONS:
        raise typer.BadParameter(ACTIONS.unknown)
    try:
        given = json.loads(fields)
    except ValueError:
        raise typer.BadParameter(f"--json is not JSON. {ACTIONS[action].example_json}") from None
    message = {"decided_by": by} | (given if isinstance(given, dict) else {"": given})
    try:
        parse(ACTIONS[action], [message])
    except Refused as refused:
        raise typer.BadParameter(refused.sentence) from None
    return message


async def _act(
    settings: Settings,
    action: str,
    message: dict[str, Any],
    named: list[str],
    query: str,
    yes: bool,
) -> int:
    if bool(named) == bool(query):
        raise typer.BadParameter("Name requests, or give a --query; not both.")
    client = await connect(settings)
    found = named or await _found(client, query)
    if not found:
        typer.echo("No open request fits that query.")
        return 0
    if not yes and len(found) > 1:
        await asyncio.to_thread(
            typer.confirm, f"Send {action} to {len(found)} requests?", abort=True
        )
    outcomes = await _send_all(client, action, message, found)
    done = sum(sent.carried_out for sent in outcomes)
    typer.echo(f"{action}: {done} carried out, {len(outcomes) - done} refused.")
    return 0 if done == len(outcomes) else 1


async def _found(client: Client, query: str) -> list[str]:
    try:
        return [each.id async for each in client.list_workflows(f"({query}) AND {OPEN}")]
    except RPCError as fault:
        if fault.status is not RPCStatusCode.INVALID_ARGUMENT:
            raise
        raise typer.BadParameter(f"--query is not a List Filter: {fault.message}") from None


async def _send_all(
    client: Client, action: str, message: dict[str, Any], requests: list[str]
) -> list[Sent]:
    """Send to some requests at a time, and tell of each as soon as it has answered."""
    console, turn = Console(soft_wrap=True), asyncio.Semaphore(AT_ONCE)

    async def one(request_id: str) -> Sent:
        async with turn:
            sent = await _send(client, action, message, request_id)
        mark = "done" if sent.carried_out else "refused"
        console.print(f"{request_id}  {mark}  {sent.answer}", highlight=False, markup=False)
        return sent

    return list(await asyncio.gather(*map(one, requests)))


async def _send(client: Client, action: str, message: dict[str, Any], request_id: str) -> Sent:
    try:
        answer = await send_update(client, request_id, action, message)
    except NotCarriedOut as why:
        return Sent(request_id, False, str(why))
    return Sent(request_id, True, answer)
