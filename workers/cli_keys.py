"""`privacy keys`: which keys are in use, and wrapping the vault's under the newest."""

import asyncio
import base64
from collections.abc import Iterator, Mapping
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.table import Table

from records import incoming_mail
from records.keyring import UnknownKey
from records.sealing import public_key_of
from records.signing import fingerprint
from records.vault import wrapped_by_key
from records.wrapping import KeyServiceAway
from workers import parts
from workers.connecting import connected
from workers.keys import KeySet, new_key_set
from workers.settings import Settings, load_settings

app = typer.Typer(no_args_is_help=True, help="Keys of this installation; none is ever shown.")


_PAYLOADS = "what Temporal keeps: open requests, and closed ones for its retention"


class KeyUse(NamedTuple):
    """One key of a set: what for, its id, whether it is current, whether held, what needs it."""

    purpose: str
    key_id: str
    current: bool
    held: bool
    needed_by: str


class Rewrapped(NamedTuple):
    """How many data keys were wrapped anew, and under which key."""

    keys: int
    under: str


@app.command("list")
def list_keys() -> None:
    """Show every key by its id, what still needs it, and the public ones in full."""
    settings = load_settings()
    uses = asyncio.run(_uses(settings))
    table = Table("for", "key", "state", "needed by")
    for use in uses:
        table.add_row(use.purpose, use.key_id, _state(use), use.needed_by)
    Console().print(table)
    for line in _public(settings):
        typer.echo(line)
    missing = [use for use in uses if not use.held]
    for use in missing:
        typer.echo(f"{use.purpose} key {use.key_id} is needed and not in the settings.", err=True)
    if missing:
        raise typer.Exit(1)


@app.command()
def rewrap(
    batch: Annotated[int, typer.Option(min=1, help="Rows in one transaction.")] = 500,
) -> None:
    """Wrap every data key of the vault under the current key; older keys can go afterwards."""
    settings = load_settings()
    try:
        done = asyncio.run(_rewrap(settings, batch))
    except (UnknownKey, KeyServiceAway) as fault:
        typer.echo(f"Nothing more was wrapped: {fault}.", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{done.keys} data keys were wrapped anew; all of them are under {done.under}.")


@app.command()
def retire(key_id: Annotated[str, typer.Argument(help="Id of a key of the vault.")]) -> None:
    """Say whether a wrapping key may go, and how; end with 1 while something needs it.

    An id that is neither set nor a key service's is a slip, and ends with 2.
    """
    settings = load_settings()
    vault = [use for use in asyncio.run(_uses(settings)) if use.purpose == "vault"]
    use = next((each for each in vault if each.key_id == key_id), None)
    # A key service's former versions have a colon and are not in our settings.
    if not use and ":" not in key_id:
        known = ", ".join(each.key_id for each in vault)
        typer.echo(f"The vault has no key {key_id!r}. It has: {known}.", err=True)
        raise typer.Exit(2)
    if use and (use.current or not use.needed_by.startswith("0 ")):
        fix = "put another key in front first" if use.current else "run privacy keys rewrap first"
        typer.echo(f"{key_id} must stay: {use.needed_by}; {fix}.", err=True)
        raise typer.Exit(1)
    typer.echo(f"Nothing is wrapped by {key_id}. {_way_out(key_id)}")


@app.command()
def new() -> None:
    """Print a new key as id:base64; put it behind a set first (docs/operations.md)."""
    typer.echo(new_key_set())


def _way_out(key_id: str) -> str:
    if key_id.startswith("transit:"):
        return "Raise min_decryption_version of the key service's key past its version."
    if key_id.startswith("aws-kms:"):
        return "Disable it at AWS KMS, and schedule its deletion once no backup needs it."
    return "Take it out of PRIVACY_VAULT_KEYS everywhere, and restart."


def _state(use: KeyUse) -> str:
    if not use.held:
        return "MISSING"
    return "current" if use.current else "former"


def _public(settings: Settings) -> Iterator[str]:
    if settings.intake_private_key:
        public = public_key_of(settings.key("intake_private_key"))
        yield f"Submissions are sealed to: {base64.b64encode(public).decode()}"
    if settings.evidence_signing_key:
        own = parts.signer(settings).public_key
        yield f"Evidence is signed by:     {base64.b64encode(own).decode()}"
        yield f"  fingerprint for auditors: {fingerprint(own)}"
    for former in settings.evidence_public_keys:
        yield f"  also trusted:             {fingerprint(former)}"


async def _uses(settings: Settings) -> list[KeyUse]:
    async with connected(settings, "worker_dsn") as conn:
        wrapped = await wrapped_by_key(conn)
        hashed = await conn.fetch(
            "SELECT split_part(identity_hash, ':', 1) AS key_id, count(*) AS n FROM ("
            " SELECT identity_hash FROM privacy.suppression UNION ALL"
            " SELECT identity_hash FROM privacy.requester_identity UNION ALL"
            " SELECT identity_hash FROM privacy.legal_hold WHERE identity_hash IS NOT NULL"
            ") hashes GROUP BY 1"
        )
    codec = settings.codec_keys.get_secret_value()
    people = settings.key_set("suppression_keys")
    return [
        *(_of_set("Temporal", KeySet.parse(codec), {}, _PAYLOADS) if codec else ()),
        *await _of_vault(settings, wrapped),
        *_of_set("people", people, {row["key_id"]: row["n"] for row in hashed}, "hashes"),
    ]


def _of_set(purpose: str, keys: KeySet, counts: Mapping[str, int], what: str) -> Iterator[KeyUse]:
    held = list(keys.by_id())
    for key_id in [*held, *sorted(counts.keys() - set(held))]:
        needed = f"{counts.get(key_id, 0)} {what}" if purpose != "Temporal" else what
        yield KeyUse(purpose, key_id, key_id == keys.current, key_id in held, needed)


async def _of_vault(settings: Settings, counts: Mapping[str, int]) -> list[KeyUse]:
    wrapping = parts.wrapping_keys(settings)
    newest = await wrapping.newest()
    own = list(settings.vault_keys.by_id()) if settings.vault_keys else []
    known = dict.fromkeys([newest, *own, *sorted(counts)])
    return [
        KeyUse(
            "vault", each, each == newest, wrapping.holds(each), f"{counts.get(each, 0)} data keys"
        )
        for each in known
    ]


async def _rewrap(settings: Settings, batch: int) -> Rewrapped:
    wrapping = parts.wrapping_keys(settings)
    async with connected(settings, "worker_dsn") as conn:
        keys = await parts.vault(settings).rewrap(conn, batch)
        keys += await incoming_mail.rewrap(conn, wrapping)
    return Rewrapped(keys, await wrapping.newest())
