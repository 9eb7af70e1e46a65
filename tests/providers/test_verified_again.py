"""What providers signed verifies again from what is kept, by the program that auditors have."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook

from providers.credentials import Credentials
from providers.desk import build_desk
from providers.kept import keep
from providers.outgoing import Outgoing
from providers.protocol import Evidence, Sent
from tests.providers.fakes.authority import Authority, rsa_key
from tests.providers.fakes.ddrf import Recipient
from tests.providers.fakes.opendsr import Processor
from tests.providers.receipts import signed_receipt
from tests.providers.support import NOW, OTHER_SECRET, REQUEST, SECRET, direction, webhook_registry
from tests.providers.test_ddrf import desk_for
from tests.providers.test_opendsr import SUBJECT, line
from tools.verify_evidence import OWN_KEY, SECRET_FITS, SECRET_UNKNOWN, Signed, signed_how

FORGED = "the provider's signature does not fit"


def judged(
    evidence: Evidence | None, raw: bytes, *, secrets: Sequence[str] = (), **changes: Any
) -> Signed:
    """Judge what the vault keeps of a message, where some of it may have been changed."""
    assert evidence is not None
    document = json.loads(keep(raw, evidence)) | changes
    return signed_how(document, evidence.key_fingerprint, secrets)


def judged_for(evidence: Evidence | None, raw: bytes, key_fingerprint: str) -> Signed:
    """Judge it where its event names another key."""
    assert evidence is not None
    return signed_how(json.loads(keep(raw, evidence)), key_fingerprint)


def anew(raw: bytes) -> dict[str, str]:
    """Return another body, with its hash put right."""
    return {"body": raw.decode(), "body_hash": hashlib.sha256(raw).hexdigest()}


async def test_a_webhook_verifies_again_by_the_secret_of_its_time(outgoing: Outgoing) -> None:
    """Among the secrets of that time the right one is found by its fingerprint."""
    data = {"direction_id": f"{REQUEST}.acme", "status": "done"}
    raw = json.dumps({"type": "privacy.direction.acknowledged", "data": data})
    headers = {
        "webhook-id": "m",
        "webhook-timestamp": str(int(NOW.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("m", NOW, raw),
    }
    registry = webhook_registry("https://a.example")
    desk = build_desk(registry, outgoing, Credentials({"SECRET": SECRET}))
    evidence = (await desk.verify("acme", headers, raw.encode(), NOW)).evidence
    assert judged(evidence, raw.encode(), secrets=[OTHER_SECRET, SECRET]).how == SECRET_FITS
    assert judged(evidence, raw.encode(), secrets=[OTHER_SECRET]).how == SECRET_UNKNOWN
    other = anew(raw.replace("done", "none").encode())
    assert FORGED in judged(evidence, raw.encode(), secrets=[SECRET], **other).problem


async def test_an_opendsr_callback_verifies_again_by_its_certificate(tmp_path: Path) -> None:
    """Certificate and headers are kept, so nothing needs to be fetched, and expiry is no matter."""
    async with line(tmp_path, Processor(Authority(NOW), NOW)) as ours:
        await ours.send()
        _, raw = callback = ours.processor.callback(SUBJECT, "completed")
        evidence = (await ours.verdict(callback)).evidence
    signed = judged(evidence, raw)
    assert (signed.how, signed.problem) == (OWN_KEY, "")
    assert signed.by.startswith("certificate of CN=")
    assert FORGED in judged(evidence, raw, **anew(raw + b" ")).problem
    assert "another key" in judged_for(evidence, raw, "0" * 64).problem
    ours.processor.use(rsa_key("stranger"))
    stranger = {name.lower(): value for name, value in ours.processor.signature(raw).items()}
    assert FORGED in judged(evidence, raw, headers=stranger).problem


async def test_a_framework_s_receipt_verifies_again_by_its_published_key() -> None:
    """The token's bytes and the key are enough."""
    async with desk_for(Recipient(NOW)) as desk:
        sent = await desk.send("acme", direction(), NOW)
    assert isinstance(sent, Sent)
    signed = judged(sent.evidence, sent.raw_receipt)
    assert (signed.how, signed.problem) == (OWN_KEY, "")
    forged = anew(sent.raw_receipt[:-4] + b"AAAA")
    assert FORGED in judged(sent.evidence, sent.raw_receipt, **forged).problem
    assert "another key" in judged_for(sent.evidence, sent.raw_receipt, "0" * 64).problem


def test_a_receipt_of_an_elliptic_key_verifies_again() -> None:
    """ES256, the framework's other algorithm, as another library signs it."""
    token, evidence = signed_receipt()
    assert judged(evidence, token).how == OWN_KEY
    another, _ = signed_receipt(secret=8)
    assert FORGED in judged(evidence, token, **anew(another)).problem


def test_an_unknown_scheme_proves_nothing() -> None:
    """It is not waved through as checked; nor is a body that is not the one that was verified."""
    body = b"x"
    evidence = Evidence(
        scheme="none",
        key_fingerprint="",
        body_hash=hashlib.sha256(body).hexdigest(),
        headers={},
    )
    assert "does not know" in judged(evidence, body).how
    assert "not the one" in judged(evidence, body, body="y").problem
