"""Where a request stands: a pure fold over its events."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from pydantic import AwareDatetime, Field

from domain import events as e
from domain import letterbook, request_changes
from domain.letterbook import Letter, Letters
from domain.package import Review
from domain.paths import Fulfilment, path_of
from domain.policy import PolicyPin
from domain.request_parts import Extension, Parked, ProviderView, Undoing
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
    KEEPING_PACKAGE = "keeping package"
    CLOSED = "closed"


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
    synthetic: bool = False
    declared: bool = False
    handler: str = ""
    holds: tuple[str, ...] = ()
    fraud: e.FraudFlagged | None = None
    frozen: e.RequestFrozen | None = None
    """Since a misdelivery, until staff release it."""
    documents: tuple[str, ...] = ()
    delivery: str = ""
    authority: str = ""
    authority_seen: tuple[str, ...] = ()
    agent_entity: bool = False
    authority_refusals: int = 0
    earlier: e.EarlierRequestsCounted | None = None
    report: e.ReportCompiled | None = None
    review: Review = ()
    review_steps: int = 0
    rebuilding: bool = False
    released_by: e.Actor | None = None
    package_ends_at: AwareDatetime | None = None
    package_fetched: bool = False
    corrected: e.DataCorrected | None = None
    choice: e.ChoiceApplied | None = None
    deactivated: e.AccountDeactivated | None = None
    age_established: str = ""
    outcome_letter: int | None = None
    told: dict[str, ProviderStanding] = Field(default_factory=dict)
    letters: Letters = Field(default_factory=dict)
    address_confirmed: bool = False
    addressed_since: int = 0
    """Number of the event since which letters go where they go now."""
    evidence_received: int = 0
    evidence_assessed: int = 0
    inbox_seen: frozenset[int] = frozenset()
    parked_rows: frozenset[int] = frozenset()
    unread: tuple[int, ...] = ()
    assessment: e.IdentityAssessed | None = None
    verified: e.IdentityVerified | None = None
    unverified: VerificationOutcome | None = None
    disowned: bool = False
    holdings: e.HoldingsSurveyed | None = None
    decision: Decision | None = None
    decision_reason: str = ""
    decision_law: str = ""
    decided_by: e.Actor | None = None
    named_duplicate: e.DuplicateNamed | None = None
    merged: e.RequestMerged | None = None
    extension: Extension | None = None
    warned: frozenset[str] = frozenset()
    breached: tuple[date, ...] = ()
    confirmation_breached: bool = False
    kept_by_staff: tuple[e.Retention, ...] = ()
    plan: e.ErasurePlanned | None = None
    undoing: Undoing | None = None
    erased: e.DataErased | None = None
    opted_out_on: date | None = None
    providers: dict[str, ProviderView] | None = None
    wait_for_providers_until: AwareDatetime | None = None
    provider_wait_ended: bool = False
    parked: Parked | None = None
    agreements: tuple[e.ActionAgreed, ...] = ()
    last_refusal: e.ActionRefused | None = None
    sender_differed: e.SenderDiffered | None = None
    answered_at: AwareDatetime | None = None
    outcome: Decision | None = None
    retain_until: date | None = None

    def apply(self, recorded: e.Recorded) -> "RequestState":
        """Return the state after one more event. Every event type is accepted."""
        changed = request_changes.changes(recorded.event, self, recorded)
        return self.model_copy(update={"n": recorded.n, "at": recorded.at, **changed})

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
        """Whether verification has ended, one way or the other; taking it back ends it as well."""
        proved = self.verified or self.unverified or self.disowned or self.decision
        return bool(proved) or (self.received and not self.must_prove)

    @property
    def address_is_foreign(self) -> bool:
        """Whether what is asked for may not go to the address that was proved (VER-17)."""
        known = self.assessment
        fits = known is not None and known.points_counted > 0 and not known.ambiguous
        settled = known is None or known.address_settled
        return self.discloses and self.verified is None and fits and not settled

    @property
    def authority_settled(self) -> bool:
        """Whether nobody's authority to ask for another is in question."""
        return bool(self.authority) or not self.needs_authority

    @property
    def asked_for(self) -> tuple[RequestType, Residency, Requester]:
        """What kind of request it is, by which its whole procedure goes."""
        return (self.request_type, self.residency, self.requester)

    @property
    def to_prove(self) -> tuple[object, ...]:
        """What has to be proved, and by which address; where it changes, proof begins anew."""
        return (*self.asked_for, self.addressed_since)

    @property
    def waits_for_reports(self) -> bool:
        """Whether an erasure still waits for the copy that was asked for with it (REQ-12)."""
        over = self.reports_settled or self.report_wait_ended
        return bool(self.waits_for) and not over

    @property
    def awaits_release(self) -> bool:
        """Whether staff must look a package through before it goes out (KNO-08, RED-12)."""
        return self.report is not None and self.released_by is None

    @property
    def review_is_ahead(self) -> bool:
        """Whether staff decided on items since the package was built."""
        return self.report is not None and self.review_steps > self.report.review

    @property
    def disclosed(self) -> e.ReportCompiled | None:
        """The report, once nothing keeps it from going out."""
        return self.report if self.released_by is not None else None

    @property
    def keeps_package(self) -> bool:
        """Whether a package went out, which stands until its purge (KNO-07)."""
        return self.disclosed is not None and self.disclosed.specific_pieces

    @property
    def is_excess(self) -> bool:
        """Whether it is one request to know too many of this person (FRQ-01)."""
        return self.earlier is not None and self.earlier.excess

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
    def is_erasure(self) -> bool:
        """Whether it asks for data to be erased."""
        return Fulfilment.ERASE in path_of(self.request_type).fulfilment

    @property
    def by_rule(self) -> bool:
        """Whether nobody decides, because the law leaves nothing to decide."""
        return path_of(self.request_type).by_rule

    @property
    def can_be_undone(self) -> bool:
        """Whether rows were taken out that can still be put back (DEL-17)."""
        return self.undoing is not None and not self.undoing.ended

    @property
    def looks_back(self) -> bool:
        """Whether earlier requests of the same person bear on this one (FRQ-01, COR-06)."""
        return self.discloses or Fulfilment.CORRECT in path_of(self.request_type).fulfilment

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
    def open_directions(self) -> tuple[str, ...]:
        """The providers that have not had their last word."""
        return tuple(key for key, view in (self.providers or {}).items() if not view.final)

    @property
    def providers_reached(self) -> bool:
        """Whether every provider is known to have its direction, or is waited for no longer."""
        return all(
            view.final or view.standing is not ProviderStanding.NOT_REACHED
            for view in (self.providers or {}).values()
        )

    @property
    def letters_there(self) -> int:
        """How many letters to the consumer were written to the address that is on record now."""
        since = [one for n, one in self.letters.items() if n > self.addressed_since]
        return sum(one.audience == "consumer" for one in since)

    @property
    def waiting_letters(self) -> tuple[int, ...]:
        """Numbers of the letters that are to go out now: of a frozen request, staff's alone."""
        waiting = letterbook.waiting(self.letters)
        return tuple(n for n in waiting if n not in self.held_letters)

    @property
    def held_letters(self) -> tuple[int, ...]:
        """Numbers of the letters to others than staff that a freeze keeps in the house."""
        return letterbook.to_others(self.letters) if self.frozen else ()

    @property
    def letters_to_post(self) -> tuple[int, ...]:
        """Numbers of the letters on paper that staff have not posted yet (NOT-07)."""
        return letterbook.to_post(self.letters)

    @property
    def unsent_letters(self) -> tuple[int, ...]:
        """Numbers of the letters that have not left the house, by mail or by post."""
        return (*letterbook.waiting(self.letters), *self.letters_to_post)

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
    def parked_messages(self) -> tuple[int, ...]:
        """Rows of the inbox that could not be read, and were not taken since."""
        return tuple(sorted(self.parked_rows - self.inbox_seen))

    @property
    def stage(self) -> Stage:
        """The step of the procedure that the request is in."""
        if self.closed:
            return Stage.CLOSED
        if self.answered:
            return self._stage_after_answer()
        if not self.received:
            return Stage.RECEIVED
        if not self.identity_settled:
            return Stage.VERIFYING
        if self.awaits_decision:
            return Stage.DECIDING
        return self._stage_after_decision()

    def _stage_after_answer(self) -> Stage:
        if self.keeps_package and self.providers_ended:
            return Stage.KEEPING_PACKAGE
        return Stage.WAITING_FOR_PROVIDERS

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
        if self.frozen:
            return "unfreeze"
        if self.parked:
            return "retry_step"
        if self.awaits_release:
            return "release_report"
        if self.awaits_decision:
            return "decide"
        ambiguous = self.assessment is not None and self.assessment.ambiguous
        if (ambiguous or self.address_is_foreign) and not self.identity_settled:
            return "review_identity"
        if self.parked_messages:
            return "retry_message"
        if self.letters_to_post:
            return "letter_posted"
        return "messages_read" if self.unread else ""


_DONE = {
    Fulfilment.ERASE: "erased",
    Fulfilment.TREAT_AS_OPT_OUT: "opted_out_on",
    Fulfilment.COLLECT: "providers",
    Fulfilment.DISCLOSE: "disclosed",
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
