"""`privacy providers`: look at the registry, check, rehearse with an integrator, stop sending."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from datamap.errors import DataMapError
from datamap.loading import load_path
from providers.channels import DdrfChannel, ProtocolKind
from providers.checking import Check, Finding, Verdict, look_at_all
from providers.credentials import Credentials, SecretMissing
from providers.ddrf.tokens import public_jwk
from providers.desk import ProviderDesk, build_desk
from providers.located import InvalidFile
from providers.outgoing import Outgoing
from providers.registry import Provider, Registry, directive_for, load_registry
from providers.switches import SWITCH_FILE, Switches, SwitchFile
from workers.sandbox import Rehearsal, Stage, free_port
from workers.settings import Settings, environment, load_settings

app = typer.Typer(no_args_is_help=True, help="Service providers: who they are, do they answer.")

_MARKS = {Verdict.GOOD: "ok  ", Verdict.NOTE: "note", Verdict.BAD: "BAD "}
File = Annotated[
    Path | None, typer.Option("--file", help="A registry; without it the one of the settings.")
]
One = Annotated[str, typer.Argument(help="The provider's id.")]


@app.command("list")
def list_providers(file: File = None) -> None:
    """List the providers: kind, protocol, the notice each gets, what its contract lacks."""
    settings = load_settings()
    registry = _registry(settings, file)
    switches = SwitchFile(settings.var_dir / SWITCH_FILE)()
    for one in registry.providers:
        typer.echo(f"{one.id} ({one.name})")
        for label, text in _facts(registry, switches, one).items():
            typer.echo(f"  {label + ':':<16}{text}")


@app.command()
def check(
    ids: Annotated[list[str] | None, typer.Argument(help="Providers; all when none.")] = None,
    file: File = None,
) -> None:
    """Test contract, secrets, reachability, certificate and clock; sends no personal data."""
    settings = load_settings()
    registry = _registry(settings, file)
    chosen = tuple(_known(registry, one) for one in ids) if ids else registry.providers
    findings = asyncio.run(_checked(settings, registry, chosen))
    for provider, found in zip(chosen, findings, strict=True):
        typer.echo(f"{provider.id} ({provider.name}, {provider.protocol})")
        for finding in found:
            typer.echo(f"  {_MARKS[finding.verdict]} {finding.subject}: {finding.text}")
    bad = any(one.verdict is Verdict.BAD for found in findings for one in found)
    raise typer.Exit(1 if bad else 0)


@app.command()
def simulate(
    provider_id: One,
    wait: Annotated[float, typer.Option(help="Seconds to wait for the last callback.")] = 60,
    listen: Annotated[str, typer.Option(help="HOST:PORT for callbacks; 0: any.")] = "127.0.0.1:0",
    public_url: Annotated[
        str, typer.Option(help="Address under which the provider reaches that; empty: the same.")
    ] = "",
    file: File = None,
) -> None:
    """Send a signed direction about nobody and show step by step what comes back."""
    settings = load_settings()
    registry = _registry(settings, file)
    provider = _known(registry, provider_id)
    stage = _stage(listen, public_url, wait)
    green = asyncio.run(_simulated(settings, registry, provider, stage))
    typer.echo("green: directed and acknowledged" if green else "not green yet")
    raise typer.Exit(0 if green else 1)


@app.command()
def pause(
    provider_id: Annotated[str | None, typer.Argument(help="A provider's id.")] = None,
    protocol: Annotated[ProtocolKind | None, typer.Option(help="Or a whole protocol.")] = None,
) -> None:
    """Stop sending to a provider, or by a protocol, at once; clocks run on."""
    _switch(provider_id, protocol, stopped=True)


@app.command()
def resume(
    provider_id: Annotated[str | None, typer.Argument(help="A provider's id.")] = None,
    protocol: Annotated[ProtocolKind | None, typer.Option(help="Or a whole protocol.")] = None,
) -> None:
    """Send again after ``pause``."""
    _switch(provider_id, protocol, stopped=False)


@app.command("public-key")
def public_key(provider_id: One, file: File = None) -> None:
    """Print the key (JWK) that our dsrdelete.json must publish for a provider of protocol ddrf."""
    provider = _known(_registry(load_settings(), file), provider_id)
    if not isinstance(provider.channel, DdrfChannel):
        _stop(f"{provider_id} is not directed by ddrf.")
    try:
        key = Credentials(environment()).read(provider.channel.signing_key)
        typer.echo(public_jwk(key, provider.channel.key_id))
    except (SecretMissing, ValueError) as problem:
        _stop(str(problem))


def _registry(settings: Settings, file: Path | None) -> Registry:
    path = file or settings.providers
    try:
        return load_registry(path.read_text(encoding="utf-8"), str(path), environment())
    except OSError as problem:
        _stop(f"{path} cannot be read ({problem.strerror}); name a registry with --file.")
    except InvalidFile as problem:
        _stop(str(problem))


def _known(registry: Registry, provider_id: str) -> Provider:
    provider = registry.get(provider_id)
    if provider is None:
        known = ", ".join(one.id for one in registry.providers)
        _stop(f"There is no provider {provider_id}; the registry has: {known}.")
    return provider


def _stop(text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(2)


def _facts(registry: Registry, switches: Switches, one: Provider) -> dict[str, str]:
    notice = directive_for(one)
    return {
        "kind": one.kind.replace("_", " "),
        "protocol": one.protocol,
        "notice": notice.value if notice else "none",
        "holds": ", ".join(one.holds),
        "may receive": ", ".join(sorted(one.identifiers)),
        "contract lacks": ", ".join(one.contract.missing_terms) or "nothing",
        "sending": registry.pause(one) or switches.pause(one) or "on",
    }


def _collections(settings: Settings) -> frozenset[str]:
    try:
        datamap = load_path(settings.data_map)
    except (OSError, DataMapError) as problem:
        _stop(f"The data map cannot be read: {problem}")
    return frozenset(f"{system}.{one.name}" for system, one in datamap.collections())


@asynccontextmanager
async def _desk(
    settings: Settings, registry: Registry, public_url: str
) -> AsyncIterator[tuple[ProviderDesk, Outgoing, Credentials]]:
    outgoing = Outgoing(settings.provider_networks)
    credentials = Credentials(environment())
    switches = SwitchFile(settings.var_dir / SWITCH_FILE)
    try:
        yield (
            build_desk(registry, outgoing, credentials, switches, public_url=public_url),
            outgoing,
            credentials,
        )
    finally:
        await outgoing.aclose()


async def _checked(
    settings: Settings, registry: Registry, chosen: tuple[Provider, ...]
) -> list[list[Finding]]:
    async with _desk(settings, registry, "") as (desk, outgoing, credentials):
        collections = _collections(settings)
        looking = Check(desk, outgoing, credentials, lambda: datetime.now(UTC), collections)
        return await look_at_all(looking, chosen)


async def _simulated(
    settings: Settings, registry: Registry, provider: Provider, stage: Stage
) -> bool:
    async with _desk(settings, registry, stage.public_url) as (desk, _, _):
        rehearsal = Rehearsal(desk, provider, _tell)
        return await rehearsal.play(stage, str(settings.staff_mail))


def _stage(listen: str, public_url: str, wait: float) -> Stage:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit():
        _stop("--listen takes HOST:PORT, such as 127.0.0.1:0.")
    chosen = int(port) or free_port(host)
    return Stage(host, chosen, public_url.rstrip("/") or f"http://{host}:{chosen}", wait)


def _tell(text: str) -> None:
    typer.echo(f"{datetime.now(UTC):%H:%M:%S} {text}")


def _switch(provider_id: str | None, protocol: ProtocolKind | None, *, stopped: bool) -> None:
    if (provider_id is None) == (protocol is None):
        _stop("Name a provider's id, or a protocol with --protocol.")
    settings = load_settings()
    file = SwitchFile(settings.var_dir / SWITCH_FILE)
    before = file()
    if provider_id:
        _known(_registry(settings, None), provider_id)
    change = frozenset.union if stopped else frozenset.difference
    file.write(
        Switches(
            providers=change(before.providers, {provider_id} if provider_id else set()),
            protocols=change(before.protocols, {protocol} if protocol else set()),
        )
    )
    typer.echo(f"{provider_id or protocol}: sending {'stopped' if stopped else 'on'}")
