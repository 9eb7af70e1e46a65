"""`privacy request`: file a request at a running stack, and see where it stands."""

import json
import uuid
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from workers.parts import public_url
from workers.settings import SettingsError, environment, load_settings, read_variable

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
def status(request: Annotated[str, typer.Argument(help="A request id.")]) -> None:
    """Show where a request stands, as its intake system sees it."""
    _print(_call("GET", f"/v1/requests/{request}"))


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
