"""`privacy agents`: whose software may call by the Data Rights Protocol; rehearse as one."""

import asyncio
import base64
import binascii
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import httpx
import typer
from nacl.signing import SigningKey
from pydantic import ValidationError

from agents.directory import Agent, Directory
from agents.exercises import RIGHTS
from domain import policies
from gateway.drp.app import BASE
from providers.located import InvalidFile
from records import agent_tokens
from records.agent_tokens import Pairing
from samples.agents.reference_agent import ReferenceAgent
from workers import parts
from workers.agent_rehearsal import AgentRehearsal
from workers.agents import read_directory
from workers.connecting import connected
from workers.sandbox import Stage, free_port
from workers.settings import Settings, load_settings, referenced_secret
from workers.stack.agents import AGENT_ID, AGENT_KEY
from workers.stack.ports import LOOPBACK

app = typer.Typer(no_args_is_help=True, help="Agents' software (Data Rights Protocol 1.0).")

NO_FILE = "No directory of agents is set: set PRIVACY_AGENTS to its file (docs/agents.md)."
One = Annotated[str, typer.Argument(help="The agent's id.")]


@app.command("list")
def list_agents() -> None:
    """Show who may call, where letters and callbacks go, and since when each is paired."""
    settings = load_settings()
    paired = {each.agent_id: each for each in asyncio.run(_pairings(settings))}
    for agent in _directory(settings).agents:
        typer.echo(f"{agent.id} ({agent.name})")
        for label, text in _facts(agent, paired.get(agent.id)).items():
            typer.echo(f"  {label + ':':<12}{text}")


@app.command()
def check() -> None:
    """Look for what is wrong or will not work: fields, keys, hosts, our own address."""
    settings = load_settings()
    directory = _directory(settings)
    paired = {each.agent_id: each for each in asyncio.run(_pairings(settings))}
    bad = list(_own_problems(settings))
    for text in bad:
        typer.echo(f"BAD  {text}")
    for agent in directory.agents:
        notes = _notes(agent, paired.get(agent.id))
        typer.echo(f"ok   {agent.id}" + "".join(f"\n     note: {note}" for note in notes))
    raise typer.Exit(1 if bad else 0)


@app.command()
def add(
    entry: Annotated[str, typer.Argument(help="File with one JSON entry of the network; -: stdin")],
    callback_host: Annotated[
        list[str] | None, typer.Option(help="Host that callbacks may go to, beside web_url's.")
    ] = None,
) -> None:
    """Add an agent, or replace the entry of the same id; a changed key ends its token."""
    settings = load_settings()
    if settings.agents is None:
        _stop(NO_FILE)
    if settings.agents.suffix != ".json":
        _stop(f"{settings.agents} is kept by hand: add the entry there; JSON is YAML as well.")
    agent = _entry(entry, callback_host or [])
    known = _directory(settings).agents if settings.agents.exists() else ()
    others = [one for one in known if one.id != agent.id]
    _write(settings.agents, [*others, agent])
    typer.echo(f"{agent.id} may call; the gateway reads the file at once.")


@app.command()
def unpair(agent_id: One) -> None:
    """End an agent's token at once. It can set up anew while the directory has it."""
    if not asyncio.run(_unpaired(load_settings(), agent_id)):
        _stop(f"{agent_id} has no token. See privacy agents list.")
    typer.echo(f"{agent_id} has no token any more.")


@app.command("entry")
def own_entry() -> None:
    """Print our entry for the network's directory of businesses; complete its contacts there."""
    settings = load_settings()
    parts.install_policies(settings)
    business = policies.in_force_at(datetime.now(UTC)).business
    document = {
        "id": settings.business_id,
        "name": business.name,
        "logo": None,
        "api_base": f"{parts.public_url(settings)}{BASE}",
        "supported_actions": list(RIGHTS),
        "supported_verifications": ["email"],
        "privacy_policy_url": business.privacy_policy_url,
        "web_url": "",
        "technical_contact": str(settings.staff_mail),
        "business_contact": business.contact_email,
    }
    typer.echo(json.dumps(document, indent=2))


@app.command()
def simulate(
    right: Annotated[str, typer.Argument(help=f"One of: {', '.join(RIGHTS)}.")] = "deletion",
    name: Annotated[str, typer.Option(help="The consumer's name.")] = "Ana Ruiz",
    email: Annotated[str, typer.Option(help="The consumer's address.")] = "ana.ruiz@example.com",
    phone: Annotated[str, typer.Option(help="The consumer's number, E.164.")] = "+14155550142",
    wait: Annotated[float, typer.Option(help="Seconds to wait for a callback.")] = 90,
) -> None:
    """Call as the sample agent of an embedded stack: pair, exercise a right, await a callback."""
    settings = load_settings()
    identity = {"name": name, "email": email, "phone_number": phone}
    port = free_port(LOOPBACK)
    stage = Stage(LOOPBACK, port, f"http://{LOOPBACK}:{port}", wait)
    green = asyncio.run(_simulated(settings, right, identity, stage))
    typer.echo("green: filed, and called back" if green else "not green yet")
    raise typer.Exit(0 if green else 1)


async def _simulated(
    settings: Settings, right: str, identity: dict[str, str], stage: Stage
) -> bool:
    key = SigningKey(base64.b64decode(referenced_secret(AGENT_KEY)))
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        agent = ReferenceAgent(
            http,
            f"{parts.public_url(settings)}{BASE}",
            agent_id=AGENT_ID,
            business_id=settings.business_id,
            key=key,
        )
        return await AgentRehearsal(agent, typer.echo).play(right, identity, stage)


async def _pairings(settings: Settings) -> list[Pairing]:
    async with connected(settings, "auditor_dsn") as conn:
        return await agent_tokens.pairings(conn)


async def _unpaired(settings: Settings, agent_id: str) -> bool:
    async with connected(settings, "dsn") as conn:
        return await agent_tokens.unpair(conn, agent_id)


def _directory(settings: Settings) -> Directory:
    if settings.agents is None:
        _stop(NO_FILE)
    try:
        return read_directory(settings.agents)
    except InvalidFile as problem:
        _stop(str(problem))


def _facts(agent: Agent, pairing: Pairing | None) -> dict[str, str]:
    return {
        "letters to": agent.mailbox,
        "callbacks": ", ".join(agent.hosts) or "none: no web_url and no callback_hosts",
        "key": agent.fingerprint[:12],
        "paired": _paired(agent, pairing),
    }


def _paired(agent: Agent, pairing: Pairing | None) -> str:
    if pairing is None:
        return "not yet"
    if pairing.key_fingerprint != agent.fingerprint:
        return "under an earlier key: its token is refused, it must set up anew"
    return f"since {pairing.issued_at:%Y-%m-%d %H:%M} UTC"


def _notes(agent: Agent, pairing: Pairing | None) -> list[str]:
    notes = []
    if agent.surplus:
        notes.append(f"unknown fields, perhaps misspelt: {', '.join(agent.surplus)}")
    if not agent.hosts:
        notes.append("no host for callbacks; it has to ask for each status")
    if pairing is not None and pairing.key_fingerprint != agent.fingerprint:
        notes.append("its key has changed; it must set up anew")
    return notes


def _own_problems(settings: Settings) -> list[str]:
    problems = []
    if not settings.business_id:
        problems.append("PRIVACY_BUSINESS_ID is not set: nobody can name us, every call is refused")
    url = parts.public_url(settings)
    if not url.startswith("https://") and not settings.development:
        problems.append(f"{url} is not https; agents send personal data there")
    return problems


def _entry(source: str, callback_hosts: list[str]) -> Agent:
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
        document: Any = json.loads(text)
        if not isinstance(document, dict):
            _stop("An entry is one JSON object, as the network's directory has it.")
        hosts = {"callback_hosts": callback_hosts} if callback_hosts else {}
        return Agent.model_validate(document | hosts)
    except (OSError, json.JSONDecodeError, UnicodeDecodeError, binascii.Error) as problem:
        _stop(f"The entry cannot be read ({type(problem).__name__}); give a file with JSON.")
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
        _stop("\n".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in faults))


def _write(file: Path, agents: list[Agent]) -> None:
    """Replace the file in one step; JSON is YAML as well."""
    entries = [agent.model_dump(mode="json", exclude_defaults=True) for agent in agents]
    fresh = file.with_name(f"{file.name}.new")
    fresh.write_text(json.dumps(entries, indent=2) + "\n", encoding="utf-8")
    fresh.replace(file)


def _stop(text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(2)
