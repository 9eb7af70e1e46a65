"""What must be done with a request, and by when: the rules' answer, before anything is touched.

The same functions that the workflows call, asked with facts that staff type in. Nothing here
decides or records anything.
"""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from domain import agents, declarations, frequency, know_report, minors, policies, rights, sequence
from domain import verification as verifying
from domain.clocks import request_dates
from domain.days import local_date
from domain.decisions.receipt import must_show_authority, needs_authority
from domain.frequency import Allowance
from domain.know_report import Period
from domain.minors import Band, Needed
from domain.paths import PATHS
from domain.planning.dates import PlannedDate, dates_of
from domain.planning.facts import OfferedPoint, RequestFacts
from domain.planning.procedure import (
    Approver,
    PlannedLetter,
    PossibleOutcome,
    Step,
    approvers_of,
    letters_of,
    outcomes_of,
    steps_of,
)
from domain.policy import Policy, PolicyPin
from domain.verification import Assessment, Evidence, Point, Question
from domain.vocabulary import AgentOutcome, Requester, RequestType, Residency, VerificationOutcome

__all__ = ["Plan", "RequestFacts", "SubmissionPlan", "plan"]


class Plan(BaseModel):
    """What the rules say of one request."""

    model_config = ConfigDict(frozen=True)

    request_type: RequestType
    in_words: str
    accepted: bool
    clock: str
    dates: tuple[PlannedDate, ...]
    identity: Assessment
    authority: AgentOutcome | None
    age_band: Band | None
    age_needs: Needed | None
    frequency: Allowance
    period: Period | None
    missing: tuple[str, ...]
    steps: tuple[Step, ...]
    letters: tuple[PlannedLetter, ...]
    approvers: tuple[Approver, ...]
    outcomes: tuple[PossibleOutcome, ...]


class SubmissionPlan(BaseModel):
    """Every request of one submission, in the order in which they are carried out (REQ-12)."""

    model_config = ConfigDict(frozen=True)

    policy: PolicyPin
    receipt_date: date
    residency_treated_as: Residency
    opens_minor_purge: bool
    requests: tuple[Plan, ...]


def plan(policy: Policy, facts: RequestFacts) -> SubmissionPlan:
    """Return what must be done with a submission, by the policy it is pinned to (PRN-02)."""
    band = _band(policy, facts)
    order = sequence.in_order(facts.request_types)
    unknown = facts.residency is Residency.UNKNOWN
    return SubmissionPlan(
        policy=policies.pin_of(policy),
        receipt_date=local_date(facts.received_at, policy),
        residency_treated_as=Residency.CA if unknown else facts.residency,
        opens_minor_purge=band is not None and minors.opens_purge(band),
        requests=tuple(_plan(policy, facts, kind, band) for kind in order),
    )


def _plan(policy: Policy, facts: RequestFacts, kind: RequestType, band: Band | None) -> Plan:
    place, receipt = facts.residency, local_date(facts.received_at, policy)
    facts = facts.model_copy(update={"requester": _acting(policy, facts)})
    identity = _identity(policy, facts, kind, band)
    authority = _authority(policy, facts, kind, identity)
    needs = _age_needs(policy, facts, kind, band)
    allowance = frequency.allowance(policy, kind, receipt, facts.prior)
    acts = kind in PATHS and must_show_authority(policy, kind, facts.requester, band or "")
    asks_authority = acts and not _may_ask(policy, facts, authority)
    missing = _missing(facts, identity, authority, needs, asks_authority=asks_authority)
    path = PATHS.get(kind)
    waits = sequence.is_erasure(kind) and any(map(sequence.is_disclosure, facts.request_types))
    return Plan(
        request_type=kind,
        in_words=path.in_words if path else kind.value.replace("_", " "),
        accepted=rights.accepts(policy, kind, receipt),
        clock=policy.clock_for(kind, place).name,
        dates=dates_of(
            policy,
            kind,
            place,
            facts.received_at,
            waits_for_report=waits,
            asks_authority=acts,
        ),
        identity=identity,
        authority=authority,
        age_band=band,
        age_needs=needs,
        frequency=allowance,
        period=_period(policy, facts, kind, receipt),
        missing=missing,
        steps=steps_of(path, asks_authority=acts) if path else (),
        letters=letters_of(
            policy,
            kind,
            place,
            acts=acts,
            asks_authority=asks_authority,
            lacks=bool(missing),
            excess=allowance.excess,
            reported=facts.requester is Requester.REPORTER,
        ),
        approvers=approvers_of(policy, kind, excess=allowance.excess),
        outcomes=outcomes_of(
            policy, kind, place, excess=allowance.excess, requester=facts.requester
        ),
    )


def _acting(policy: Policy, facts: RequestFacts) -> Requester:
    """Return as whom an agent acts: only a power of attorney that stands spares proof (AGT-03)."""
    stands = agents.is_valid(policy.verification.agents, facts.agent.power_of_attorney)
    return agents.acts_by(agents.POWER if stands else agents.PERMISSION, facts.requester)


def _identity(
    policy: Policy, facts: RequestFacts, kind: RequestType, band: Band | None
) -> Assessment:
    points = [_point(policy, each) for each in facts.points if each.matched is not None]
    counted = verifying.count_points(policy, kind, points, facts.contested)
    evidence = Evidence(
        points_counted=counted.points_counted,
        mismatches=counted.mismatches,
        counts_of_others=facts.others_matched,
        account=facts.account,
        declaration=declarations.is_valid(facts.declaration, facts.requester),
    )
    question = Question(
        request_type=kind,
        residency=facts.residency,
        requester=facts.requester,
        sensitive=facts.sensitive or (band is not None and minors.is_sensitive(policy, band)),
        erases=sequence.is_erasure(kind),
    )
    return verifying.assess(
        policy, question, evidence, window_open=_window_open(policy, facts, kind)
    )


def _point(policy: Policy, offered: OfferedPoint) -> Point:
    return Point(
        kind=offered.name,
        matched=bool(offered.matched),
        reliable=policy.verification.is_reliable(
            offered.name, control_proved=offered.control_proved
        ),
    )


def _window_open(policy: Policy, facts: RequestFacts, kind: RequestType) -> bool:
    closes_at: datetime | None = request_dates(
        policy, kind, facts.residency, facts.received_at
    ).window_closes_at
    return closes_at is None or facts.as_of is None or facts.as_of < closes_at


def _authority(
    policy: Policy, facts: RequestFacts, kind: RequestType, identity: Assessment
) -> AgentOutcome | None:
    """Judge an agent; a parent's authority is a matter of age (AGT-01 to AGT-08, MIN-05)."""
    parent = facts.requester is Requester.PARENT
    if parent or kind not in PATHS or not needs_authority(kind, facts.requester):
        return None
    verified = facts.agent.consumer_verified or identity.outcome is VerificationOutcome.VERIFIED
    return agents.assess_agent(
        policy,
        kind,
        facts.residency,
        facts.agent.model_copy(update={"consumer_verified": verified}),
        window_open=_window_open(policy, facts, kind),
    )


def _may_ask(policy: Policy, facts: RequestFacts, authority: AgentOutcome | None) -> bool:
    """Tell whether somebody has shown that they ask for the consumer (AGT-01, MIN-05)."""
    if facts.requester is Requester.PARENT:
        return minors.parent_confirmed(policy, facts.parent_method)
    return authority is AgentOutcome.ACCEPT


def _band(policy: Policy, facts: RequestFacts) -> Band | None:
    if facts.birth_date is None:
        return facts.age_band
    return minors.band_on(policy, facts.birth_date, local_date(facts.received_at, policy))


def _age_needs(
    policy: Policy, facts: RequestFacts, kind: RequestType, band: Band | None
) -> Needed | None:
    if band is None:
        return None
    return minors.still_needed(
        policy,
        band,
        facts.requester,
        kind,
        steps=facts.steps_done,
        method=facts.parent_method,
    )


def _period(policy: Policy, facts: RequestFacts, kind: RequestType, receipt: date) -> Period | None:
    if not sequence.is_disclosure(kind):
        return None
    return know_report.period(policy, receipt, facts.period)


def _missing(
    facts: RequestFacts,
    identity: Assessment,
    authority: AgentOutcome | None,
    needs: Needed | None,
    *,
    asks_authority: bool,
) -> tuple[str, ...]:
    """Say what whoever asks has not shown yet."""
    lacks = {
        AgentOutcome.NEED_AGENT_PROOF: _PROOF_OF.get(facts.requester, _OF_AN_AGENT),
        AgentOutcome.NEED_CONSUMER_VERIFICATION: "the consumer's own proof of identity",
    }
    found = [lacks[authority]] if authority in lacks else []
    if asks_authority and facts.requester is Requester.PARENT:
        found.append(_PROOF_OF[Requester.PARENT])
    found += [f"because of the age: {needs.value.replace('_', ' ')}"] if needs else []
    if identity.outcome not in (VerificationOutcome.VERIFIED, VerificationOutcome.NOT_REQUIRED):
        found += _missing_proof(facts, identity)
    if authority in lacks and facts.agent.power_of_attorney is not None:
        found.append(_WHOLE_POWER)
    return tuple(found)


_OF_AN_AGENT = "the agent's permission, power of attorney or registration"
_PROOF_OF = {
    Requester.PARENT: "proof of being the parent or guardian, in one of the accepted ways (MIN-05)",
    Requester.CONSERVATOR: "the letters of conservatorship (AGT-08)",
}
_WHOLE_POWER = (
    "or, instead of all this, a power of attorney that shows its date, the principal's signature, "
    "and a notary or two adult witnesses"
)


def _missing_proof(facts: RequestFacts, identity: Assessment) -> list[str]:
    short = identity.points_required - identity.points_counted
    by_account = facts.account is verifying.AccountRoute.REAUTHENTICATED
    found = []
    if short > 0 and not by_account:
        found.append(f"{short} more reliable point{'s' if short > 1 else ''} of identity")
    if identity.ambiguous:
        found.append("a point that only one of the persons who fit can give")
    declared = declarations.is_valid(facts.declaration, facts.requester)
    if identity.declaration_required and not declared:
        found.append("a declaration under penalty of perjury, signed and dated")
    return found
