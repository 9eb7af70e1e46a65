"""Verifying who asks: what a match of points comes to, and what the end of the window brings."""

from datetime import datetime

from domain import events as e
from domain.decisions import letters
from domain.links import LinkPurpose
from domain.notice_words import Situation
from domain.policy import Policy
from domain.state import RequestState
from domain.vocabulary import NoticeKind, VerificationOutcome


def assess(
    state: RequestState,
    policy: Policy,
    now: datetime,
    *,
    points_counted: int,
    mismatches: int,
    ambiguous: bool,
    address_on_file: bool,
    evidence: int,
) -> tuple[e.Event, ...]:
    """Judge the reliable points of the best single person (VER-16, VER-18).

    Both are needed: the tier, and a proved address. Where two persons fit, staff look and nothing
    is disclosed or erased. ``evidence`` counts the pieces that were known to the match.
    """
    required = policy.tier_for(state.request_type, state.residency).points
    if points_counted >= required and not ambiguous and state.address_confirmed:
        verified = e.IdentityVerified(
            points_counted=points_counted, points_required=required, evidence=evidence
        )
        waits = letters.staff_alert(
            state, policy, Situation.DECISION_WAITS, now, due=state.respond_by
        )
        return (verified, waits)
    assessed = e.IdentityAssessed(
        outcome=VerificationOutcome.NEED_MORE_INFO,
        points_counted=points_counted,
        mismatches=mismatches,
        ambiguous=ambiguous,
        address_on_file=address_on_file,
        evidence=evidence,
    )
    return (assessed, _ask_for_more(state, policy, now), *_tell_staff(state, policy, assessed, now))


def close_window(state: RequestState, policy: Policy) -> tuple[e.Event, ...]:
    """End the evidence window with the outcome that the law gives this type (VER-06 to VER-09)."""
    outcome = policy.tier_for(state.request_type, state.residency).if_unverified
    return (e.VerificationWindowClosed(outcome=outcome),)


def _ask_for_more(state: RequestState, policy: Policy, now: datetime) -> e.NoticeRequested:
    assert state.dates is not None
    return e.NoticeRequested(
        notice=NoticeKind.MORE_INFORMATION,
        facts=letters.more_information(state, policy, now),
        links=(LinkPurpose.RESPOND,),
        links_expire_at=state.dates.window_closes_at,
    )


def _tell_staff(
    state: RequestState, policy: Policy, assessed: e.IdentityAssessed, now: datetime
) -> tuple[e.Event, ...]:
    situations = []
    if assessed.ambiguous:
        situations.append(Situation.AMBIGUOUS_IDENTITY)
    if assessed.mismatches >= policy.verification.fraud_flag_mismatches:
        situations.append(Situation.FRAUD_SUSPECTED)
    return tuple(letters.staff_alert(state, policy, each, now) for each in situations)
