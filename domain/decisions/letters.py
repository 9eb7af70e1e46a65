"""The facts that each letter of a request is written from, taken from its state."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from domain import clocks, notices
from domain import events as e
from domain.notice_words import (
    DenialBasis,
    Need,
    Situation,
    UnverifiedConsequence,
)
from domain.notice_words import Stage as StageInWords
from domain.policy import Policy
from domain.state import RequestState, Stage
from domain.vocabulary import NoticeKind, PointOfIdentity, VerificationOutcome

Facts = dict[str, Any]

CONSEQUENCE = {
    VerificationOutcome.UNVERIFIED_TREAT_AS_OPT_OUT: UnverifiedConsequence.OPT_OUT,
    VerificationOutcome.DOWNGRADE_TO_CATEGORIES: UnverifiedConsequence.CATEGORIES,
    VerificationOutcome.UNVERIFIED_DENY: UnverifiedConsequence.DENIAL,
}

_STAGE_IN_WORDS = {
    Stage.RECEIVED: StageInWords.VERIFYING,
    Stage.VERIFYING: StageInWords.VERIFYING,
    Stage.DECIDING: StageInWords.DECIDING,
    Stage.FULFILLING: StageInWords.WORKING,
    Stage.DIRECTING: StageInWords.WORKING,
}


def acknowledgement(state: RequestState, policy: Policy, now: datetime) -> Facts:
    """N-01: what was asked, what we need, and by when we answer."""
    dates = _dates(state)
    tier = policy.tier_for(state.request_type, state.residency)
    return _facts(
        notices.AcknowledgementFacts,
        state,
        policy,
        now,
        expected_response_date=dates.respond_by,
        latest_response_date=dates.latest_respond_by,
        points_required=tier.points,
        needs=_needs(state, policy),
        points=_points_asked(policy),
        usable_until=_usable_until(state, policy),
    )


def more_information(state: RequestState, policy: Policy, now: datetime) -> Facts:
    """N-02: the kinds of points not offered yet; they follow from the offer, never from a match."""
    tier = policy.tier_for(state.request_type, state.residency)
    missing = tuple(k for k in _points_asked(policy) if k not in state.points_offered)
    return _facts(
        notices.MoreInformationFacts,
        state,
        policy,
        now,
        points_required=tier.points,
        points=missing,
        needs=(Need.MORE_POINTS,),
        usable_until=_usable_until(state, policy),
        consequence=CONSEQUENCE[tier.if_unverified],
    )


def extension(
    state: RequestState, policy: Policy, reason: str, new_due: date, extra_days: int, now: datetime
) -> Facts:
    """N-03: the reason, the new due date and the number of days (CLK-05)."""
    return _facts(
        notices.ExtensionFacts,
        state,
        policy,
        now,
        reason=reason,
        old_due_date=_dates(state).respond_by,
        new_due_date=new_due,
        extra_days=extra_days,
    )


def denial(state: RequestState, policy: Policy, now: datetime) -> Facts:
    """N-04: nothing was deleted, and why."""
    if state.erased is not None:
        basis, reasons = DenialBasis.ALL_RETAINED, []
    else:
        basis, reasons = DenialBasis.POLICY_REASON, [state.decision_reason]
    return _facts(
        notices.DenialFacts,
        state,
        policy,
        now,
        basis=basis,
        reasons=tuple(reasons),
        retained=_retained(state),
        opted_out_on=state.opted_out_on,
    )


def partial_outcome(state: RequestState, policy: Policy, now: datetime) -> Facts:
    """N-05: what was deleted, what stays and why, and what each provider has confirmed."""
    assert state.erased is not None
    return _facts(
        notices.PartialOutcomeFacts,
        state,
        policy,
        now,
        done=_collections(state.erased.absent),
        done_on=_today(policy, now),
        retained=_retained(state),
        providers=_providers(state, policy),
        opted_out_on=state.opted_out_on,
    )


def deletion_complete(state: RequestState, policy: Policy, now: datetime) -> Facts:
    """N-07: everything was deleted."""
    assert state.erased is not None
    return _facts(
        notices.DeletionCompleteFacts,
        state,
        policy,
        now,
        deleted=_collections(state.erased.absent),
        deleted_on=_today(policy, now),
        providers=_providers(state, policy),
    )


def unverified_deletion(state: RequestState, policy: Policy, now: datetime) -> Facts:
    """N-09: not verified, not deleted, treated as an opt-out (VER-08)."""
    return _facts(
        notices.UnverifiedDeletionFacts, state, policy, now, opted_out_on=state.opted_out_on
    )


def nothing_found(state: RequestState, policy: Policy, now: datetime) -> Facts:
    """N-17: nothing is held under the details given."""
    return _facts(notices.NothingFoundFacts, state, policy, now, searched_on=_today(policy, now))


def late_answer(state: RequestState, policy: Policy, was_due: date, now: datetime) -> Facts:
    """N-18: an apology, where the request stands, and when we write again."""
    stage = _STAGE_IN_WORDS.get(state.stage, StageInWords.ANSWERING)
    clock = policy.clock_for(state.request_type, state.residency)
    next_date = _today(policy, now) + timedelta(days=clock.warnings.overdue_every_days)
    return _facts(
        notices.LateAnswerFacts,
        state,
        policy,
        now,
        was_due=was_due,
        stage=stage,
        next_date=next_date,
    )


def supplement(state: RequestState, policy: Policy, now: datetime) -> Facts:
    """S-01: what providers confirmed after our answer."""
    assert state.answered_at is not None
    known = state.providers or {}
    news = [v for v in known.values() if v.at is not None and v.at > state.answered_at]
    return _facts(
        notices.SupplementFacts,
        state,
        policy,
        now,
        answered_on=_today(policy, state.answered_at),
        providers=tuple(_report(view, policy) for view in news),
        still_open=tuple(_report(v, policy) for v in known.values() if v not in news),
    )


def staff_alert(
    state: RequestState, policy: Policy, situation: Situation, now: datetime, **details: object
) -> e.NoticeRequested:
    """Return the mail that tells staff of something; ``details`` are fields of its facts."""
    facts = notices.StaffAlertFacts(**_common(state, policy, now), situation=situation, **details)
    return e.NoticeRequested(
        notice=NoticeKind.STAFF_ALERT, audience="staff", facts=facts.model_dump(mode="json")
    )


def _facts(
    model: type[notices.ConsumerFacts],
    state: RequestState,
    policy: Policy,
    now: datetime,
    **details: object,
) -> Facts:
    consumer: Mapping[str, object] = {
        "residency": state.residency,
        "requester": state.requester,
        "address_confirmed": state.address_confirmed,
    }
    facts = model(**_common(state, policy, now), **consumer, **details)
    return facts.model_dump(mode="json")


def _common(state: RequestState, policy: Policy, now: datetime) -> dict[str, Any]:
    return {
        "request_id": state.request_id,
        "request_type": state.request_type,
        "receipt_date": _dates(state).receipt_date,
        "written_on": _today(policy, now),
    }


def _dates(state: RequestState) -> e.PromisedDates:
    assert state.dates is not None, "letters are written after receipt"
    return state.dates


def _points_asked(policy: Policy) -> tuple[PointOfIdentity, ...]:
    """Kinds that count by themselves; the address is proved by its link and not asked for."""
    rows = policy.verification.points
    return tuple(row.point for row in rows if policy.verification.is_reliable(row.point))


def offers_enough(state: RequestState, policy: Policy) -> bool:
    """Tell whether as many kinds of points were offered as the tier needs, right or wrong."""
    required = policy.tier_for(state.request_type, state.residency).points
    offered = [kind for kind in _points_asked(policy) if kind in state.points_offered]
    # The address counts too, once its link proves it.
    return len(offered) + 1 >= required


def _needs(state: RequestState, policy: Policy) -> tuple[Need, ...]:
    enough = offers_enough(state, policy)
    return (Need.CONFIRM_ADDRESS,) if enough else (Need.CONFIRM_ADDRESS, Need.MORE_POINTS)


def _usable_until(state: RequestState, policy: Policy) -> date | None:
    """Return the last whole day: the window ends within the due date itself (CLK-10)."""
    closes = _dates(state).window_closes_at
    return clocks.local_date(closes, policy) - timedelta(days=1) if closes else None


def _today(policy: Policy, now: datetime) -> date:
    return clocks.local_date(now, policy)


def _collections(rows: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(name for name, count in rows.items() if count)


def _retained(state: RequestState) -> tuple[notices.Retained, ...]:
    kept = state.erased.retained if state.erased else ()
    return tuple(
        notices.Retained(collection=each.collection, ground=each.ground)
        for each in kept
        if each.rows
    )


def _providers(state: RequestState, policy: Policy) -> tuple[notices.ProviderReport, ...]:
    return tuple(_report(view, policy) for view in (state.providers or {}).values())


def _report(view: Any, policy: Policy) -> notices.ProviderReport:
    on = clocks.local_date(view.at, policy) if view.at else None
    return notices.ProviderReport(name=view.name, standing=view.standing, on=on)
