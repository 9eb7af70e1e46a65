"""Where a request stands: a pure fold over its events (design, section 3)."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from functools import singledispatch
from typing import Literal

from pydantic import AwareDatetime, Field

from domain import events as e
from domain import letterbook
from domain.letterbook import Letter, Letters
from domain.paths import Fulfilment, path_of
from domain.policy import PolicyPin
from domain.vocabulary import (
    Channel,
    Decision,
    Language,
    NoticeKind,
    PointOfIdentity,
    ProviderStanding,
    Requester,
    RequestType,
    Residency,
    VerificationOutcome,
)


class Stage(StrEnum):
    """The steps of the procedure, as staff read them in the Web UI."""

    RECEIVED = "received"
    VERIFYING = "verifying"
    DECIDING = "deciding"
    FULFILLING = "fulfilling"
    DIRECTING = "directing providers"
    ANSWERING = "answering"
    WAITING_FOR_PROVIDERS = "waiting for providers"
    CLOSED = "closed"


class ProviderView(e.Fact):
    """What the request knows of one provider's direction."""

    name: str
    standing: ProviderStanding = ProviderStanding.DIRECTED
    at: AwareDatetime | None = None
    final: bool = False
    head: str = ""


class Extension(e.Fact):
    """The one extension that the law allows (CLK-05)."""

    new_due: date
    reason: str
    letter: int
    notice_deadline: AwareDatetime
    status: Literal["approved", "effective", "lapsed"] = "approved"


class Parked(e.Fact):
    """A step that failed for good and waits for staff."""

    step: str
    reason: str


class RequestState(e.Fact):
    """Everything about a request that its procedure needs; nothing personal."""

    request_id: str
    n: int = 0
    at: AwareDatetime | None = None
    request_type: RequestType = RequestType.DELETE
    requester: Requester = Requester.CONSUMER
    residency: Residency = Residency.UNKNOWN
    channel: Channel = Channel.WEB_FORM
    language: Language = Language.ENGLISH
    received_at: AwareDatetime | None = None
    points_offered: tuple[PointOfIdentity, ...] = ()
    policy: PolicyPin | None = None
    dates: e.PromisedDates | None = None
    must_prove: bool = True
    needs_authority: bool = False
    linked: tuple[str, ...] = ()
    waits_for: tuple[str, ...] = ()
    reports_settled: bool = False
    report_wait_ended: bool = False
    age_band: str = ""
    purge: str = ""
    fee: e.FeeQuoted | None = None
    fee_accepted: bool = False
    fields: tuple[str, ...] = ()
    declared: bool = False
    authority: str = ""
    authority_refusals: int = 0
    earlier: e.EarlierRequestsCounted | None = None
    report: e.ReportCompiled | None = None
    released: bool = False
    corrected: e.DataCorrected | None = None
    choice: e.ChoiceApplied | None = None
    deactivated: e.AccountDeactivated | None = None
    age_established: str = ""
    outcome_letter: int | None = None
    told: dict[str, ProviderStanding] = Field(default_factory=dict)
    letters: Letters = Field(default_factory=dict)
    address_confirmed: bool = False
    evidence_received: int = 0
    evidence_assessed: int = 0
    inbox_seen: frozenset[int] = frozenset()
    assessment: e.IdentityAssessed | None = None
    verified: e.IdentityVerified | None = None
    unverified: VerificationOutcome | None = None
    disowned: bool = False
    holdings: e.HoldingsSurveyed | None = None
    decision: Decision | None = None
    decision_reason: str = ""
    decided_by: e.Actor | None = None
    extension: Extension | None = None
    warned: frozenset[str] = frozenset()
    breached: tuple[date, ...] = ()
    confirmation_breached: bool = False
    plan: e.ErasurePlanned | None = None
    erased: e.DataErased | None = None
    opted_out_on: date | None = None
    providers: dict[str, ProviderView] | None = None
    wait_for_providers_until: AwareDatetime | None = None
    provider_wait_ended: bool = False
    parked: Parked | None = None
    last_refusal: e.ActionRefused | None = None
    answered_at: AwareDatetime | None = None
    outcome: Decision | None = None
    retain_until: date | None = None

    def apply(self, recorded: e.Recorded) -> "RequestState":
        """Return the state after one more event. Every event type is accepted."""
        changes = _fold(recorded.event, self, recorded)
        return self.model_copy(update={"n": recorded.n, "at": recorded.at, **changes})

    @property
    def received(self) -> bool:
        """Whether the first event has happened."""
        return self.received_at is not None

    @property
    def closed(self) -> bool:
        """Whether nothing is left to do."""
        return self.retain_until is not None

    @property
    def answered(self) -> bool:
        """Whether the outcome letter was accepted: the response clock has stopped."""
        return self.answered_at is not None

    @property
    def identity_settled(self) -> bool:
        """Whether verification has ended, one way or the other."""
        proved = self.verified or self.unverified or self.disowned
        return bool(proved) or (self.received and not self.must_prove)

    @property
    def authority_settled(self) -> bool:
        """Whether nobody's authority to ask for another is in question."""
        return bool(self.authority) or not self.needs_authority

    @property
    def waits_for_reports(self) -> bool:
        """Whether an erasure still waits for the copy that was asked for with it (REQ-12)."""
        over = self.reports_settled or self.report_wait_ended
        return bool(self.waits_for) and not over

    @property
    def awaits_fee(self) -> bool:
        """Whether the consumer has an estimate and has not answered it (FEE-03)."""
        return self.fee is not None and not self.fee_accepted

    @property
    def proves_address(self) -> bool:
        """Whether somebody must prove an address; a power of attorney stands for it (AGT-03)."""
        return self.must_prove and self.requester is not Requester.AGENT_POA

    @property
    def proved_or_decided(self) -> bool:
        """Whether identity and authority are settled, or it no longer matters."""
        return (self.identity_settled and self.authority_settled) or self.decision is not None

    @property
    def is_purge(self) -> bool:
        """Whether the company itself opened this, for a young person (MIN-06)."""
        return self.request_type is RequestType.MINOR_PURGE

    @property
    def by_rule(self) -> bool:
        """Whether nobody decides, because the law leaves nothing to decide."""
        return path_of(self.request_type).by_rule

    @property
    def discloses(self) -> bool:
        """Whether it is a request to know, whose number in a year is limited (FRQ-01)."""
        return Fulfilment.DISCLOSE in path_of(self.request_type).fulfilment

    @property
    def assessment_is_due(self) -> bool:
        """Whether new evidence waits to be matched."""
        fresh = self.evidence_received > self.evidence_assessed
        ready = (self.address_confirmed or not self.proves_address) and self.authority_settled
        return ready and fresh and not self.identity_settled

    @property
    def awaits_decision(self) -> bool:
        """Whether staff must decide now."""
        settled = self.identity_settled and self.authority_settled
        return settled and self.decision is None and not self.answered

    @property
    def respond_by(self) -> date | None:
        """The due date in force: promised at receipt, or extended in time (CLK-02, CLK-05)."""
        if self.extension is not None and self.extension.status == "effective":
            return self.extension.new_due
        return self.dates.respond_by if self.dates else None

    @property
    def providers_ended(self) -> bool:
        """Whether every direction has had its last word."""
        return all(view.final for view in (self.providers or {}).values())

    @property
    def waiting_letters(self) -> tuple[int, ...]:
        """Numbers of the letters that no mail server has accepted or refused yet."""
        return letterbook.waiting(self.letters)

    @property
    def downgraded(self) -> bool:
        """Whether pieces were asked for and only categories may be given (VER-06)."""
        return self.unverified is VerificationOutcome.DOWNGRADE_TO_CATEGORIES

    @property
    def pinned(self) -> PolicyPin:
        """The policy that the request keeps (PRN-02); known from the first event on."""
        assert self.policy is not None, "the first event pins the policy"
        return self.policy

    @property
    def fulfilled(self) -> bool:
        """Whether everything that the decision calls for is done."""
        return next_fulfilment(self) is None

    def letter_of(self, notice: NoticeKind) -> Letter | None:
        """Return the latest letter of a kind, if one was asked for."""
        kinds = [letter for letter in self.letters.values() if letter.notice is notice]
        return kinds[-1] if kinds else None

    @property
    def stage(self) -> Stage:
        """The step of the procedure that the request is in."""
        if self.closed:
            return Stage.CLOSED
        if self.answered:
            return Stage.WAITING_FOR_PROVIDERS
        if not self.received:
            return Stage.RECEIVED
        if not self.identity_settled:
            return Stage.VERIFYING
        if self.awaits_decision:
            return Stage.DECIDING
        return self._stage_after_decision()

    def _stage_after_decision(self) -> Stage:
        if not self.fulfilled:
            return Stage.FULFILLING
        if self.providers is not None and not (self.providers_ended or self.provider_wait_ended):
            return Stage.DIRECTING
        return Stage.ANSWERING

    @property
    def needs_action(self) -> str:
        """What staff must do next, as a short code for a saved view; empty when nothing waits."""
        if self.closed:
            return ""
        if self.parked:
            return "retry_step"
        if self.awaits_decision:
            return "decide"
        ambiguous = self.assessment is not None and self.assessment.ambiguous
        return "review_identity" if ambiguous and not self.identity_settled else ""


_DONE = {
    Fulfilment.ERASE: "erased",
    Fulfilment.TREAT_AS_OPT_OUT: "opted_out_on",
    Fulfilment.DISCLOSE: "report",
    Fulfilment.CORRECT: "corrected",
    Fulfilment.CHOOSE: "choice",
    Fulfilment.DEACTIVATE: "deactivated",
}
"""The field by which the state knows that a fulfilment is done."""


def next_fulfilment(state: "RequestState") -> Fulfilment | None:
    """Return what must be done next, by decision and path; none for a denial."""
    path = path_of(state.request_type)
    wanted: tuple[Fulfilment, ...]
    if state.decision is None:
        wanted = path.at_once if state.identity_settled and state.authority_settled else ()
    elif state.decision is Decision.GRANT:
        wanted = (*path.at_once, *path.fulfilment)
    elif state.decision is Decision.UNVERIFIED_TREAT_AS_OPT_OUT:
        wanted = (Fulfilment.TREAT_AS_OPT_OUT,)
    else:
        wanted = ()
    return next((each for each in wanted if getattr(state, _DONE[each]) is None), None)


def fold(request_id: str, recorded: Iterable[e.Recorded]) -> RequestState:
    """Return the state that a whole stream amounts to."""
    state = RequestState(request_id=request_id)
    for each in recorded:
        state = state.apply(each)
    return state


Changes = dict[str, object]


@singledispatch
def _fold(event: e.Event, state: RequestState, recorded: e.Recorded) -> Changes:
    """Return the fields that an event changes; events that are only remembered change none."""
    return {}


@_fold.register
def _(event: e.RequestReceived, state: RequestState, recorded: e.Recorded) -> Changes:
    return {name: getattr(event, name) for name in type(event).model_fields} | {
        "evidence_received": len(event.points_offered)
    }


@_fold.register
def _(event: e.NoticeRequested, state: RequestState, recorded: e.Recorded) -> Changes:
    told = {key: view.standing for key, view in (state.providers or {}).items()}
    outcome = {"outcome_letter": recorded.n, "told": told} if event.tells_outcome else {}
    return {"letters": letterbook.requested(state.letters, event, recorded), **outcome}


@_fold.register
def _(event: e.NoticeSent, state: RequestState, recorded: e.Recorded) -> Changes:
    return {"letters": letterbook.sent(state.letters, event)}


@_fold.register
def _(event: e.NoticeRefused, state: RequestState, recorded: e.Recorded) -> Changes:
    return {"letters": letterbook.refused(state.letters, event)}


@_fold.register
def _(event: e.LetterRetried, state: RequestState, recorded: e.Recorded) -> Changes:
    return {"letters": letterbook.retried(state.letters, event)}


@_fold.register
def _(event: e.AddressConfirmed, state: RequestState, recorded: e.Recorded) -> Changes:
    return _seen(state, event.inbox) | {
        "address_confirmed": True,
        "evidence_received": state.evidence_received + 1,
    }


@_fold.register
def _(event: e.PointsAdded, state: RequestState, recorded: e.Recorded) -> Changes:
    offered = dict.fromkeys((*state.points_offered, *event.kinds))
    return _seen(state, event.inbox) | {
        "points_offered": tuple(offered),
        "evidence_received": state.evidence_received + 1,
    }


@_fold.register
def _(event: e.DeclarationSigned, state: RequestState, recorded: e.Recorded) -> Changes:
    return _seen(state, event.inbox) | {
        "declared": True,
        "evidence_received": state.evidence_received + 1,
    }


@_fold.register
def _(event: e.AuthorityAccepted, state: RequestState, recorded: e.Recorded) -> Changes:
    return {"authority": event.form, "evidence_received": state.evidence_received + 1}


@_fold.register
def _(event: e.AuthorityRefused, state: RequestState, recorded: e.Recorded) -> Changes:
    return {"authority_refusals": state.authority_refusals + 1}


@_fold.register
def _(event: e.EarlierRequestsCounted, state: RequestState, recorded: e.Recorded) -> Changes:
    return {"earlier": event}


@_fold.register
def _(event: e.ReportCompiled, state: RequestState, recorded: e.Recorded) -> Changes:
    return {"report": event}


@_fold.register
def _(event: e.ReportReleased, state: RequestState, recorded: e.Recorded) -> Changes:
    return {"released": True}


@_fold.register
def _(event: e.DataCorrected, state: RequestState, recorded: e.Recorded) -> Changes:
    return {"corrected": event}


@_fold.register
def _(event: e.ChoiceApplied, state: RequestState, recorded: e.Recorded) -> Changes:
    return {"choice": event}


@_fold.register
def _(event: e.AccountDeactivated, state: RequestState, recorded: e.Recorded) -> Changes:
    return {"deactivated": event}


@_fold.register
def _(event: e.FeeQuoted, state: RequestState, recorded: e.Recorded) -> Changes:
    return {"fee": event}


@_fold.register
def _(event: e.FeeAccepted, state: RequestState, recorded: e.Recorded) -> Changes:
    return _seen(state, event.inbox) | {"fee_accepted": True}


@_fold.register
def _(event: e.ReportsSettled, state: RequestState, recorded: e.Recorded) -> Changes:
    return {"reports_settled": True}


@_fold.register
def _(event: e.ReportWaitEnded, state: RequestState, recorded: e.Recorded) -> Changes:
    return {"report_wait_ended": True}


@_fold.register
def _(event: e.MinorNoticed, state: RequestState, recorded: e.Recorded) -> Changes:
    return {"purge": event.purge}


@_fold.register
def _(event: e.AgeEstablished, state: RequestState, recorded: e.Recorded) -> Changes:
    return {"age_established": event.method}


@_fold.register
def _(event: e.RequestWithdrawn, state: RequestState, recorded: e.Recorded) -> Changes:
    decided = _decided(Decision.WITHDRAWN, event.reason, event.actor)
    seen = _seen(state, event.inbox) if event.inbox else {}
    return decided | seen | {"parked": None}


@_fold.register
def _(event: e.ExcessRefused, state: RequestState, recorded: e.Recorded) -> Changes:
    return _decided(Decision.REFUSE_EXCESS, event.reason, event.actor)


@_fold.register
def _(event: e.RequestDisowned, state: RequestState, recorded: e.Recorded) -> Changes:
    return _seen(state, event.inbox) | {"disowned": True, "decision": Decision.WITHDRAWN}


@_fold.register
def _(event: e.MessageIgnored, state: RequestState, recorded: e.Recorded) -> Changes:
    return _seen(state, event.inbox)


@_fold.register
def _(event: e.IdentityAssessed, state: RequestState, recorded: e.Recorded) -> Changes:
    return {"assessment": event, "evidence_assessed": event.evidence}


@_fold.register
def _(event: e.IdentityVerified, state: RequestState, recorded: e.Recorded) -> Changes:
    return {"verified": event, "evidence_assessed": event.evidence}


@_fold.register
def _(event: e.VerificationWindowClosed, state: RequestState, recorded: e.Recorded) -> Changes:
    downgraded = event.outcome is VerificationOutcome.DOWNGRADE_TO_CATEGORIES
    decision = Decision.GRANT if downgraded else Decision(event.outcome.value)
    return {"unverified": event.outcome, "decision": decision, "parked": None}


@_fold.register
def _(event: e.HoldingsSurveyed, state: RequestState, recorded: e.Recorded) -> Changes:
    return {"holdings": event}


@_fold.register
def _(event: e.RequestApproved, state: RequestState, recorded: e.Recorded) -> Changes:
    return _decided(Decision.GRANT, event.reason, event.actor)


@_fold.register
def _(event: e.RequestDenied, state: RequestState, recorded: e.Recorded) -> Changes:
    return _decided(Decision.DENY, event.reason, event.actor) | {"parked": None}


@_fold.register
def _(event: e.ExtensionApproved, state: RequestState, recorded: e.Recorded) -> Changes:
    fields = event.model_dump(include={"new_due", "reason", "letter", "notice_deadline"})
    return {"extension": Extension(**fields)}


@_fold.register
def _(event: e.DeadlineExtended, state: RequestState, recorded: e.Recorded) -> Changes:
    return _extension(state, "effective")


@_fold.register
def _(event: e.ExtensionLapsed, state: RequestState, recorded: e.Recorded) -> Changes:
    # A letter that promises a day which no longer holds must not go out any more.
    letters = letterbook.withdrawn(state.letters, event.letter)
    return _extension(state, "lapsed") | {"letters": letters}


@_fold.register
def _(event: e.DeadlineWarned, state: RequestState, recorded: e.Recorded) -> Changes:
    return {"warned": state.warned | {f"{event.kind}:{event.day}"}}


@_fold.register
def _(event: e.DeadlineBreached, state: RequestState, recorded: e.Recorded) -> Changes:
    if event.kind == "confirm":
        return {"confirmation_breached": True}
    return {"breached": (*state.breached, event.due)}


@_fold.register
def _(event: e.ErasurePlanned, state: RequestState, recorded: e.Recorded) -> Changes:
    return {"plan": event}


@_fold.register
def _(event: e.DataErased, state: RequestState, recorded: e.Recorded) -> Changes:
    return {"erased": event}


@_fold.register
def _(event: e.OptOutApplied, state: RequestState, recorded: e.Recorded) -> Changes:
    return {"opted_out_on": event.effective_on}


@_fold.register
def _(event: e.ProvidersDirected, state: RequestState, recorded: e.Recorded) -> Changes:
    views = {key: ProviderView(name=name) for key, name in event.providers.items()}
    return {"providers": views, "wait_for_providers_until": event.wait_until}


@_fold.register
def _(event: e.ProviderReported, state: RequestState, recorded: e.Recorded) -> Changes:
    known = (state.providers or {}).get(event.provider)
    view = ProviderView(
        name=known.name if known else event.provider,
        **event.model_dump(include={"standing", "at", "final", "head"}),
    )
    return {"providers": {**(state.providers or {}), event.provider: view}}


@_fold.register
def _(event: e.ProviderWaitEnded, state: RequestState, recorded: e.Recorded) -> Changes:
    return {"provider_wait_ended": True}


@_fold.register
def _(event: e.StepParked, state: RequestState, recorded: e.Recorded) -> Changes:
    return {"parked": Parked(step=event.step, reason=event.reason)}


@_fold.register
def _(event: e.StepRetried, state: RequestState, recorded: e.Recorded) -> Changes:
    return {"parked": None}


@_fold.register
def _(event: e.ActionRefused, state: RequestState, recorded: e.Recorded) -> Changes:
    return {"last_refusal": event}


@_fold.register
def _(event: e.RequestAnswered, state: RequestState, recorded: e.Recorded) -> Changes:
    return {"answered_at": event.accepted_at, "outcome": event.outcome}


@_fold.register
def _(event: e.RequestClosed, state: RequestState, recorded: e.Recorded) -> Changes:
    return {"retain_until": event.retain_until, "outcome": event.outcome}


def _seen(state: RequestState, inbox: int) -> Changes:
    return {"inbox_seen": state.inbox_seen | {inbox}}


def _decided(decision: Decision, reason: str, actor: e.Actor) -> Changes:
    return {"decision": decision, "decision_reason": reason, "decided_by": actor}


def _extension(state: RequestState, status: str) -> Changes:
    extension = state.extension
    return {"extension": extension.model_copy(update={"status": status})} if extension else {}
