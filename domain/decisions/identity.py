"""Verifying who asks: what a match of points comes to, and what the end of the window brings."""

from datetime import datetime

from domain import events as e
from domain import minors, verification
from domain.decisions import authority, letters
from domain.links import LinkPurpose
from domain.minors import Band
from domain.notice_words import Situation
from domain.paths import path_of
from domain.policy import Policy
from domain.sequence import is_erasure
from domain.state import RequestState
from domain.verification import Evidence, Question
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
    sensitive: bool = False,
    address_settled: bool = True,
) -> tuple[e.Event, ...]:
    """Judge the reliable points of the best single person (VER-16, VER-18).

    Both are needed: the tier, and a proved address. Where two persons fit, staff look and nothing
    is disclosed or erased. What discloses needs an address held before, too, or staff's own word
    (VER-17). ``evidence`` counts the pieces that were known to the match;
    ``sensitive`` says that a correction concerns sensitive data, as everything of a child does.
    """
    question = question_of(state, policy, sensitive=sensitive)
    required = verification.points_needed(policy, question)
    found = Evidence(
        points_counted=points_counted,
        mismatches=mismatches,
        counts_of_others=(required,) if ambiguous else (),
        declaration=state.declared,
    )
    judged = verification.assess(policy, question, found, window_open=True)
    if state.fraud is not None:
        return (_held(found, ambiguous, address_on_file, evidence),)
    found_one = points_counted > 0 and not ambiguous
    if authority.asks_confirmation(state, policy):
        settled = found_one and address_on_file and state.address_confirmed
    else:
        settled = _is_settled(state, judged.outcome, found_one=found_one)
    if settled and (address_settled or not state.discloses):
        verified = e.IdentityVerified(
            points_counted=points_counted,
            points_required=judged.points_required,
            evidence=evidence,
        )
        return (verified, *_decision_waits(state, policy, now))
    assessed = e.IdentityAssessed(
        outcome=VerificationOutcome.NEED_MORE_INFO,
        points_counted=points_counted,
        mismatches=mismatches,
        ambiguous=ambiguous,
        address_on_file=address_on_file,
        address_settled=address_settled,
        evidence=evidence,
    )
    return (assessed, _ask_for_more(state, policy, now), *_tell_staff(state, policy, assessed, now))


def question_of(state: RequestState, policy: Policy, *, sensitive: bool) -> Question:
    """Return by which tier a request is judged (REQ-16, MIN-08)."""
    young = bool(state.age_band) and minors.is_sensitive(policy, Band(state.age_band))
    return Question(
        request_type=state.request_type,
        residency=state.residency,
        requester=state.requester,
        sensitive=sensitive or young,
        erases=is_erasure(state.request_type),
    )


def _held(
    found: Evidence, ambiguous: bool, address_on_file: bool, evidence: int
) -> e.IdentityAssessed:
    """Note what was offered while fraud is suspected; nobody is told more by it (VER-16)."""
    return e.IdentityAssessed(
        outcome=VerificationOutcome.FRAUD_HOLD,
        points_counted=found.points_counted,
        mismatches=found.mismatches,
        ambiguous=ambiguous,
        address_on_file=address_on_file,
        evidence=evidence,
    )


def confirmed(state: RequestState) -> tuple[e.Event, ...]:
    """Take the confirmed address as the second step of an opt-in (MIN-03, OPT-07)."""
    verified = e.IdentityVerified(
        points_counted=0, points_required=0, evidence=state.evidence_received
    )
    return (verified,)


def close_window(state: RequestState, policy: Policy) -> tuple[e.Event, ...]:
    """End the evidence window with the outcome that the law gives this type (VER-06 to VER-09).

    Who never showed that they may ask for another is denied: it is not the consumer who asked. So
    is whoever asks from an address to which not even categories may go (VER-17).
    """
    known = state.assessment
    found = Evidence(points_counted=known.points_counted if known else 0)
    outcome = verification.unverified_outcome(policy, state.request_type, state.residency, found)
    denied = authority.is_unauthorized(state, policy) or state.address_is_foreign
    if denied or outcome is VerificationOutcome.NOT_REQUIRED:
        outcome = VerificationOutcome.UNVERIFIED_DENY
    return (e.VerificationWindowClosed(outcome=outcome),)


def _is_settled(state: RequestState, outcome: VerificationOutcome, *, found_one: bool) -> bool:
    """A power of attorney asks for no proof of identity, only for one person to act on (AGT-03)."""
    if outcome is VerificationOutcome.NOT_REQUIRED:
        return found_one
    proved = state.address_confirmed or not state.proves_address
    return outcome is VerificationOutcome.VERIFIED and proved


def _decision_waits(
    state: RequestState, policy: Policy, now: datetime
) -> tuple[e.NoticeRequested, ...]:
    if path_of(state.request_type).by_rule or state.synthetic:
        return ()
    return (
        letters.staff_alert(state, policy, Situation.DECISION_WAITS, now, due=state.respond_by),
    )


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
    after = state.apply(e.Recorded(n=state.n + 1, at=now, event=assessed))
    if after.address_is_foreign:
        situations.append(Situation.ADDRESS_NOT_HELD)
    if assessed.mismatches >= policy.verification.fraud_flag_mismatches:
        situations.append(Situation.FRAUD_SUSPECTED)
    return tuple(letters.staff_alert(state, policy, each, now) for each in situations)
