"""What the page of a request makes of its messages and letters: documents, estimate, delivery."""

from datetime import date

from babel.numbers import format_currency

from domain import policies
from domain.clocks import local_date
from domain.decisions.inbox import DISOWNED, WITHDRAWN
from domain.documents import DELIVERY_CHOSEN, DOCUMENT_SENT, Delivery, DocumentPurpose
from domain.notices import FeeEstimateFacts
from domain.paths import Fulfilment, path_of
from domain.submission import CORRECTING
from domain.vocabulary import Language, NoticeKind, Requester
from gateway.links import Link
from records.outbox import Letter

_SHOWN_BY: dict[Requester, tuple[DocumentPurpose, ...]] = {
    Requester.AGENT_SIGNED: (
        DocumentPurpose.PERMISSION,
        DocumentPurpose.POWER_OF_ATTORNEY,
        DocumentPurpose.REGISTRATION,
    ),
    Requester.AGENT_POA: (DocumentPurpose.POWER_OF_ATTORNEY, DocumentPurpose.REGISTRATION),
    Requester.PARENT: (DocumentPurpose.PARENT,),
    Requester.CONSERVATOR: (DocumentPurpose.CONSERVATOR,),
}


def is_open(link: Link) -> bool:
    """Tell whether anything said now can still change the request."""
    over = link.request.answered_at or link.request.closed_at
    return not over and not link.came(WITHDRAWN) and not link.came(DISOWNED)


def may_send_documents(link: Link) -> bool:
    """Tell whether a document would be looked at."""
    return is_open(link) and bool(purposes_of(link))


def purposes_of(link: Link) -> tuple[DocumentPurpose, ...]:
    """Return what documents can show in such a request; what no letter asks for is ``other``."""
    row = link.request
    asked = _SHOWN_BY.get(row.requester, ())
    corrects = not CORRECTING.isdisjoint(row.request_types)
    correction = (DocumentPurpose.CORRECTION,) if corrects else ()
    return (*asked, *correction, DocumentPurpose.OTHER)


def owes_authority(link: Link) -> bool:
    """Tell whether the last letter that asked for proof was not answered by a document (AGT-01)."""
    asking = [one.n for one in link.letters if one.notice is NoticeKind.AGENT_PROOF]
    sent = [one.facts["letter"] for one in link.own_messages if one.kind == DOCUMENT_SENT]
    if len(asking) == 1:
        # A document that came with the request is looked at, though the letter asks for one.
        return not sent
    return bool(asking) and max(sent, default=0) < asking[-1]


def documents_of(link: Link) -> list[tuple[str, date]]:
    """Name what was uploaded, and when; nothing of it is shown."""
    policy = policies.in_force_at(link.request.received_at)
    return [
        (one.facts["purpose"], local_date(one.received_at, policy))
        for one in link.own_messages
        if one.kind == DOCUMENT_SENT
    ]


def may_choose_delivery(link: Link) -> bool:
    """Tell whether a copy is still to come, so that its way can be chosen (NOT-07)."""
    kinds = (path_of(right).fulfilment for right in link.request.request_types)
    return is_open(link) and any(Fulfilment.DISCLOSE in each for each in kinds)


def delivery_of(link: Link) -> Delivery:
    """Return how a copy is to come; online, unless the consumer chose otherwise."""
    chosen = [one.facts["way"] for one in link.own_messages if one.kind == DELIVERY_CHOSEN]
    return Delivery(chosen[-1]) if chosen else Delivery.ONLINE


def estimate_of(link: Link) -> Letter | None:
    """Return the letter with the last estimate (FEE-03)."""
    estimates = [one for one in link.letters if one.notice is NoticeKind.FEE_ESTIMATE]
    return estimates[-1] if estimates else None


def fee_in_words(letter: Letter, language: Language) -> dict[str, object]:
    """Return an estimate as its letter states it (FEE-03)."""
    facts = FeeEstimateFacts.model_validate(letter.facts)
    return {
        "amount": format_currency(facts.amount_cents / 100, "USD", locale=language.value),
        "accept_by": facts.accept_by,
        "free_from": facts.next_allowed,
    }
