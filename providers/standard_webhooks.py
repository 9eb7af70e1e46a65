"""Standard Webhooks: our direction goes out signed, the provider's acknowledgement comes in signed.

Header ``webhook-id`` is the once-only key, ``webhook-timestamp`` (Unix seconds) must be within five
minutes of ours, ``webhook-signature`` lists one ``v1,<base64>`` per valid secret while one retires.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.chain import canonical
from domain.strict_json import read_json
from domain.vocabulary import NoticeKind, ProviderStanding
from providers.credentials import Credentials, SecretMissing
from providers.outgoing import Outgoing, Reply
from providers.protocol import (
    Acknowledgement,
    Direction,
    Evidence,
    Forged,
    Malformed,
    NotOurs,
    ReasonCode,
    SendingFailed,
    Sent,
    Stale,
    SubProcessor,
    Unverifiable,
)
from providers.registry import ProtocolKind, Provider, WebhookChannel
from providers.sending import accepted, attempted, belongs_to

TOLERANCE = timedelta(minutes=5)
SCHEME = "standard-webhooks-v1"
_PREFIX = "whsec_"
_MIN_SECRET_BYTES = 24
_ID = re.compile(r"[\x21-\x7e]{1,255}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_FLOW_DOWN = (
    "Pass this direction on to every service provider, contractor or subcontractor of yours that "
    "holds this person's data, and tell others to whom you disclosed it unless we direct otherwise."
)
_PASS_ON = "Comply, and pass this notice on to everyone to whom you made the data available."


class BadSecret(ValueError):
    """A secret is not of the form ``whsec_<base64 of at least 24 bytes>``."""


class _Answer(BaseModel):
    """The ``data`` of a provider's acknowledgement. Fields that we do not know are ignored."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    direction_id: str = Field(max_length=80)
    status: Literal["received", "done", "partly", "not_found", "refused"]
    reason: ReasonCode | None = None
    sub_processors: tuple[SubProcessor, ...] = Field(default=(), max_length=50)
    results_url: str | None = Field(default=None, max_length=4000)


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    type: Literal["privacy.direction.acknowledged"]
    data: _Answer


def key_of(secret: str) -> bytes:
    """Return the key bytes of a ``whsec_…`` secret.

    Raises:
        BadSecret: another form, or fewer than 24 bytes.
    """
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(_PREFIX) or len(key) < _MIN_SECRET_BYTES:
        raise BadSecret("write the secret as whsec_ followed by base64 of at least 24 random bytes")
    return key


def fingerprint(key: bytes) -> str:
    """Name a symmetric key without giving it away (first 32 hex characters of its SHA-256)."""
    return hashlib.sha256(b"webhook key\n" + key).hexdigest()[:32]


def signature(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    """Return ``v1,<base64>`` over ``{id}.{timestamp}.{raw body}``."""
    content = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, content, "sha256")).decode("ascii")


def signed_headers(
    keys: Sequence[bytes], message_id: str, now: datetime, body: bytes
) -> dict[str, str]:
    """Return the three webhook headers, signed by every key that is valid just now."""
    timestamp = str(int(now.timestamp()))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signature(key, message_id, timestamp, body) for key in keys),
    }


def message_id(direction: Direction) -> str:
    """Return the once-only key of a direction: the same for every attempt to send it."""
    stream = direction.direction_id.replace(".", "_")
    return f"msg_{stream}_{direction.action}_{direction.reminder}"


def direction_body(direction: Direction, now: datetime) -> bytes:
    """Return the JSON that a provider receives: the items of N-14 or N-15 and nothing else."""
    kind = "reminded" if direction.reminder else "issued"
    return canonical(
        {
            "type": f"privacy.direction.{kind}",
            "timestamp": now.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "data": _direction_data(direction),
        }
    )


def verified_key(
    keys: Sequence[bytes], headers: Mapping[str, str], raw_body: bytes, now: datetime
) -> bytes:
    """Return the key whose signature fits, comparing every pair in constant time.

    Raises:
        Forged: a header is missing or no signature fits.
        Stale: the signature may fit, but its time is more than five minutes off.
    """
    identity, timestamp, signatures = _webhook_headers(headers)
    fitting = None
    for key in keys:
        expected = signature(key, identity, timestamp, raw_body).encode("ascii")
        for offered in signatures:
            if hmac.compare_digest(expected, offered):
                fitting = key
    if fitting is None:
        raise Forged("No v1 signature fits the raw body under a secret that we share with you.")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        raise Stale(
            "webhook-timestamp is more than five minutes off; sign again with the time now."
        )
    return fitting


class StandardWebhooks:
    """The generic protocol for a provider with an engineer."""

    kind = ProtocolKind.STANDARD_WEBHOOKS

    def __init__(self, outgoing: Outgoing, credentials: Credentials) -> None:
        self._outgoing = outgoing
        self._credentials = credentials

    async def send(self, provider: Provider, direction: Direction, now: datetime) -> Sent:
        """Post the signed direction; any 2xx is delivered. See ``ProviderProtocol.send``."""
        channel = _channel(provider)
        body = direction_body(direction, now)
        reply = await self.post(provider, channel.endpoint, message_id(direction), body, now)
        accepted(reply)
        return Sent(status_code=reply.status, body_hash=hashlib.sha256(body).hexdigest())

    async def post(
        self, provider: Provider, url: str, identity: str, body: bytes, now: datetime
    ) -> Reply:
        """Post any signed body and return the status and headers that the other side answers.

        Raises:
            SendingFailed: no secret, or no answer.
        """
        keys = self._sending_keys(_channel(provider).signing_secrets)
        headers = signed_headers(keys, identity, now, body)
        headers["content-type"] = "application/json"
        return await attempted(
            self._outgoing.request("POST", url, headers=headers, content=body, status_only=True)
        )

    async def verify(
        self, provider: Provider, headers: Mapping[str, str], raw_body: bytes, now: datetime
    ) -> Acknowledgement:
        """Verify, then parse. See ``ProviderProtocol.verify``."""
        channel = _channel(provider)
        lower = {name.lower(): value for name, value in headers.items()}
        keys = self._callback_keys(channel.valid_callback_secrets)
        key = verified_key(keys, lower, raw_body, now)
        answer = _parsed(raw_body)
        belongs_to(provider, answer.direction_id)
        return _acknowledgement(provider, answer, lower, raw_body, key)

    def _sending_keys(self, references: Sequence[str]) -> list[bytes]:
        try:
            return self._keys(references)
        except (SecretMissing, BadSecret) as error:
            raise SendingFailed("secret_missing", str(error), retryable=True) from None

    def _callback_keys(self, references: Sequence[str]) -> list[bytes]:
        try:
            return self._keys(references)
        except (SecretMissing, BadSecret):
            raise Unverifiable(
                "We cannot check signatures just now; send it again later."
            ) from None

    def _keys(self, references: Sequence[str]) -> list[bytes]:
        return [key_of(self._credentials.read(reference)) for reference in references]


def _channel(provider: Provider) -> WebhookChannel:
    if not isinstance(provider.channel, WebhookChannel):
        raise NotOurs
    return provider.channel


def _direction_data(direction: Direction) -> dict[str, Any]:
    data: dict[str, Any] = {
        "direction_id": direction.direction_id,
        "notice": direction.notice.value,
        "action": direction.action.value,
        "person": {kind.value: value for kind, value in direction.locators.items()},
        "scope": list(direction.scope),
        "exceptions": list(direction.exceptions),
        "confirm_by": direction.confirm_by.isoformat(),
        "contact": direction.contact,
        "callback_url": direction.callback_url,
    }
    if direction.test:
        data["test"] = True
    if direction.notice is NoticeKind.THIRD_PARTY_NOTICE:
        return data | {"comply_and_pass_on": _PASS_ON}
    if direction.corrections:
        data["corrections"] = dict(direction.corrections)
    return data | {"request_id": direction.request_id, "flow_down": _FLOW_DOWN}


def _webhook_headers(headers: Mapping[str, str]) -> tuple[str, str, list[bytes]]:
    identity = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not _ID.fullmatch(identity) or not _TIMESTAMP.fullmatch(timestamp):
        raise Forged("Headers webhook-id and webhook-timestamp (Unix seconds) must be present.")
    offered = headers.get("webhook-signature", "").split(" ")[:8]
    return identity, timestamp, [one.encode("utf-8", "replace") for one in offered]


def _parsed(raw_body: bytes) -> _Answer:
    try:
        return _Message.model_validate(read_json(raw_body)).data
    except ValidationError as error:
        places = ", ".join(".".join(map(str, one["loc"])) for one in error.errors())
        raise Malformed(f"The body is not an acknowledgement; look at: {places}.") from None
    except ValueError:
        raise Malformed("The body is not JSON in UTF-8, or it repeats a name.") from None


def _acknowledgement(
    provider: Provider, answer: _Answer, headers: Mapping[str, str], raw_body: bytes, key: bytes
) -> Acknowledgement:
    signed = ("webhook-id", "webhook-timestamp", "webhook-signature")
    return Acknowledgement(
        direction_id=answer.direction_id,
        standing=ProviderStanding(answer.status),
        at=datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC),
        once_key=f"{provider.id}:{headers['webhook-id']}",
        sub_processors=answer.sub_processors,
        reason=answer.reason,
        results=answer.status == "done" and bool(answer.results_url),
        evidence=Evidence(
            scheme=SCHEME,
            key_fingerprint=fingerprint(key),
            body_hash=hashlib.sha256(raw_body).hexdigest(),
            headers={name: headers[name] for name in signed},
        ),
    )
