"""Settings, keys, and what they say of the network."""

from collections.abc import AsyncIterator, Iterator, Mapping
from difflib import get_close_matches
from ipaddress import ip_address
from itertools import combinations
from urllib.parse import urlsplit

from psycopg import conninfo

from workers.doctor.finding import Finding, good, note, wrong
from workers.keys import KeySet
from workers.settings import PREFIX, Settings, environment, variable

NEEDED: Mapping[str, str] = {
    "dsn": "migrations and API keys",
    "worker_dsn": "the worker",
    "gateway_dsn": "the gateway",
    "auditor_dsn": "privacy ledger",
    "codec_keys": "worker and gateway",
    "vault_keys": "worker and gateway",
    "suppression_keys": "worker and gateway",
    "fingerprint_key": "worker and gateway",
    "intake_private_key": "the worker",
    "evidence_signing_key": "the worker",
}
"""Settings without which something does not start, and what."""

_NAMED_FREELY = tuple(variable(kind) for kind in ("system_", "provider_", "canary_"))
"""Variables whose names an installation chooses: data map, registry and canary read them."""

_ENCRYPTED = frozenset({"require", "verify-ca", "verify-full"})


AT_A_DOOR = note(
    "settings",
    "only those of gateway or mail intake are set here, from which most parts cannot be seen",
    "Look from where all are set: docker compose run --rm operator privacy doctor.",
)


def has_a_doors_only(installation: Settings) -> bool:
    """Tell whether the process is gateway or mail intake, which know neither worker nor owner."""
    return bool(installation.gateway_dsn) and not (installation.worker_dsn or installation.dsn)


async def settings(installation: Settings) -> AsyncIterator[Finding]:
    """Look for what is not set, and for what is set for another kind of machine."""
    missing = [*_missing(installation)]
    for finding in missing:
        yield finding
    if not missing:
        yield good("settings", "everything that the processes need is set")
    for finding in (
        *_exposed(installation),
        *_unencrypted(installation),
        *_samples(installation),
        *_misspelt(environment()),
    ):
        yield finding


async def keys(installation: Settings) -> AsyncIterator[Finding]:
    """Look for a key that serves two purposes: whoever learns one would have both."""
    named = dict(_every_key(installation))
    for (one, key), (other, same) in combinations(named.items(), 2):
        if key == same and one != other:
            yield wrong("keys", f"{one} and {other} are the same key", "Give each its own key.")
            return
    yield good("keys", f"{len(named)} keys, each for one purpose")


def _missing(installation: Settings) -> Iterator[Finding]:
    for field, user in NEEDED.items():
        value = getattr(installation, field)
        if value is None or (field == "codec_keys" and not value.get_secret_value()):
            name = variable(field)
            fix = f"Set {name}, or {name}_FILE to a file that holds it."
            # A container holds the secrets of one process only, so that this is no fault there.
            yield note("settings", f"{name} is not set here; needed by {user}", fix)


def _misspelt(variables: Mapping[str, str]) -> Iterator[Finding]:
    """Name each variable that nothing reads and that looks like a setting."""
    known = {variable(field) for field in Settings.model_fields}
    for name in sorted(variables):
        meant = name.removesuffix("_FILE")
        if not name.startswith(PREFIX) or meant in known or name.startswith(_NAMED_FREELY):
            continue
        for near in get_close_matches(meant, known, n=1, cutoff=0.9):
            yield note("settings", f"{name} is no setting, and is not read", f"Is it {near}?")


def _exposed(installation: Settings) -> Iterator[Finding]:
    host = urlsplit(installation.public_url).hostname or ""
    if installation.development and not _is_local(host):
        yield wrong(
            "settings",
            "PRIVACY_DEVELOPMENT is on, so that the codec endpoint asks nobody to sign in",
            "Unset it; it is for a developer's own machine.",
        )
    if urlsplit(installation.public_url).scheme != "https" and not _is_local(host):
        fix = "Put a TLS proxy in front of the gateway and set PRIVACY_PUBLIC_URL to its address."
        yield wrong("settings", "consumers' links do not use https", fix)


def _unencrypted(installation: Settings) -> Iterator[Finding]:
    if installation.smtp_security == "none" and not _is_local(installation.smtp_host):
        fix = "Set PRIVACY_SMTP_SECURITY to starttls or tls."
        yield wrong("settings", "letters travel to the mail server in clear text", fix)
    for field in ("dsn", "worker_dsn", "gateway_dsn", "auditor_dsn"):
        value = getattr(installation, field)
        told = conninfo.conninfo_to_dict(value.get_secret_value()) if value else {}
        if not _is_inside(str(told.get("host", ""))) and told.get("sslmode") not in _ENCRYPTED:
            fix = "Add ?sslmode=verify-full to the address, and the server's certificate authority."
            yield wrong("settings", f"{variable(field)} may travel in clear text", fix)


def _samples(installation: Settings) -> Iterator[Finding]:
    if installation.mail_from.endswith("@example.com"):
        yield wrong("settings", "letters would come from example.com", "Set PRIVACY_MAIL_FROM.")
    if installation.staff_mail.endswith("@example.com"):
        fix = "Set PRIVACY_STAFF_MAIL."
        yield wrong("settings", "mail to staff would go to example.com", fix)


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in {"", "localhost"}


def _is_inside(host: str) -> bool:
    """Tell whether a name is this machine's, or one of a container network, without any dot."""
    return _is_local(host) or host.startswith("/") or "." not in host


def _every_key(installation: Settings) -> Iterator[tuple[str, bytes]]:
    text = installation.codec_keys.get_secret_value()
    sets = {
        "codec_keys": KeySet.parse(text) if text else None,
        "vault_keys": installation.vault_keys,
        "suppression_keys": installation.suppression_keys,
    }
    for name, held in sets.items():
        for key_id, key in held.by_id().items() if held else ():
            yield f"{variable(name)} {key_id}", key
    for field in ("intake_private_key", "fingerprint_key", "evidence_signing_key"):
        if getattr(installation, field) is not None:
            yield variable(field), installation.key(field)
