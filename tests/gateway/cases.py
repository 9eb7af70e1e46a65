"""Requests as the case page's tests need them: with a record, letters, papers, a package."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from datamap.comparing import KEPT_AS, ComparedPoint, Comparison, Verdict
from domain import events as e
from domain import policies
from domain.chain import canonical
from domain.decisions.inbox import DECLARATION_SIGNED, MAIL_RECEIVED
from domain.documents import DOCUMENT_SENT
from domain.package import PackageFacts, ReviewDecision
from domain.vocabulary import (
    Language,
    PointOfIdentity,
    RequestType,
)
from gateway.parts import GatewayParts
from packages import Cover, build
from records import inbox, outbox, packages
from records.gatherings import Hoarding, StoredGathering
from records.packages import Kind
from tests.datamap.disclosure.gatherings import Gathered
from tests.gateway.support import NOW, filed_request, write_letter
from tests.happenings import received as received_at
from tests.stored import write

LETTER = (
    b"To: ana.canary@example.com\r\nSubject: We have received your request\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
    b"Confirm: https://privacy.example.com/r/secret-of-the-link-0123456789\r\n"
)
SCRIPT = b"<html><script>alert('canary')</script></html>"
PDF = b"%PDF-1.7 canary"

HELD = e.HoldingsSurveyed(
    rows={"shop.customers": 1, "shop.orders": 2},
    retained=(e.Retention(collection="shop.invoices", ground="EX8", rows=1, reviewer="counsel"),),
)
VERIFIED = e.IdentityVerified(points_counted=3, points_required=3, evidence=1)


async def happened(
    owner: asyncpg.Connection, request_id: str, *events: e.Event, at: datetime = NOW
) -> None:
    """Write events to a request's stream, as its workflow does."""
    await write(owner, request_id, at, *events)


def received(kind: RequestType) -> e.Event:
    """Say that a request came in."""
    policy = policies.in_force_at(NOW)
    return received_at(policy, NOW, kind, points_offered=(PointOfIdentity.PHONE,))


async def deletion(parts: GatewayParts, owner: asyncpg.Connection) -> str:
    """File a deletion that is verified and waits for a decision."""
    request_id = await filed_request(parts)
    await happened(owner, request_id, received(RequestType.DELETE), VERIFIED, HELD)
    points = (
        ComparedPoint(
            kind=PointOfIdentity.PHONE,
            offered="+1 415 555 0142",
            held=("+14155550142",),
            verdict=Verdict.MATCHES,
            counts=True,
        ),
        ComparedPoint(
            kind=PointOfIdentity.CUSTOMER_NUMBER,
            offered="C-CANARY-11",
            held=("C-CANARY-12",),
            verdict=Verdict.DIFFERS,
            counts=False,
        ),
    )
    comparison = Comparison(
        points=points,
        found=True,
        rivals=1,
        points_counted=3,
        points_needed=3,
        address_proved=True,
        address_on_file=True,
        address_settled=False,
    )
    body = comparison.model_dump_json().encode()
    await parts.vault.put(owner, request_id, KEPT_AS, body)
    return request_id


async def with_letter(parts: GatewayParts, owner: asyncpg.Connection, request_id: str) -> None:
    """Let the letter that confirms receipt have gone out."""
    await write_letter(owner, request_id, {})
    letter = await outbox.find(owner, request_id, 2)
    assert letter is not None
    await outbox.keep_body(owner, parts.vault, letter, LETTER, "1")


async def with_papers(
    parts: GatewayParts, owner: asyncpg.Connection, request_id: str
) -> dict[str, int]:
    """Let a declaration, a document, a disguised one and a mail have come in; their rows."""
    declaration = {"name": "Ana Canary", "signed_on": "2026-11-23", "statement": "I declare."}
    mail = b"From: ana.canary@example.com\r\nSubject: Hello\r\n\r\nPlease <b>hurry</b>.\r\n"
    sent = {
        "declaration": (DECLARATION_SIGNED, canonical(declaration)),
        "pdf": (DOCUMENT_SENT, PDF),
        "script": (DOCUMENT_SENT, SCRIPT),
        "mail": (MAIL_RECEIVED, mail),
    }
    rows = {}
    for name, (kind, evidence) in sent.items():
        found = await inbox.receive(
            owner,
            parts.vault,
            once_key=f"{request_id}:{name}",
            request_id=request_id,
            stream=request_id,
            kind=kind,
            facts={"purpose": "permission"},
            evidence=evidence,
            now=NOW,
        )
        rows[name] = found.row_id
    return rows


async def with_package(
    parts: GatewayParts,
    owner: asyncpg.Connection,
    ada: Gathered,
    decisions: Sequence[ReviewDecision] = (),
) -> str:
    """File a request for a copy whose package waits to be looked through."""
    request_id = await filed_request(parts, request_types=["know_specific"])
    writing = await packages.begin(owner, parts.vault, request_id, Kind.GATHERING, "0" * 64, NOW)
    hoarding = Hoarding(writing)
    for chunk in ada.chunks:
        await hoarding.put(chunk)
    stored = await hoarding.finish(ada.outline, NOW)
    facts = await _built(parts, owner, stored, decisions)
    compiled = e.ReportCompiled(
        specific_pieces=True,
        content_hash=facts.package_hash,
        period_from=ada.outline.period_from,
        period_to=ada.outline.period_to,
        report={},
        needs_review=tuple(sorted({one.reason.value for one in facts.needs_review})),
    )
    approved = e.RequestApproved(actor=e.Actor(id="s.lee"), reason="verified", confirmed_grounds=())
    opened = received(RequestType.KNOW_SPECIFIC)
    await happened(owner, request_id, opened, VERIFIED, HELD, approved, compiled)
    return request_id


async def _built(
    parts: GatewayParts,
    owner: asyncpg.Connection,
    stored: packages.StoredPackage,
    decisions: Sequence[ReviewDecision],
) -> PackageFacts:
    request_id = stored.request_id
    gathering = await StoredGathering.open(owner, parts.vault, stored)
    policy = policies.in_force_at(NOW)
    cover = Cover(request_id, NOW.date(), Language.ENGLISH, policy)
    writing = await packages.begin(owner, parts.vault, request_id, Kind.PACKAGE, "1" * 64, NOW)
    facts = await build(gathering, cover, decisions, writing, writing.version)
    await writing.finish(
        content_hash=facts.package_hash,
        size=facts.size,
        facts=facts.model_dump(mode="json"),
        now=NOW,
    )
    return facts
