"""The `PRIVACY_*` variables of an embedded stack: addresses by value, secrets by file."""

import base64
import secrets
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from records.requests import CANARY
from samples.business import ALL_SYSTEMS
from samples.canary import PLANTED
from workers.keys import INTAKE_CLIENT, api_key_hash, new_key, new_key_set
from workers.settings import PREFIX
from workers.stack.agents import BUSINESS_ID
from workers.stack.folder import StackFolder
from workers.stack.ports import LOOPBACK
from workers.stack.secret_files import SecretFiles, password

MAIL_FROM = "privacy@shop.example"
STAFF_MAIL = "privacy-team@shop.example"
MAILBOX_ADDRESS = "privacy@postbird.example"

GENERATED = {
    "codec_keys": new_key_set,
    "vault_keys": new_key_set,
    "suppression_keys": new_key_set,
    "intake_private_key": new_key,
    "fingerprint_key": new_key,
    "evidence_signing_key": new_key,
}


API_KEYS = {INTAKE_CLIENT: "intake_api_key", CANARY: "canary_api_key"}
"""Intake clients, each with the file of its API key."""


class Addresses(NamedTuple):
    """Where the parts of a stack are reached."""

    gateway: str
    web_ui: str
    inbox: str
    temporal: str
    postgres: str
    smtp: str


def webhook_secret() -> str:
    """Return a new signing secret as Standard Webhooks write it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


def addresses(ports: Mapping[str, int]) -> Addresses:
    """Return the addresses that follow from the ports."""
    return Addresses(
        gateway=f"http://{LOOPBACK}:{ports['gateway']}",
        web_ui=f"http://{LOOPBACK}:{ports['web_ui']}",
        inbox=f"http://{LOOPBACK}:{ports['inbox']}",
        temporal=f"{LOOPBACK}:{ports['temporal']}",
        postgres=f"{LOOPBACK}:{ports['postgres']}",
        smtp=f"{LOOPBACK}:{ports['smtp']}",
    )


def open_variables(
    ports: Mapping[str, int], folder: StackFolder, api_keys: Mapping[str, str]
) -> dict[str, str]:
    """Return the variables that are no secrets."""
    places = addresses(ports)
    plain = {
        "development": "true",
        "temporal_address": places.temporal,
        "worker_versioning": "true",
        "temporal_ui_url": places.web_ui,
        "smtp_host": LOOPBACK,
        "smtp_port": str(ports["smtp"]),
        "smtp_security": "none",
        "mail_from": MAIL_FROM,
        "mail_in_port": str(ports["mail_in"]),
        "staff_mail": STAFF_MAIL,
        "public_url": places.gateway,
        "gateway_host": LOOPBACK,
        "gateway_port": str(ports["gateway"]),
        "intake_clients": ",".join(
            f"{client}:{api_key_hash(key)}" for client, key in api_keys.items()
        ),
        "canary": str(PLANTED),
        "canary_inbox_url": places.inbox,
        "var_dir": str(folder.root),
        "data_map": str(ALL_SYSTEMS),
        "system_drop": str(folder.drop),
        "provider_networks": "127.0.0.0/8",
        "agents": str(folder.agents),
        "business_id": BUSINESS_ID,
    }
    return {PREFIX + name.upper(): value for name, value in plain.items()}


def generate_keys(files: SecretFiles) -> None:
    """Make the keys that do not exist yet."""
    for name, make in GENERATED.items():
        files.file(name, make)
    for name in API_KEYS.values():
        files.file(name, password)
    files.file("sample_webhook_secret", webhook_secret)


def secret_variables(files: SecretFiles, names: Iterable[str]) -> dict[str, str]:
    """Return the `_FILE` variables of secrets."""
    return {f"{PREFIX}{name.upper()}_FILE": str(files.folder / name) for name in names}


def sample_variables(
    ports: Mapping[str, int], files: SecretFiles, places: Addresses
) -> dict[str, str]:
    """Return the variables of the sample service providers and of the registry that names them."""
    return {
        "SAMPLE_WEBHOOK_URL": f"http://{LOOPBACK}:{ports['sample_webhook']}/directions",
        "SAMPLE_WEBHOOK_SECRET": files.text("sample_webhook_secret"),
        "SAMPLE_WEBHOOK_PORT": str(ports["sample_webhook"]),
        "SAMPLE_MAILBOX_ADDRESS": MAILBOX_ADDRESS,
        "SAMPLE_MAILBOX_SINK_URL": places.inbox,
        "SAMPLE_MAILBOX_PUBLIC_URL": places.gateway,
    }
