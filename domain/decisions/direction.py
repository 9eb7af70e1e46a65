"""One provider's direction: what is sent, and what an acknowledgement or a failure comes to."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from domain import clocks, notices
from domain import events as e
from domain.direction import LAST_WORDS, MANUAL, DirectionState
from domain.links import LinkPurpose
from domain.notice_words import DirectedAction, Situation
from domain.policy import Policy
from domain.policy_terms.duties import ProviderTerms
from domain.vocabulary import NoticeKind, ProviderStanding, RequestType

ACKNOWLEDGED = "acknowledged"
"""Kind of the inbox rows that carry a provider's word."""

PAUSED = "sending_paused"
"""Why a direction is late while a kill switch is on."""

FEW = 25
"""Up to so many providers, each of their words is told to the request at once."""


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
        notice=order.notice,
        scope=order.scope,
        exceptions=tuple(e.Retention(**kept.model_dump()) for kept in order.exceptions),
    )


def letter(
    order: Order,
    policy: Policy,
    now: datetime,
    *,
    repeat: int,
    confirm_by: date,
    give_up_at: datetime,
    handed_over_at: datetime | None,
) -> e.NoticeRequested:
    """Ask for the direction, or its reminder, as a letter (N-14, N-15, P-01).

    A letter by mail has a link to acknowledge; one by post is answered by post.
    """
    kind = NoticeKind.PROVIDER_REMINDER if repeat else order.notice
    known: dict[str, Any] = {
        **_common(order, policy, now),
        "action": order.action,
        "scope": order.scope,
        "exceptions": order.exceptions,
        "confirm_by": confirm_by,
        "directed_on": clocks.local_date(handed_over_at or now, policy),
    }
    model = notices.FACTS[kind]
    facts = model(**{name: known[name] for name in model.model_fields if name in known})
    linked = order.protocol != MANUAL
    return e.NoticeRequested(
        notice=kind,
        audience="provider",
        facts=facts.model_dump(mode="json"),
        links=(LinkPurpose.ACKNOWLEDGE,) if linked else (),
        links_expire_at=give_up_at if linked else None,
    )


def acknowledge(
    state: DirectionState,
    order: Order,
    policy: Policy,
    now: datetime,
    *,
    row: int,
    facts: Mapping[str, Any],
) -> tuple[e.Event, ...]:
    """Take a verified acknowledgement; standings never go backwards, nothing new is ignored."""
    if row in state.inbox_seen:
        return ()
    standing = ProviderStanding(facts["standing"])
    if not is_news(state, standing):
        return (e.MessageIgnored(inbox=row),)
    copy_waits = bool(facts.get("results")) and order.action is DirectedAction.RETURN_COPY
    word = e.AcknowledgementRecorded(
        inbox=row, at=now, copy_waits=copy_waits, **known_of(facts, e.AcknowledgementRecorded)
    )
    return answered(word, order, policy, now)


def is_news(state: DirectionState, standing: ProviderStanding) -> bool:
    """Tell whether a word moves a direction on; the first last word counts."""
    return not (state.ended or state.standing in LAST_WORDS or standing is state.standing)


def answered(
    word: e.AcknowledgementRecorded, order: Order, policy: Policy, now: datetime
) -> tuple[e.Event, ...]:
    """Return an acknowledgement with what follows from it.

    The consumer's letter says that our team looks into a refusal; so the team hears of it.
    """
    if word.standing is not ProviderStanding.REFUSED or word.actor is not None:
        return (word,)
    return (word, alert(order, policy, Situation.PROVIDER_REFUSED, now))


def known_of(facts: Mapping[str, Any], kind: type[e.ProviderWord]) -> dict[str, Any]:
    """Return what an inbox row's facts say of a provider's word and its evidence."""
    names = set(e.ProviderWord.model_fields) - {"inbox", "at"}
    return {name: facts[name] for name in names & set(kind.model_fields) if facts.get(name)}


def copy_received(
    state: DirectionState, *, content_hash: str, content_type: str, size: int
) -> tuple[e.Event, ...]:
    """Say that a returned copy is in the vault."""
    received = e.CopyReceived(
        message=state.copy_waits, content_hash=content_hash, content_type=content_type, size=size
    )
    return (received,)


def copy_not_received(
    state: DirectionState, order: Order, policy: Policy, reason: str, now: datetime
) -> tuple[e.Event, ...]:
    """Have staff see to a copy that cannot be fetched; the direction stays open."""
    failed = e.CopyNotReceived(message=state.copy_waits, reason=reason)
    return (failed, alert(order, policy, Situation.COPY_NOT_FETCHED, now))


def undeliverable(order: Order, policy: Policy, reason: str, now: datetime) -> tuple[e.Event, ...]:
    """Have staff see to a provider whose system takes no direction."""
    refused = e.DirectionUndeliverable(reason=reason)
    return (refused, alert(order, policy, Situation.DIRECTION_UNDELIVERABLE, now))


def delayed(
    state: DirectionState, order: Order, policy: Policy, reason: str, now: datetime
) -> tuple[e.Event, ...]:
    """Tell staff, once for each cause, that a direction is tried further."""
    if state.delayed == reason:
        return ()
    paused = reason == PAUSED
    situation = Situation.SENDING_PAUSED if paused else Situation.DIRECTION_DELAYED
    return (e.DirectionDelayed(reason=reason), alert(order, policy, situation, now))


def end(state: DirectionState) -> e.DirectionEnded:
    """Return the last event of a direction, once every letter about it is out."""
    return e.DirectionEnded(standing=state.without_answer)


def nudges(*, ended: int, total: int, final: bool) -> bool:
    """Tell whether the request is told at once of a provider's word.

    Of few providers it hears every word. Of a thousand it hears of every fortieth end and of the
    last: each time it reads where all of them stand, so that its history stays small.
    """
    if total <= FEW:
        return True
    every = -(-total // FEW)
    return final and (ended >= total or ended % every == 0)


def alert(
    order: Order,
    policy: Policy,
    situation: Situation,
    now: datetime,
    due: date | None = None,
) -> e.NoticeRequested:
    """Return the mail that tells staff of something about this provider."""
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
