"""The facts that each letter of a request is written from, taken from its state."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from domain import asking_again, clocks, correction, notices
from domain import events as e
from domain.agents import Seen
from domain.declarations import signer_for
from domain.direction import LAST_WORDS
from domain.notice_words import (
    ConsumerStep,
    CorrectionOutcome,
    DenialBasis,
    DirectedAction,
    ExcessFinding,
    Need,
    OptOutScope,
    Reader,
    Situation,
    UnverifiedConsequence,
)
from domain.notice_words import Stage as StageInWords
from domain.paths import Proof, path_of
from domain.policy import Policy
from domain.request_parts import ProviderView
from domain.state import RequestState, Stage
from domain.verification import is_required, points_asked
from domain.vocabulary import (
    Channel,
    Decision,
    NoticeKind,
    PointOfIdentity,
    ProviderStanding,
    Requester,
    VerificationOutcome,
)

Facts = dict[str, Any]

AGENTS = frozenset({Requester.AGENT_SIGNED, Requester.AGENT_POA})
_ONLINE = frozenset({Channel.WEB_FORM, Channel.EMAIL})

FINDINGS = {
    "excessive": ExcessFinding.EXCESSIVE,
    "unfounded_or_excessive": ExcessFinding.UNFOUNDED,
}
"""What staff find of a request beside its number, by the policy's reasons (FEE-02)."""

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
    return _facts(
        notices.AcknowledgementFacts,
        state,
        policy,
        now,
        expected_response_date=dates.respond_by,
        latest_response_date=dates.latest_respond_by,
        points_required=points_asked(policy, state.request_type, state.residency),
        needs=_needs(state, policy),
        points=_points_asked(policy),
        usable_until=_usable_until(state, policy),
    )


def better_document(
    state: RequestState, policy: Policy, rejected: notices.RejectedDocument, now: datetime
) -> Facts:
    """N-02: an uploaded document does not do, and why; nothing else is asked for."""
    asked = more_information(state, policy, now, needs=(Need.BETTER_DOCUMENT,))
    return asked | {"points": [], "rejected": rejected.model_dump(mode="json")}


def more_information(
    state: RequestState, policy: Policy, now: datetime, needs: tuple[Need, ...] = ()
) -> Facts:
    """N-02: the kinds of points not offered yet; they follow from the offer, never from a match."""
    tier = policy.tier_for(state.request_type, state.residency)
    missing = tuple(k for k in _points_asked(policy) if k not in state.points_offered)
    return _facts(
        notices.MoreInformationFacts,
        state,
        policy,
        now,
        points_required=points_asked(policy, state.request_type, state.residency),
        points=missing,
        needs=needs or _still_needed(state, policy),
        usable_until=_usable_until(state, policy),
        consequence=CONSEQUENCE[tier.if_unverified],
    )


def _still_needed(state: RequestState, policy: Policy) -> tuple[Need, ...]:
    declaration = (Need.DECLARATION,) if owes_declaration(state, policy) else ()
    return (Need.MORE_POINTS, *declaration)


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
    basis = _denial_basis(state)
    for_reason = _denied_for(state) if basis is DenialBasis.POLICY_REASON else {}
    return _facts(
        notices.DenialFacts,
        state,
        policy,
        now,
        basis=basis,
        retained=_retained(state),
        opted_out_on=state.opted_out_on,
        **for_reason,
    )


def _denied_for(state: RequestState) -> Facts:
    """Return the reason that staff chose, and the law where they cited one (DEL-04, COR-09)."""
    law = {"law": state.decision_law} if state.decision_law else {}
    return {"reasons": (state.decision_reason,), **law}


def _denial_basis(state: RequestState) -> DenialBasis:
    if state.decision is Decision.WITHDRAWN:
        return DenialBasis.WITHDRAWN
    if state.unverified is not None and not state.authority_settled:
        return DenialBasis.AGENT_UNAUTHORIZED
    if state.unverified is not None:
        return DenialBasis.UNVERIFIED
    return DenialBasis.ALL_RETAINED if state.erased is not None else DenialBasis.POLICY_REASON


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
        notices.UnverifiedDeletionFacts,
        state,
        policy,
        now,
        opted_out_on=state.opted_out_on,
        third_parties_told=_reached(state),
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


def access_report(state: RequestState, policy: Policy, now: datetime) -> Facts:
    """N-06: the report of categories, with the link to the package where pieces are given."""
    assert state.report is not None
    report = state.report
    return _facts(
        notices.AccessReportFacts,
        state,
        policy,
        now,
        period_from=report.period_from,
        period_to=report.period_to,
        specific_pieces=report.specific_pieces,
        downgraded=state.downgraded,
        withheld=tuple(notices.Withheld.model_validate(each) for each in report.withheld),
        copies_missing=_copies_missing(state, policy),
        link_expires_on=_today(policy, package_link_expires(policy, now)),
        **report.report,
    )


def _copies_missing(state: RequestState, policy: Policy) -> tuple[notices.ProviderReport, ...]:
    """Report the providers whose copy is not, or not whole, in the package.

    One that says it sent its copy, which we could not fetch, has told us no more than "received".
    """
    whole = {ProviderStanding.DONE, ProviderStanding.NOT_FOUND}
    reports = []
    for view in (state.providers or {}).values():
        report = _report(view, policy)
        if view.standing not in whole:
            reports.append(report)
        elif not view.final:
            reports.append(report.model_copy(update={"standing": ProviderStanding.RECEIVED}))
    return tuple(reports)


def package_code(
    state: RequestState, policy: Policy, *, row: int, minutes: int, now: datetime
) -> Facts:
    """S-02: the code for the package; the vault keeps it as the evidence of the row (KNO-07)."""
    return _facts(notices.PackageCodeFacts, state, policy, now, inbox=row, minutes=minutes)


def package_link_expires(policy: Policy, now: datetime) -> datetime:
    """Return until when a package can be fetched (KNO-07)."""
    return now + timedelta(days=policy.disclosure.link_life_days)


def correction_result(state: RequestState, policy: Policy, now: datetime) -> Facts:
    """N-08: what was corrected and what not."""
    done = state.corrected
    corrected, refused = (done.fields, done.refused) if done else ((), state.fields)
    outcome = CorrectionOutcome.CORRECTED if corrected else CorrectionOutcome.DENIED
    if corrected and refused:
        outcome = CorrectionOutcome.PARTLY_CORRECTED
    return _facts(
        notices.CorrectionResultFacts,
        state,
        policy,
        now,
        outcome=outcome,
        decided_on=_today(policy, now),
        fields=corrected or refused,
        providers=_providers(state, policy),
        sources=_named_sources(state, policy),
        **(_denied_for(state) if not corrected else {}),
    )


def _named_sources(state: RequestState, policy: Policy) -> tuple[str, ...]:
    """Return who else may have given us what was disputed (COR-10)."""
    others = correction.other_sources(state.holdings.sources if state.holdings else ())
    return others if correction.names_source(policy, company_is_source=not others) else ()


def choice_done(state: RequestState, policy: Policy, now: datetime) -> Facts:
    """N-10: the choice holds, from when, and how far it reaches."""
    assert state.choice is not None
    scope = OptOutScope(state.choice.scope)
    asks_again = asking_again.may_ask_again_from(policy, state.choice.effective_on)
    sale = scope in {OptOutScope.SALE_SHARING, OptOutScope.SENSITIVE_DATA}
    return _facts(
        notices.OptOutDoneFacts,
        state,
        policy,
        now,
        applied_on=state.choice.effective_on,
        scope=(scope,),
        third_parties_told=_reached(state) if scope is OptOutScope.SALE_SHARING else (),
        may_ask_again_from=asks_again if sale else None,
    )


def _reached(state: RequestState) -> tuple[str, ...]:
    """Name those whom the word of an opt-out has reached (OPT-01)."""
    told = (state.providers or {}).values()
    return tuple(v.name for v in told if v.standing is not ProviderStanding.NOT_REACHED)


def opted_in(state: RequestState, policy: Policy, now: datetime) -> Facts:
    """N-13: the choice to allow sale or sharing, and how to take it back (MIN-04)."""
    assert state.choice is not None
    return _facts(
        notices.MinorOptInFacts, state, policy, now, recorded_on=state.choice.effective_on
    )


def deactivated(state: RequestState, policy: Policy, now: datetime) -> Facts:
    """N-07 for what is switched off and not erased: a testimonial, an account."""
    assert state.deactivated is not None
    return _facts(
        notices.DeletionCompleteFacts,
        state,
        policy,
        now,
        deleted=_collections(state.deactivated.rows),
        deleted_on=_today(policy, now),
    )


def excess_refusal(state: RequestState, policy: Policy, now: datetime) -> Facts:
    """N-16: one request to know too many, and from when a new one is served (FRQ-04).

    Or what staff found: that a request is manifestly unfounded or excessive (FEE-02).
    """
    return _facts(
        notices.ExcessRefusalFacts,
        state,
        policy,
        now,
        finding=FINDINGS.get(state.decision_reason, ExcessFinding.TOO_MANY),
        reason=state.decision_reason,
        **_asked_before(state),
    )


def fee_estimate(state: RequestState, policy: Policy, quoted: e.FeeQuoted, now: datetime) -> Facts:
    """N-12: why there is a fee, how it is computed, and until when it can be accepted (FEE-03)."""
    return _facts(
        notices.FeeEstimateFacts,
        state,
        policy,
        now,
        reason=quoted.reason,
        work_minutes=quoted.work_minutes,
        hourly_rate_cents=quoted.hourly_rate_cents,
        accept_by=_usable_until(state, policy) or _dates(state).respond_by,
        **_asked_before(state),
    )


def _asked_before(state: RequestState) -> dict[str, Any]:
    """Return the days of the requests that count, and from when one more is served (FRQ-04)."""
    if state.earlier is None:
        return {}
    return {"earlier": state.earlier.received_on, "next_allowed": state.earlier.next_allowed}


def agent_proof(
    state: RequestState,
    policy: Policy,
    now: datetime,
    rejected: notices.RejectedDocument | None = None,
) -> Facts:
    """N-11: what somebody who asks for another must show, and why not yet (AGT-01, AGT-02)."""
    terms = policy.verification.agents
    step = ConsumerStep.NONE
    if state.requester is Requester.AGENT_SIGNED and state.must_prove:
        confirms = terms.consumer_confirms_permission
        step = ConsumerStep.CONFIRM_PERMISSION if confirms else ConsumerStep.VERIFY_IDENTITY
    return _facts(
        notices.AgentProofFacts,
        state,
        policy,
        now,
        deadline=_usable_until(state, policy) or _dates(state).respond_by,
        consumer_step=step,
        agent_is_entity=_asks_registration(state, policy),
        rejected=rejected,
        reader=Reader.REQUESTER,
    )


def _asks_registration(state: RequestState, policy: Policy) -> bool:
    checked = is_required(policy, state.request_type, state.residency)
    return state.agent_entity and checked and policy.verification.agents.require_entity_registration


def agent_told(state: RequestState, policy: Policy, now: datetime) -> Facts:
    """S-03: an agent hears that the consumer has the answer, and nothing of it (AGT-07)."""
    return _facts(
        notices.AgentToldFacts,
        state,
        policy,
        now,
        answered_on=_today(policy, now),
        withdrawn=state.decision is Decision.WITHDRAWN,
        reader=Reader.REQUESTER,
    )


def agent_is_told(state: RequestState) -> bool:
    """Tell whether an agent gets a letter beside the consumer's (AGT-07).

    Not one to whom the consumer's own letters go, nor software, which asks for the status.
    """
    has_all = Seen.RECEIVES_ANSWER in state.authority_seen
    return state.requester in AGENTS and not has_all and state.channel is not Channel.AGENT_PROTOCOL


def new_link(state: RequestState, policy: Policy, reader: Reader, now: datetime) -> Facts:
    """S-05: the page of the request, for the consumer or for who asked for them."""
    return _facts(
        notices.NewLinkFacts,
        state,
        policy,
        now,
        usable_until=_today(policy, new_link_expires(policy, now)),
        closed=state.closed,
        reader=reader,
    )


def new_link_expires(policy: Policy, now: datetime) -> datetime:
    """Return until when a link that somebody asked for opens the page."""
    return now + timedelta(days=policy.links.confirm_address_days)


def merged(state: RequestState, policy: Policy, now: datetime) -> Facts:
    """S-04: which earlier request gets the one answer, and by when (REQ-17)."""
    assert state.merged is not None, "only a request that was merged is answered by this letter"
    lead = state.merged.model_dump(include={"lead", "lead_received_on", "answer_by"})
    return _facts(notices.MergedFacts, state, policy, now, **lead)


def supplement(state: RequestState, policy: Policy, now: datetime) -> Facts:
    """S-01: what providers said after our answer, and who has still not said that it is done."""
    assert state.answered_at is not None
    known = (state.providers or {}).values()
    return _facts(
        notices.SupplementFacts,
        state,
        policy,
        now,
        answered_on=_today(policy, state.answered_at),
        providers=tuple(_report(view, policy) for view in news_of_providers(state)),
        still_open=tuple(_report(v, policy) for v in known if v.standing not in LAST_WORDS),
    )


def news_of_providers(state: RequestState) -> tuple[ProviderView, ...]:
    """Return the last words of providers that the answer did not tell."""
    return tuple(
        view
        for key, view in (state.providers or {}).items()
        if view.standing in LAST_WORDS and view.standing is not state.told.get(key)
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
        "reader": _reader(state),
    }
    facts = model.model_validate({**_common(state, policy, now), **consumer, **details})
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
    required = points_asked(policy, state.request_type, state.residency)
    offered = [kind for kind in _points_asked(policy) if kind in state.points_offered]
    # The address counts too, once its link proves it.
    return len(offered) + 1 >= required


def _needs(state: RequestState, policy: Policy) -> tuple[Need, ...]:
    """What the requester can do now; it follows from the path and the offer alone (NOT-03)."""
    wanted = {
        Need.CONFIRM_ADDRESS: state.proves_address and not state.address_confirmed,
        Need.CONFIRM_DELETION: _asks_twice(state, policy),
        Need.MORE_POINTS: _asks_identity(state) and not offers_enough(state, policy),
        Need.DECLARATION: owes_declaration(state, policy),
        Need.PARENT_MUST_ASK: _lacks_parent(state),
        Need.SECOND_STEP: path_of(state.request_type).opts_in and not state.address_confirmed,
    }
    return tuple(need for need, holds in wanted.items() if holds)


def _asks_twice(state: RequestState, policy: Policy) -> bool:
    """Tell whether a deletion asked for online is confirmed a second time first (DEL-12)."""
    deletes = path_of(state.request_type).directs is DirectedAction.DELETE
    asked_online = state.proves_address and state.channel in _ONLINE and not state.address_confirmed
    return policy.deletion.two_step_confirmation and deletes and asked_online


def _lacks_parent(state: RequestState) -> bool:
    """A child asks alone: the parent is asked to take part, and nothing is denied (REQ-05)."""
    return state.needs_authority and state.requester is Requester.CONSUMER


def owes_declaration(state: RequestState, policy: Policy) -> bool:
    """Tell whether a declaration is asked of this signer and not given yet (VER-14)."""
    tier = policy.tier_for(state.request_type, state.residency)
    return tier.declaration and signer_for(state.requester) is not None and not state.declared


def _asks_identity(state: RequestState) -> bool:
    return path_of(state.request_type).proof is Proof.IDENTITY


def _reader(state: RequestState) -> Reader:
    """An agent's request is answered to the consumer, by default (AGT-07)."""
    if state.requester not in AGENTS:
        return Reader.REQUESTER
    receives = Seen.RECEIVES_ANSWER in state.authority_seen
    return Reader.REQUESTER if receives else Reader.CONSUMER


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
