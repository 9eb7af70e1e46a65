"""The framework as one of our protocols: a signed request per identifier, a signed receipt each."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from domain.notice_words import DirectedAction
from providers.channels import DdrfChannel, ProtocolKind
from providers.credentials import Credentials, SecretMissing
from providers.ddrf.discovery import Recipient, recipient
from providers.ddrf.tokens import BadToken, Receipt, private_key, receipt, request_token
from providers.identities import written
from providers.outgoing import Outgoing, Reply
from providers.protocol import Acknowledgement, Direction, Evidence, NotOurs, SendingFailed, Sent
from providers.registry import Provider
from providers.sending import accepted, attempted

SCHEME = "ddrf-acjwt"
_FAILURES = {
    1: ("malformed", False),
    2: ("our_signature_refused", False),
    3: ("our_token_refused", False),
    4: ("unsupported_identifier", False),
    5: ("unsupported_format", False),
    6: ("our_time_refused", True),
}
"""Result codes of the framework: our word for each, and whether it may pass."""


@dataclass(frozen=True)
class _Receipt:
    """What a recipient gave for one request token."""

    request: str
    token: str
    key: jwt.PyJWK
    status_code: int


class Ddrf:
    """Directs ad-tech recipients. What they sign proves that they received it, never more."""

    kind = ProtocolKind.DDRF

    def __init__(self, outgoing: Outgoing, credentials: Credentials) -> None:
        self._outgoing = outgoing
        self._credentials = credentials

    async def send(self, provider: Provider, direction: Direction, now: datetime) -> Sent:
        """Send one request per identifier that the recipient publishes as supported.

        See ``ProviderProtocol.send``; a repetition carries the same token ids.
        """
        channel = _channel(provider)
        if direction.action is not DirectedAction.DELETE:
            text = f"The framework carries deletions only; direct {provider.id} otherwise."
            raise SendingFailed("unsupported_action", text, retryable=False)
        shown = await recipient(self._outgoing, channel)
        subjects = _subjects(provider, shown, direction)
        key = self._signing_key(channel)
        receipts = []
        for subject in subjects:
            seed = f"{direction.direction_id}\n{subject['identifierType']}\n{direction.reminder}"
            token = request_token(channel, key, subject, seed, now)
            receipts.append(await self._receipt(channel, shown, token, now))
        return _sent(receipts, now)

    async def verify(
        self, provider: Provider, headers: Mapping[str, str], raw_body: bytes, now: datetime
    ) -> Acknowledgement:
        """Refuse: the framework has no callbacks. See ``ProviderProtocol.verify``."""
        raise NotOurs

    async def _receipt(
        self, channel: DdrfChannel, shown: Recipient, request: str, now: datetime
    ) -> _Receipt:
        reply = await self._post(channel, shown.endpoint, request)
        if reply.status not in {202, 400}:
            accepted(reply)
        token = _token_in(reply)
        try:
            claims, key = receipt(token, shown.keys(), channel.domain, request, now)
        except BadToken as problem:
            text = f"{channel.domain} gave no believable receipt: {problem}."
            raise SendingFailed("receipt_not_signed", text, retryable=True) from None
        _successful(channel, claims, reply)
        return _Receipt(request, token, key, reply.status)

    async def _post(self, channel: DdrfChannel, endpoint: str, request: str) -> Reply:
        as_json = channel.envelope == "json"
        content = json.dumps({"rqJWT": request}) if as_json else request
        headers = {"content-type": "application/json" if as_json else "application/jwt"}
        return await attempted(
            self._outgoing.request("POST", endpoint, headers=headers, content=content.encode())
        )

    def _signing_key(self, channel: DdrfChannel) -> RSAPrivateKey:
        try:
            return private_key(self._credentials.read(channel.signing_key))
        except SecretMissing as error:
            raise SendingFailed("secret_missing", str(error), retryable=True) from None
        except ValueError as error:
            text = f"{channel.signing_key}: {error}; put one there."
            raise SendingFailed("bad_signing_key", text, retryable=True) from None


def _channel(provider: Provider) -> DdrfChannel:
    if not isinstance(provider.channel, DdrfChannel):
        raise NotOurs
    return provider.channel


def _subjects(provider: Provider, shown: Recipient, direction: Direction) -> list[dict[str, str]]:
    subjects = []
    for kind, value in direction.locators.items():
        wording = shown.wording(kind)
        if wording:
            type_, format_, form = wording
            subjects.append(
                {
                    "identifierValue": written(kind, value, form),
                    "identifierType": type_,
                    "identifierFormat": format_,
                }
            )
    if not subjects:
        text = f"{provider.id} publishes no kind of identifier that is known for this person."
        raise SendingFailed("unsupported_identifier", text, retryable=False)
    return subjects


def _token_in(reply: Reply) -> str:
    """The framework does not say how the token lies in the body: bare, as JSON text, or named."""
    text = reply.body.decode("utf-8", "replace").strip()
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if isinstance(content, dict):
        content = content.get("acJWT", "")
    return content if isinstance(content, str) else ""


def _successful(channel: DdrfChannel, claims: Receipt, reply: Reply) -> None:
    """Raise ``SendingFailed`` unless status and result code both say that it was received."""
    if claims.raResultCode == 0 and reply.status == 202:
        return
    code, retryable = _FAILURES.get(claims.raResultCode, ("contradictory", False))
    text = f"{channel.domain} refuses the request: {code} (result code {claims.raResultCode})."
    raise SendingFailed(code, text, retryable=retryable)


def _sent(receipts: Sequence[_Receipt], now: datetime) -> Sent:
    raw = "\n".join(one.token for one in receipts).encode()
    key = receipts[0].key
    return Sent(
        status_code=receipts[0].status_code,
        body_hash=_hash("\n".join(one.request for one in receipts).encode()),
        received_at=now,
        raw_receipt=raw,
        evidence=Evidence(
            scheme=SCHEME,
            key_fingerprint=_hash(_public(key).encode()),
            body_hash=_hash(raw),
            headers={},
            verified_by=_public(key),
        ),
    )


def _public(key: jwt.PyJWK) -> str:
    """Return a key's required members as RFC 7638 orders them, so that its hash is a thumbprint."""
    shown = json.loads(key.Algorithm.to_jwk(key.key))
    members = ("e", "kty", "n") if shown["kty"] == "RSA" else ("crv", "kty", "x", "y")
    return json.dumps({name: shown[name] for name in members}, separators=(",", ":"))


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
