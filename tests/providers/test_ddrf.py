"""The deletion request framework against a strict recipient: signed both ways, receipt only."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from domain.notice_words import DirectedAction
from domain.vocabulary import PointOfIdentity
from providers.credentials import Credentials
from providers.desk import ProviderDesk, build_desk
from providers.outgoing import LOOPBACK, Outgoing
from providers.protocol import NotOurs, SendingFailed, Sent
from providers.registry import load_registry
from tests.providers.fakes.authority import rsa_key
from tests.providers.fakes.ddrf import DOMAIN, ISSUER, Recipient, opened
from tests.providers.support import (
    NOW,
    direction,
    free_port,
    registry_text,
    serving,
    to_loopback,
)
from workers.sandbox import Rehearsal, Stage

EMAIL_HASH = hashlib.sha256(b"ana.ruiz@example.com").hexdigest()
BOTH = {PointOfIdentity.EMAIL: "ana.ruiz@example.com", PointOfIdentity.PHONE: "+1 415 555 0142"}


def our_key() -> str:
    """Return our signing key, PEM."""
    key = rsa_key("business")
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@asynccontextmanager
async def desk_for(recipient: Recipient, **channel: str) -> AsyncIterator[ProviderDesk]:
    """Serve a recipient and yield a desk that directs it."""
    outgoing = Outgoing(LOOPBACK, resolver=to_loopback)
    async with serving(recipient.app()) as url:
        facts = {
            "protocol": "ddrf",
            "domain": DOMAIN,
            "discovery_url": f"'{url}/dsrdelete.json'",
            "issuer": ISSUER,
            "signing_key": "env:KEY",
            "key_id": "'2026-1'",
            **channel,
        }
        text = registry_text("{" + ", ".join(f"{k}: {v}" for k, v in facts.items()) + "}")
        text = text.replace("[email, customer_number]", "[email, phone]")
        registry = load_registry(text, "p.yaml", {})
        yield build_desk(registry, outgoing, Credentials({"KEY": our_key()}))
        await outgoing.aclose()


async def failure(recipient: Recipient, **changes: Any) -> SendingFailed:
    """Return how a sending to the recipient fails."""
    async with desk_for(recipient) as desk:
        with pytest.raises(SendingFailed) as caught:
            await desk.send("acme", direction(**changes), NOW)
    return caught.value


@pytest.mark.parametrize("form", ["jwt", "json"])
async def test_a_strict_recipient_accepts_our_tokens_and_its_receipt_is_kept(form: str) -> None:
    """Tokens verify from the RFCs alone, hashes are preferred, the receipt comes back whole."""
    recipient = Recipient(NOW, form=form)
    async with desk_for(recipient, envelope=form) as desk:
        sent = await desk.send("acme", direction(), NOW)
    assert isinstance(sent, Sent)
    assert list(recipient.book.values()) == [
        {
            "identifierValue": EMAIL_HASH,
            "identifierType": "email",
            "identifierFormat": "sha256",
        }
    ]
    assert (sent.received_at, sent.status_code) == (NOW, 202)
    assert opened(sent.raw_receipt.decode(), recipient.published)[1]["raResultCode"] == 0
    assert sent.evidence is not None
    assert sent.evidence.body_hash == hashlib.sha256(sent.raw_receipt).hexdigest()


async def test_a_rehearsal_is_green_with_the_receipt_and_waits_for_nothing() -> None:
    """No callback can follow; that receipt is all that is proved is said."""
    told = list[str]()
    stage = Stage("127.0.0.1", free_port(), "http://127.0.0.1", 60)
    async with asyncio.timeout(20), desk_for(Recipient(datetime.now(UTC))) as desk:
        green = await Rehearsal(desk, desk.registry.providers[0], told.append).play(stage, "a@b.c")
    assert green, told
    assert "its signed answer proves receipt" in told[-2]
    assert told[-1] == "no callback follows: receipt is all that this protocol can prove"


async def test_the_receipt_stays_out_of_what_is_written_down() -> None:
    """The token repeats the person's identifier, so neither repr nor JSON shows it."""
    async with desk_for(Recipient(NOW)) as desk:
        sent = await desk.send("acme", direction(), NOW)
    for shown in (repr(sent), sent.model_dump_json()):
        assert "eyJ" not in shown
        assert EMAIL_HASH not in shown


async def test_each_identifier_is_a_request_of_its_own() -> None:
    """One identifier per request, and only the kinds that the recipient publishes."""
    recipient = Recipient(NOW)
    recipient.identifiers.append({"id": 3, "type": "Phone", "format": "SHA256"})
    async with desk_for(recipient) as desk:
        await desk.send("acme", direction(locators=BOTH), NOW)
    assert sorted(one["identifierType"] for one in recipient.book.values()) == ["Phone", "email"]
    digits = hashlib.sha256(b"14155550142").hexdigest()
    assert digits in {one["identifierValue"] for one in recipient.book.values()}


async def test_a_repetition_is_the_same_request_to_the_recipient() -> None:
    """Token ids do not change between attempts, so a recipient can tell a repetition."""
    recipient = Recipient(NOW, failures=[500])
    async with desk_for(recipient) as desk:
        with pytest.raises(SendingFailed) as caught:
            await desk.send("acme", direction(), NOW)
        for minutes in (1, 2):
            recipient.now = NOW + timedelta(minutes=minutes)
            await desk.send("acme", direction(), recipient.now)
    assert caught.value.retryable
    assert len(recipient.book) == 1


@pytest.mark.parametrize(
    ("code", "word", "retryable"),
    [
        (1, "malformed", False),
        (2, "our_signature_refused", False),
        (3, "our_token_refused", False),
        (4, "unsupported_identifier", False),
        (5, "unsupported_format", False),
        (6, "our_time_refused", True),
        (0, "contradictory", False),
    ],
)
async def test_a_signed_refusal_has_the_framework_s_reason(
    code: int, word: str, retryable: bool
) -> None:
    """Status 400 with a result code is a refusal, whatever the code."""
    refused = await failure(Recipient(NOW, code=code, status=400))
    assert (refused.code, refused.retryable) == (word, retryable)


@pytest.mark.parametrize(
    "wrong",
    [
        {"changes": {"iss": "other.example"}},
        {"changes": {"rqJWT": "another.request.token"}},
        {"changes": {"iat": int(NOW.timestamp()) - 600}},
        {"changes": {"raResultCode": 7}},
        {"header": {"alg": "none"}},
        {"header": {"alg": "HS256"}},
        {"header": {"kid": "x"}},
        {"header": {"kid": "unknown"}},
    ],
)
async def test_a_receipt_that_proves_nothing_is_none(wrong: dict[str, Any]) -> None:
    """Another issuer, request, time, algorithm or key: the direction does not count as received."""
    refused = await failure(Recipient(NOW, **wrong))
    assert (refused.code, refused.retryable) == ("receipt_not_signed", True)


async def test_a_receipt_by_a_key_that_is_not_published_is_none() -> None:
    """The signature must fit the key under that name in dsrdelete.json."""
    recipient = Recipient(NOW)
    recipient.key = rsa_key("stranger")
    assert (await failure(recipient)).code == "receipt_not_signed"


async def test_what_the_recipient_cannot_take_is_not_sent() -> None:
    """Unknown identifiers, a browser script, a foreign endpoint, another action: all refused."""
    phones_only = [{"id": 1, "type": "phone", "format": "sha256"}]
    unclear = [{"id": 1, "type": "email", "format": "hash"}]
    cases: list[tuple[Recipient, dict[str, Any], str]] = [
        (Recipient(NOW, identifiers=phones_only), {}, "unsupported_identifier"),
        (Recipient(NOW, identifiers=unclear), {}, "unsupported_identifier"),
        (Recipient(NOW, script=True), {}, "script_required"),
        (Recipient(NOW, endpoint_host="evil.example"), {}, "foreign_endpoint"),
        (Recipient(NOW, endpoint_host=f"evil{DOMAIN}"), {}, "foreign_endpoint"),
        (Recipient(NOW), {"action": DirectedAction.SUPPRESS}, "unsupported_action"),
    ]
    for recipient, changes, word in cases:
        refused = await failure(recipient, **changes)
        assert (refused.code, refused.retryable, recipient.received) == (word, False, [])


async def test_there_are_no_callbacks_in_the_framework() -> None:
    """Nothing that comes in later can turn a receipt into a deletion."""
    async with desk_for(Recipient(NOW)) as desk:
        with pytest.raises(NotOurs):
            await desk.verify("acme", {}, b"{}", NOW)
