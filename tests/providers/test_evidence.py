"""Evidence that is kept verifies again, and what was changed does not."""

import json
from pathlib import Path

from standardwebhooks import Webhook

from providers.credentials import Credentials
from providers.desk import build_desk
from providers.evidence import still_fits
from providers.outgoing import Outgoing
from providers.protocol import Evidence, Sent
from tests.providers.fakes.authority import Authority, rsa_key
from tests.providers.fakes.ddrf import Recipient
from tests.providers.fakes.opendsr import Processor
from tests.providers.support import NOW, OTHER_SECRET, REQUEST, SECRET, direction, webhook_registry
from tests.providers.test_ddrf import desk_for
from tests.providers.test_opendsr import SUBJECT, line


def kept(evidence: Evidence | None) -> Evidence:
    """Return evidence as it comes back out of the vault's JSON."""
    assert evidence is not None
    return Evidence.model_validate_json(evidence.model_dump_json())


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
    evidence = kept((await desk.verify("acme", headers, raw.encode(), NOW)).evidence)
    assert still_fits(evidence, raw.encode(), [OTHER_SECRET, SECRET])
    assert not still_fits(evidence, raw.encode(), [OTHER_SECRET])
    assert not still_fits(evidence, raw.replace("done", "none").encode(), [SECRET])


async def test_an_opendsr_callback_verifies_again_by_its_certificate(tmp_path: Path) -> None:
    """Certificate and headers are kept, so nothing needs to be fetched, and expiry is no matter."""
    async with line(tmp_path, Processor(Authority(NOW), NOW)) as ours:
        await ours.send()
        _, raw = callback = ours.processor.callback(SUBJECT, "completed")
        evidence = kept((await ours.verdict(callback)).evidence)
    assert still_fits(evidence, raw)
    assert not still_fits(evidence, raw + b" ")
    ours.processor.use(rsa_key("stranger"))
    stranger = {name.lower(): value for name, value in ours.processor.signature(raw).items()}
    assert not still_fits(evidence.model_copy(update={"headers": stranger}), raw)


async def test_a_framework_s_receipt_verifies_again_by_its_published_key() -> None:
    """The token's bytes and the key are enough."""
    async with desk_for(Recipient(NOW)) as desk:
        sent = await desk.send("acme", direction(), NOW)
    assert isinstance(sent, Sent)
    evidence = kept(sent.evidence)
    assert still_fits(evidence, sent.raw_receipt)
    assert not still_fits(evidence, sent.raw_receipt[:-4] + b"AAAA")
    other = evidence.model_copy(update={"key_fingerprint": "0" * 64})
    assert not still_fits(other, sent.raw_receipt)


def test_an_unknown_scheme_proves_nothing() -> None:
    """Evidence of a scheme that this release does not know is not waved through."""
    body = b"x"
    evidence = Evidence(
        scheme="none",
        key_fingerprint="",
        body_hash="2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
        headers={},
    )
    assert not still_fits(evidence, body)
