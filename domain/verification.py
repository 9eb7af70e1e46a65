"""How well a person is known: which points count, whether the tier is met, what follows (VER)."""

from collections.abc import Collection, Iterable
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from domain.declarations import signer_for
from domain.policy import Policy
from domain.sequence import is_erasure
from domain.vocabulary import Requester, RequestType, Residency, VerificationOutcome

CORRECTIONS = frozenset({RequestType.CORRECT, RequestType.ACCOUNT_CHANGE})
"""Requests whose contested data cannot prove who asks (VER-10)."""


class AccountRoute(StrEnum):
    """What a password-protected account proves (VER-04, VER-05)."""

    NONE = "none"
    LOGIN_ONLY = "login_only"
    REAUTHENTICATED = "reauthenticated"
    SUSPECTED_FRAUD = "suspected_fraud"


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True)


class Point(_Facts):
    """One point that was offered, and what the records say of it.

    ``fact`` tells apart what was given, where one fact may come under two kinds; ``person`` names
    whom of the records it was compared with.
    """

    kind: str
    matched: bool
    reliable: bool
    fact: str | None = Field(default=None, repr=False)
    person: str | None = None


class Evidence(_Facts):
    """What there is to know somebody by; ``rivals`` are others who reach the tier (VER-18)."""

    points_counted: int = 0
    mismatches: int = 0
    counts_of_others: tuple[int, ...] = ()
    account: AccountRoute = AccountRoute.NONE
    declaration: bool = False


class Question(_Facts):
    """What must be proved: whose request it is, and of what kind.

    ``sensitive`` says that a correction concerns sensitive data, ``erases`` that closing an account
    erases what is held as well (REQ-16).
    """

    request_type: RequestType
    residency: Residency
    requester: Requester = Requester.CONSUMER
    sensitive: bool = False
    erases: bool = False


class Assessment(_Facts):
    """What the evidence comes to."""

    outcome: VerificationOutcome
    points_counted: int
    points_required: int
    declaration_required: bool
    fraud_flag: bool
    ambiguous: bool


def count_points(
    policy: Policy,
    request_type: RequestType,
    points: Iterable[Point],
    contested: Collection[str] = (),
) -> Evidence:
    """Count what counts for the best single person (VER-01, VER-02, VER-10, VER-18).

    ``contested`` are the kinds whose data a correction disputes; for other requests it is ignored.
    """
    excluded = set(policy.verification.never_asked)
    if request_type in CORRECTIONS:
        excluded |= set(contested)
    usable = [point for point in points if point.kind not in excluded]
    people = dict.fromkeys(point.person for point in usable)
    counts = sorted(
        (_distinct(p for p in usable if p.person == person and p.matched and p.reliable))
        for person in people
    )
    return Evidence(
        points_counted=counts[-1] if counts else 0,
        counts_of_others=tuple(counts[:-1]),
        mismatches=_distinct(point for point in usable if not point.matched),
    )


def assess(
    policy: Policy, question: Question, evidence: Evidence, *, window_open: bool
) -> Assessment:
    """Judge the evidence in the order of VER-16.

    The fall-backs at the end of the window are VER-06 to VER-09; a valid power of attorney stands
    for the check of identity (AGT-03).
    """
    tier = policy.tier_for(question.request_type, question.residency)
    needed = points_needed(policy, question)
    declared = tier.declaration and signer_for(question.requester) is not None
    suspected = evidence.account is AccountRoute.SUSPECTED_FRAUD
    mismatched = evidence.mismatches >= policy.verification.fraud_flag_mismatches
    met = _is_met(evidence, needed, declaration=declared)
    return Assessment(
        outcome=_outcome(policy, question, evidence, met=met, window_open=window_open),
        points_counted=evidence.points_counted,
        points_required=needed,
        declaration_required=declared,
        fraud_flag=suspected or mismatched,
        ambiguous=_is_ambiguous(evidence, needed),
    )


def points_asked(policy: Policy, request_type: RequestType, residency: Residency) -> int:
    """Return how many points a kind of request asks for, as long as no more is known of one."""
    erases = is_erasure(request_type)
    return points_needed(
        policy, Question(request_type=request_type, residency=residency, erases=erases)
    )


def points_needed(policy: Policy, question: Question) -> int:
    """Return how many reliable points are asked for; whatever erases is proved like a deletion."""
    tier = policy.tier_for(question.request_type, question.residency)
    if question.sensitive and tier.points_if_sensitive is not None:
        return tier.points_if_sensitive
    if question.erases and tier.points:
        return max(tier.points, policy.tier_for(RequestType.DELETE, question.residency).points)
    return tier.points


def unverified_outcome(
    policy: Policy, request_type: RequestType, residency: Residency, evidence: Evidence
) -> VerificationOutcome:
    """Return what the end of the window makes of a request (VER-06 to VER-09).

    Specific pieces become categories only for somebody known well enough for categories.
    """
    outcome = policy.tier_for(request_type, residency).if_unverified
    if outcome is not VerificationOutcome.DOWNGRADE_TO_CATEGORIES:
        return outcome
    categories = policy.tier_for(RequestType.KNOW_CATEGORIES, residency)
    known = _is_met(evidence, categories.points, declaration=categories.declaration)
    return outcome if known else categories.if_unverified


def is_required(policy: Policy, request_type: RequestType, residency: Residency) -> bool:
    """Tell whether a request needs any check of identity (REQ-09, MIN-07)."""
    tier = policy.tier_for(request_type, residency)
    return tier.points > 0 or tier.declaration


def _outcome(
    policy: Policy, question: Question, evidence: Evidence, *, met: bool, window_open: bool
) -> VerificationOutcome:
    if not is_required(policy, question.request_type, question.residency):
        return VerificationOutcome.NOT_REQUIRED
    if met:
        return VerificationOutcome.VERIFIED
    if question.requester is Requester.AGENT_POA:
        return VerificationOutcome.NOT_REQUIRED
    if not window_open:
        return unverified_outcome(policy, question.request_type, question.residency, evidence)
    suspected = evidence.account is AccountRoute.SUSPECTED_FRAUD
    return VerificationOutcome.FRAUD_HOLD if suspected else VerificationOutcome.NEED_MORE_INFO


def _is_met(evidence: Evidence, needed: int, *, declaration: bool) -> bool:
    by_account = evidence.account is AccountRoute.REAUTHENTICATED
    by_points = evidence.points_counted >= needed and not _is_ambiguous(evidence, needed)
    return (by_account or by_points) and (evidence.declaration or not declaration)


def _is_ambiguous(evidence: Evidence, needed: int) -> bool:
    return any(count >= needed for count in evidence.counts_of_others)


def _distinct(points: Iterable[Point]) -> int:
    """Count facts: one that was given twice, under one kind or two, counts once (VER-01)."""
    kinds: set[str] = set()
    facts: set[str] = set()
    for point in points:
        if point.kind in kinds or point.fact in facts:
            continue
        kinds.add(point.kind)
        facts |= {point.fact} if point.fact is not None else set()
    return len(kinds)
