"""A document that comes with the request form: kept with each request that the form became."""

from collections.abc import Sequence
from hashlib import sha256

from domain.documents import DOCUMENT_SENT, DocumentPurpose
from domain.vocabulary import Requester
from gateway import engine_calls
from gateway.parts import GatewayParts
from gateway.uploads import Document
from gateway.wishes import Choice

_SHOWS: dict[Requester, DocumentPurpose] = {
    Requester.AGENT_SIGNED: DocumentPurpose.PERMISSION,
    Requester.AGENT_POA: DocumentPurpose.POWER_OF_ATTORNEY,
    Requester.CONSERVATOR: DocumentPurpose.CONSERVATOR,
}


def document_for(choice: Choice) -> DocumentPurpose | None:
    """Return what a document could show for a choice; most choices need none."""
    correction = DocumentPurpose.CORRECTION if choice.corrects else None
    return _SHOWS.get(choice.asker, correction)


async def keep_document(
    parts: GatewayParts, request_ids: Sequence[str], purpose: DocumentPurpose, document: Document
) -> None:
    """Store a document for each request, once, and tell their workflows."""
    digest = sha256(document.content).hexdigest()
    facts = {
        "letter": 0,
        "media_type": document.media_type,
        "purpose": purpose.value,
        "size": len(document.content),
    }
    for request_id in request_ids:
        once_key = f"document:{request_id}:{digest}"
        await engine_calls.leave(
            parts, request_id, DOCUMENT_SENT, facts, document.content, once_key=once_key
        )
