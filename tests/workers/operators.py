"""Variables by which commands of operators find a test's database."""

import base64
from collections.abc import Callable, Mapping

KEYS = {"k1": bytes(range(32)), "k2": bytes(32)}


def key_set(*ids: str) -> str:
    """Write a set of the tests' keys as a setting, the current one first."""
    return ",".join(f"{name}:{base64.b64encode(KEYS[name]).decode()}" for name in ids)


def variables(database: str, as_role: Callable[[str, str], str]) -> Mapping[str, str]:
    """Return what an operator's shell has set."""
    roles = ("worker", "gateway", "auditor")
    dsns = {f"{role}_dsn": as_role(database, f"privacy_{role}") for role in roles}
    given = {
        "env_file": "/nonexistent",
        "dsn": database,
        "vault_keys": key_set("k1"),
        "suppression_keys": key_set("k1"),
        "codec_keys": key_set("k1"),
        "intake_private_key": base64.b64encode(KEYS["k1"]).decode(),
        "evidence_signing_key": base64.b64encode(KEYS["k1"]).decode(),
        **dsns,
    }
    return {f"PRIVACY_{name.upper()}": value for name, value in given.items()}
