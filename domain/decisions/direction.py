"""One provider's direction: what is sent, what an acknowledgement comes to, what silence brings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from domain import clocks, notices
from domain import events as e
from domain.direction import LAST_WORDS, DirectionState
from domain.links import LinkPurpose
from domain.notice_words import DirectedAction, Situation
from domain.policy import Policy
from domain.policy_terms.duties import ProviderTerms
from domain.vocabulary import NoticeKind, ProviderStanding, RequestType

ACKNOWLEDGED = "acknowledged"
"""Kind of the inbox rows that carry a provider's word."""


class Order(e.Fact):
    """What a provider is directed to do, without anything personal."""

    request_id: str
    request_type: RequestType
    receipt_date: date
    provider: str
    name: str
    protocol: str
    notice: NoticeKind = NoticeKind.PROVIDER_DIRECTION
    action: DirectedAction
    scope: tuple[str, ...] = ()
    exceptions: tuple[notices.Retained, ...] = ()
    terms: ProviderTerms


def issue(order: Order, policy: Policy, now: datetime) -> e.DirectionIssued:
    """Return the first event of a provider's stream, with all its dates (SVC-01, SVC-02)."""
    timed = policy.model_copy(update={"providers": order.terms})
    dates = clocks.provider_dates(timed, now)
    return e.DirectionIssued(
        provider=order.provider,
        name=order.name,
        protocol=order.protocol,
        action=order.action,
        remind_at=dates.remind_at,
        confirm_by=dates.confirm_due,
        escalate_at=dates.confirm_deadline,
        give_up_at=dates.give_up_at,
    )


def letter(
    state: DirectionState, order: Order, policy: Policy, now: datetime, *, reminder: bool = False
) -> e.NoticeRequested:
    """Ask for the direction, or its reminder, as a letter with a link to acknowledge (N-14)."""
    assert state.issued is not None
    kind = NoticeKind.PROVIDER_REMINDER if reminder else order.notice
    known: dict[str, Any] = {
        **_common(order, policy, now),
        "action": order.action,
        "scope": order.scope,
        "exceptions": order.exceptions,
        "confirm_by": state.issued.confirm_by,
        "directed_on": clocks.local_date(state.issued_at or now, policy),
    }
    model = notices.FACTS[kind]
    facts = model(**{name: known[name] for name in model.model_fields if name in known})
    return e.NoticeRequested(
        notice=kind,
        audience="provider",
        facts=facts.model_dump(mode="json"),
        links=(LinkPurpose.ACKNOWLEDGE,),
        links_expire_at=state.issued.give_up_at,
    )


def acknowledge(
    state: DirectionState, *, row: int, at: datetime, facts: Mapping[str, Any]
) -> tuple[e.Event, ...]:
    """Take a verified acknowledgement; standings never go backwards, nothing new is ignored."""
    if row in state.inbox_seen:
        return ()
    standing = ProviderStanding(facts["standing"])
    if state.ended or state.standing in LAST_WORDS or standing is state.standing:
        return (e.MessageIgnored(inbox=row),)
    word = e.AcknowledgementRecorded(
        inbox=row,
        standing=standing,
        at=at,
        evidence_hash=facts.get("evidence_hash", ""),
        key_fingerprint=facts.get("key_fingerprint", ""),
        sub_processors=tuple(facts.get("sub_processors", ())),
        reason=facts.get("reason") or "",
    )
    last = standing in LAST_WORDS
    return (word, e.DirectionEnded(standing=standing)) if last else (word,)


def undeliverable(order: Order, policy: Policy, reason: str, now: datetime) -> tuple[e.Event, ...]:
    """Have staff see to a provider whose system takes no direction."""
    return (
        e.DirectionUndeliverable(reason=reason),
        _alert(order, policy, Situation.DIRECTION_UNDELIVERABLE, now),
    )


@dataclass(frozen=True)
class DirectionDue:
    """An instant of a direction's clock."""

    at: datetime
    what: str


REMIND = "reminder to the provider"
ESCALATE = "confirmation is due"
GIVE_UP = "last day for this provider"


def next_due(state: DirectionState) -> DirectionDue | None:
    """Return what is due next while the provider has not had its last word."""
    return min(_all_due(state), key=lambda due: due.at, default=None)


def fire(
    due: DirectionDue, state: DirectionState, order: Order, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Return what happens at that instant (SVC-02)."""
    if due.what == REMIND:
        return (e.ProviderReminded(),)
    if due.what == ESCALATE:
        alert = _alert(order, policy, Situation.PROVIDER_SILENT, now, due=state.confirm_by)
        return (e.ProviderEscalated(), alert)
    received = state.standing is ProviderStanding.RECEIVED
    standing = state.standing if received else ProviderStanding.SILENT
    return (e.DirectionEnded(standing=standing),)


def _all_due(state: DirectionState) -> Iterator[DirectionDue]:
    if state.issued is None or state.ended:
        return
    if not state.reminded:
        yield DirectionDue(state.issued.remind_at, REMIND)
    if not state.escalated:
        yield DirectionDue(state.issued.escalate_at, ESCALATE)
    yield DirectionDue(state.issued.give_up_at, GIVE_UP)


def _alert(
    order: Order,
    policy: Policy,
    situation: Situation,
    now: datetime,
    due: date | None = None,
) -> e.NoticeRequested:
    facts = notices.StaffAlertFacts(
        **_common(order, policy, now), situation=situation, due=due, provider=order.name
    )
    return e.NoticeRequested(
        notice=NoticeKind.STAFF_ALERT, audience="staff", facts=facts.model_dump(mode="json")
    )


def _common(order: Order, policy: Policy, now: datetime) -> dict[str, Any]:
    return {
        "request_id": order.request_id,
        "request_type": order.request_type,
        "receipt_date": order.receipt_date,
        "written_on": clocks.local_date(now, policy),
    }
