"""Two service providers: Acme calls back with signed webhooks, Postbird presses buttons."""

import base64
import json
from datetime import datetime
from typing import Any

from providers.standard_webhooks import key_of, signed_headers

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()
OTHER_SECRET = "whsec_" + base64.b64encode(b"fedcba9876543210fedcba98").decode()
_TERMS = (
    "[named_purposes, no_sale_or_sharing, no_other_use, no_use_outside_relationship, "
    "no_combining, ccpa_level_protection, checks_allowed, notice_within_5_business_days, "
    "right_to_stop_misuse, enables_consumer_requests]"
)
REGISTRY = f"""
providers:
  - id: acme
    name: Acme Analytics
    kind: service_provider
    holds: [shop.customer]
    identifiers: [email]
    contract: {{terms: {_TERMS}}}
    channel:
      protocol: standard_webhooks
      endpoint: http://127.0.0.1:1/directions
      signing_secrets: ["env:SECRET"]
    escalation: {{name: Desk, email: desk@acme.example}}
  - id: postbird
    name: Postbird Mailings
    kind: service_provider
    holds: [shop.customer]
    identifiers: [email]
    contract: {{terms: {_TERMS}}}
    channel: {{protocol: mail, address: privacy@postbird.example}}
    escalation: {{name: Desk, email: desk@postbird.example}}
"""


def acknowledgement(direction_id: str, status: str = "done", **more: Any) -> bytes:
    """Return the body of a callback."""
    data = {"direction_id": direction_id, "status": status, **more}
    return json.dumps({"type": "privacy.direction.acknowledged", "data": data}).encode()


def signed(
    body: bytes, at: datetime, message_id: str = "msg_1", secret: str = SECRET
) -> dict[str, str]:
    """Return the headers by which Acme proves a callback."""
    return signed_headers([key_of(secret)], message_id, at, body)
