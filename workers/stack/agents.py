"""The sample agent of an embedded stack: its entry in the directory, made from its own key."""

import base64
import json
from pathlib import Path

from nacl.signing import SigningKey

from workers.stack.ports import LOOPBACK

BUSINESS_ID = "CB_SHOP"
AGENT_ID = "AA_SAMPLE"
AGENT_KEY = "SAMPLE_AGENT_KEY"
"""Variable of the sample agent's private key (Ed25519 seed, base64)."""

CONTACT = "requests@privacy-helpers.example"


def write_directory(file: Path, key: str) -> None:
    """Store a directory with the sample agent alone, unless somebody wrote one there."""
    if file.exists():
        return
    verify_key = SigningKey(base64.b64decode(key)).verify_key
    entry = {
        "id": AGENT_ID,
        "name": "Privacy Helpers",
        "verify_key": base64.b64encode(bytes(verify_key)).decode("ascii"),
        "web_url": "https://privacy-helpers.example",
        "identity_assurance_url": "https://privacy-helpers.example/identity",
        "technical_contact": CONTACT,
        "business_contact": CONTACT,
        "callback_hosts": [LOOPBACK],
    }
    file.write_text(json.dumps([entry], indent=2) + "\n", encoding="utf-8")
