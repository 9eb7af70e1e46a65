"""What a verified message from outside comes to: each row of the inbox counts once."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from domain import actions, package, poison, signed_in
from domain import events as e
from domain.decisions import correspondence, incident, letters, receipt
from domain.documents import AUTHORITY, DELIVERY_CHOSEN, DOCUMENT_SENT, Delivery, DocumentPurpose
from domain.links import LinkPurpose
from domain.notice_words import Reader, Situation
from domain.policy import Policy
from domain.state import RequestState
from domain.vocabulary import NoticeKind, PointOfIdentity

ADDRESS_CONFIRMED = "address_confirmed"
POINTS_ADDED = "points_added"
DISOWNED = "request_disowned"
DECLARATION_SIGNED = "declaration_signed"
WITHDRAWN = "withdrawn"
AGENT_REVOKED = "agent_revoked"
FEE_ACCEPTED = "fee_accepted"
MAIL_RECEIVED = "mail_received"
LETTER_BOUNCED = "letter_bounced"
LINK_REQUESTED = "status_link_requested"


def receive(
    state: RequestState,
    policy: Policy,
    now: datetime,
    *,
    row: int,
    kind: str,
    facts: Mapping[str, Any],
) -> tuple[e.Event, ...]:
    """Return the events of one row: none for a repeated one, and never silence for a new one."""
    if row in state.inbox_seen:
        return ()
    if state.frozen is not None and kind not in _TAKEN_WHILE_FROZEN:
        refused = e.ActionRefused(action=kind, refusal=incident.FROZEN)
        return (e.MessageIgnored(inbox=row), refused)
    handler = _HANDLERS.get(kind)
    try:
        events = handler(state, policy, now, row, facts) if handler else ()
    except poison.UNREADABLE as fault:
        return unreadable(state, policy, now, row, poison.reason_of(fault))
    return events or (e.MessageIgnored(inbox=row),)


def unreadable(
    state: RequestState, policy: Policy, now: datetime, row: int, reason: str
) -> tuple[e.Event, ...]:
    """Put a row aside and tell staff, so that it holds nothing else up."""
    alert = letters.staff_alert(state, policy, Situation.MESSAGE_PARKED, now)
    return (e.MessageParked(inbox=row, reason=reason), alert)


def _address_confirmed(
    state: RequestState, policy: Policy, now: datetime, row: int, facts: Mapping[str, Any]
) -> tuple[e.Event, ...]:
    """Take the proof, unless it is of an address that was corrected meanwhile (VER-17)."""
    if facts.get("letter", state.addressed_since) < state.addressed_since:
        return ()
    return (e.AddressConfirmed(inbox=row),)


def _points_added(
    state: RequestState, policy: Policy, now: datetime, row: int, facts: Mapping[str, Any]
) -> tuple[e.Event, ...]:
    kinds = tuple(PointOfIdentity(kind) for kind in facts["kinds"])
    return (e.PointsAdded(inbox=row, kinds=kinds),)


def _disowned(
    state: RequestState, policy: Policy, now: datetime, row: int, facts: Mapping[str, Any]
) -> tuple[e.Event, ...]:
    if state.address_confirmed:
        return ()
    alert = letters.staff_alert(state, policy, Situation.REQUEST_DISOWNED, now)
    # What is answered cannot be stopped any more; staff still look into it.
    said = e.MessageIgnored(inbox=row) if state.answered else e.RequestDisowned(inbox=row)
    return (said, alert)


def _declaration_signed(
    state: RequestState, policy: Policy, now: datetime, row: int, facts: Mapping[str, Any]
) -> tuple[e.Event, ...]:
    return (e.DeclarationSigned(inbox=row),)


def _document_sent(
    state: RequestState, policy: Policy, now: datetime, row: int, facts: Mapping[str, Any]
) -> tuple[e.Event, ...]:
    """Keep what was uploaded, and tell staff; what comes after the answer changes nothing."""
    if state.answered:
        return ()
    purpose = DocumentPurpose(facts["purpose"])
    shows = Situation.AUTHORITY_TO_CHECK if purpose in AUTHORITY else Situation.REVIEW_NEEDED
    alert = letters.staff_alert(state, policy, shows, now)
    return (e.DocumentReceived(inbox=row, purpose=purpose), alert)


def _delivery_chosen(
    state: RequestState, policy: Policy, now: datetime, row: int, facts: Mapping[str, Any]
) -> tuple[e.Event, ...]:
    if state.answered or not state.discloses:
        return ()
    return (e.DeliveryChosen(inbox=row, way=Delivery(facts["way"])),)


def _withdrawn(
    state: RequestState, policy: Policy, now: datetime, row: int, facts: Mapping[str, Any]
) -> tuple[e.Event, ...]:
    """The consumer takes the request back, while nothing irreversible was decided."""
    if state.decision is not None or state.answered:
        return ()
    consumer = e.Actor(id="consumer", known="authenticated")
    return (e.RequestWithdrawn(actor=consumer, reason="by_consumer", inbox=row),)


def _agent_revoked(
    state: RequestState, policy: Policy, now: datetime, row: int, facts: Mapping[str, Any]
) -> tuple[e.Event, ...]:
    """The agent takes back what it asked for, while nothing irreversible was decided."""
    if state.decision is not None or state.answered:
        return ()
    agent = e.Actor(id="agent", known="authenticated")
    return (e.RequestWithdrawn(actor=agent, reason="by_agent", inbox=row),)


def _fee_accepted(
    state: RequestState, policy: Policy, now: datetime, row: int, facts: Mapping[str, Any]
) -> tuple[e.Event, ...]:
    if not state.awaits_fee or state.decision is not None:
        return ()
    waits = letters.staff_alert(state, policy, Situation.DECISION_WAITS, now, due=state.respond_by)
    return (e.FeeAccepted(inbox=row), waits)


def _link_requested(
    state: RequestState, policy: Policy, now: datetime, row: int, facts: Mapping[str, Any]
) -> tuple[e.Event, ...]:
    """Send a proved address a new link; another gets no letters beyond its two (NOT-05)."""
    if state.closed:
        return ()
    asked = e.StatusLinkRequested(inbox=row)
    again: tuple[e.Event, ...]
    if by_agent(state, facts):
        again = (new_link(state, policy, facts, now),) if _may_write_to_agent(state, policy) else ()
    elif state.address_confirmed:
        again = (new_link(state, policy, facts, now),)
    else:
        again = _first_letter_again(state, policy, now)
    return (asked, *again) if again else ()


def by_agent(state: RequestState, facts: Mapping[str, Any]) -> bool:
    """Tell whether a link was asked for from the address of an agent, whose page shows less."""
    return bool(facts.get("agent")) and state.requester in letters.AGENTS


def new_link(
    state: RequestState, policy: Policy, facts: Mapping[str, Any], now: datetime
) -> e.NoticeRequested:
    """Ask for the letter with a new link to the page of the request."""
    consumers = state.requester in letters.AGENTS and not by_agent(state, facts)
    reader = Reader.CONSUMER if consumers else Reader.REQUESTER
    return e.NoticeRequested(
        notice=NoticeKind.NEW_LINK,
        facts=letters.new_link(state, policy, reader, now),
        links=(LinkPurpose.STATUS,),
        links_expire_at=letters.new_link_expires(policy, now),
    )


def _may_write_to_agent(state: RequestState, policy: Policy) -> bool:
    """Tell whether an agent's address may be written to: it answered, or was not often written."""
    written = sum(one.notice is NoticeKind.NEW_LINK for one in state.letters.values())
    answered = bool(state.documents or state.authority)
    return answered or written < policy.verification.unconfirmed_letters


def _first_letter_again(state: RequestState, policy: Policy, now: datetime) -> tuple[e.Event, ...]:
    written = [
        n
        for n, one in state.letters.items()
        if one.notice is NoticeKind.ACKNOWLEDGEMENT and n > state.addressed_since
    ]
    waits = state.proves_address and not state.identity_settled and state.decision is None
    if not waits or not written or len(written) >= policy.verification.unconfirmed_letters:
        return ()
    return (receipt.acknowledgement(state, policy, now),)


def _code_requested(
    state: RequestState, policy: Policy, now: datetime, row: int, facts: Mapping[str, Any]
) -> tuple[e.Event, ...]:
    """Mail the code while the package can be fetched (KNO-07)."""
    if state.package_ends_at is None or state.closed:
        return ()
    letter = e.NoticeRequested(
        notice=NoticeKind.PACKAGE_CODE,
        facts=letters.package_code(state, policy, row=row, minutes=facts["minutes"], now=now),
    )
    return (e.PackageCodeRequested(inbox=row, letter=facts["letter"]), letter)


def _downloaded(
    state: RequestState, policy: Policy, now: datetime, row: int, facts: Mapping[str, Any]
) -> tuple[e.Event, ...]:
    if state.package_ends_at is None or state.closed:
        return ()
    purge_at = now + timedelta(days=policy.disclosure.package_purge_days)
    fetched = e.PackageFetched(inbox=row, content_hash=facts["package_hash"], purge_at=purge_at)
    return (fetched,)


def _staff_acted(
    state: RequestState, policy: Policy, now: datetime, row: int, facts: Mapping[str, Any]
) -> tuple[e.Event, ...]:
    """Carry out what somebody signed in at the case page sent, or say why not."""
    return signed_in.carried_out(
        row,
        facts,
        lambda name, payloads, sender: actions.decide(name, payloads, state, policy, now, sender),
    )


_TAKEN_WHILE_FROZEN = frozenset({MAIL_RECEIVED, LETTER_BOUNCED, package.DOWNLOADED, signed_in.KIND})
"""What tells of something, or is judged by itself; the rest comes by links that may be astray."""

_Handler = Callable[[RequestState, Policy, datetime, int, Mapping[str, Any]], tuple[e.Event, ...]]

_HANDLERS: dict[str, _Handler] = {
    ADDRESS_CONFIRMED: _address_confirmed,
    POINTS_ADDED: _points_added,
    DISOWNED: _disowned,
    DECLARATION_SIGNED: _declaration_signed,
    DOCUMENT_SENT: _document_sent,
    DELIVERY_CHOSEN: _delivery_chosen,
    WITHDRAWN: _withdrawn,
    AGENT_REVOKED: _agent_revoked,
    FEE_ACCEPTED: _fee_accepted,
    LINK_REQUESTED: _link_requested,
    MAIL_RECEIVED: correspondence.mail_received,
    LETTER_BOUNCED: correspondence.letter_bounced,
    package.CODE_REQUESTED: _code_requested,
    package.DOWNLOADED: _downloaded,
    signed_in.KIND: _staff_acted,
}
