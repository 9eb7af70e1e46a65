"""What each event changes in a request's state: the cases of the fold, one small function each."""

from functools import singledispatch
from typing import TYPE_CHECKING

from domain import events as e
from domain import letterbook
from domain.agents import acts_by
from domain.links import LinkPurpose
from domain.package import standing
from domain.request_parts import Extension, Parked, ProviderView, Undoing
from domain.vocabulary import Decision, NoticeKind, ProviderStanding, VerificationOutcome

if TYPE_CHECKING:
    from domain.state import RequestState

Changes = dict[str, object]


_OF_A_DECISION = (
    *("decision", "decided_by", "outcome", "answered_at", "outcome_letter", "retain_until"),
    *("unverified", "holdings", "plan", "report", "released_by", "extension", "parked", "fee"),
    "merged",
)
"""What a request that is taken up again has yet to come to."""


@singledispatch
def changes(event: e.Event, state: "RequestState", recorded: e.Recorded) -> Changes:
    """Return the fields that an event changes; events that are only remembered change none."""
    return {}


@changes.register(e.RequestReceived)
def _(event: e.RequestReceived, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {name: getattr(event, name) for name in type(event).model_fields} | {
        "evidence_received": len(event.points_offered)
    }


@changes.register(e.NoticeRequested)
def _(event: e.NoticeRequested, state: "RequestState", recorded: e.Recorded) -> Changes:
    told = {key: view.standing for key, view in (state.providers or {}).items()}
    outcome = _told(event, recorded, told)
    opened = LinkPurpose.PACKAGE in event.links
    package = {"package_ends_at": event.links_expire_at} if opened else {}
    letters = letterbook.requested(state.letters, event, recorded)
    return {"letters": letters, **outcome, **package}


@changes.register(e.NoticeSent)
def _(event: e.NoticeSent, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"letters": letterbook.sent(state.letters, event)}


@changes.register(e.NoticeRefused)
def _(event: e.NoticeRefused, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"letters": letterbook.refused(state.letters, event)}


@changes.register(e.LetterRetried)
def _(event: e.LetterRetried, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"letters": letterbook.retried(state.letters, event)}


@changes.register(e.AddressConfirmed)
def _(event: e.AddressConfirmed, state: "RequestState", recorded: e.Recorded) -> Changes:
    return _seen(state, event.inbox) | {
        "address_confirmed": True,
        "evidence_received": state.evidence_received + 1,
    }


@changes.register(e.PointsAdded)
def _(event: e.PointsAdded, state: "RequestState", recorded: e.Recorded) -> Changes:
    offered = dict.fromkeys((*state.points_offered, *event.kinds))
    return _seen(state, event.inbox) | {
        "points_offered": tuple(offered),
        "evidence_received": state.evidence_received + 1,
    }


@changes.register(e.DocumentReceived)
def _(event: e.DocumentReceived, state: "RequestState", recorded: e.Recorded) -> Changes:
    return _seen(state, event.inbox) | {"documents": (*state.documents, event.purpose)}


@changes.register(e.DeliveryChosen)
def _(event: e.DeliveryChosen, state: "RequestState", recorded: e.Recorded) -> Changes:
    return _seen(state, event.inbox) | {"delivery": event.way}


@changes.register(e.DeclarationSigned)
def _(event: e.DeclarationSigned, state: "RequestState", recorded: e.Recorded) -> Changes:
    return _seen(state, event.inbox) | {
        "declared": True,
        "evidence_received": state.evidence_received + 1,
    }


@changes.register(e.MessageReceived)
def _(event: e.MessageReceived, state: "RequestState", recorded: e.Recorded) -> Changes:
    waits = event.reading != "clear" or event.files
    unread = (*state.unread, event.inbox) if waits else state.unread
    return _seen(state, event.inbox) | {"unread": unread}


@changes.register(e.MessagesRead)
def _(event: e.MessagesRead, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"unread": ()}


@changes.register(e.LetterQueued)
def _(event: e.LetterQueued, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"letters": letterbook.queued(state.letters, event.letter)}


@changes.register(e.LetterBounced)
def _(event: e.LetterBounced, state: "RequestState", recorded: e.Recorded) -> Changes:
    letters = letterbook.bounced(state.letters, event.letter)
    return _seen(state, event.inbox) | {"letters": letters}


@changes.register(e.LetterSwitched)
def _(event: e.LetterSwitched, state: "RequestState", recorded: e.Recorded) -> Changes:
    """An answer that came back was not given: the clock runs until its paper is posted."""
    letters = letterbook.again(state.letters, event.letter, recorded)
    if state.outcome_letter != event.letter:
        return {"letters": letters}
    unanswered = {"outcome_letter": recorded.n, "answered_at": None, "outcome": None}
    return {"letters": letters, **unanswered}


@changes.register(e.AuthorityAccepted)
def _(event: e.AuthorityAccepted, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {
        "authority": event.form,
        "authority_seen": event.seen,
        "requester": acts_by(event.form, state.requester),
        "evidence_received": state.evidence_received + 1,
    }


@changes.register(e.AuthorityRefused)
def _(event: e.AuthorityRefused, state: "RequestState", recorded: e.Recorded) -> Changes:
    refusals = state.authority_refusals + 1
    return {"authority_refusals": refusals, "authority": "", "authority_seen": ()}


@changes.register(e.RequestReassigned)
def _(event: e.RequestReassigned, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"handler": event.to}


@changes.register(e.RequestReopened)
def _(event: e.RequestReopened, state: "RequestState", recorded: e.Recorded) -> Changes:
    undecided = dict.fromkeys(_OF_A_DECISION)
    waits = {"provider_wait_ended": False, "wait_for_providers_until": None}
    begun = {"dates": event.dates, "warned": frozenset(), "decision_reason": ""}
    return undecided | waits | begun


@changes.register(e.RequestReclassified)
def _(event: e.RequestReclassified, state: "RequestState", recorded: e.Recorded) -> Changes:
    anew = dict.fromkeys(("verified", "assessment", "holdings", "earlier", "parked"))
    stands = event.requester is state.requester
    return {
        **event.model_dump(exclude={"actor", "dates"}),
        **anew,
        "dates": event.dates,
        "authority": state.authority if stands else "",
        "evidence_received": state.evidence_received + 1,
    }


@changes.register(e.ContactCorrected)
def _(event: e.ContactCorrected, state: "RequestState", recorded: e.Recorded) -> Changes:
    # What was proved rested on the address before, and its letters are not sent any more.
    anew = dict.fromkeys(("verified", "assessment", "holdings", "earlier", "parked"))
    return {
        **anew,
        "address_confirmed": False,
        "addressed_since": recorded.n,
        "letters": letterbook.kept_back(state.letters),
        "evidence_received": state.evidence_received + 1,
    }


@changes.register(e.DocumentRejected)
def _(event: e.DocumentRejected, state: "RequestState", recorded: e.Recorded) -> Changes:
    documents = list(state.documents)
    if event.purpose in documents:
        documents.remove(event.purpose)
    return {"documents": tuple(documents)}


@changes.register(e.WindowReopened)
def _(event: e.WindowReopened, state: "RequestState", recorded: e.Recorded) -> Changes:
    dates = state.dates
    return {"dates": dates.model_copy(update={"window_closes_at": event.until})} if dates else {}


@changes.register(e.HoldPlaced)
def _(event: e.HoldPlaced, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"holds": (*state.holds, event.hold)}


@changes.register(e.HoldReleased)
def _(event: e.HoldReleased, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"holds": tuple(hold for hold in state.holds if hold != event.hold)}


@changes.register(e.FraudFlagged)
def _(event: e.FraudFlagged, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"fraud": event}


@changes.register(e.FraudCleared)
def _(event: e.FraudCleared, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"fraud": None, "evidence_received": state.evidence_received + 1}


@changes.register(e.RequestFrozen)
def _(event: e.RequestFrozen, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"frozen": event}


@changes.register(e.RequestUnfrozen)
def _(event: e.RequestUnfrozen, state: "RequestState", recorded: e.Recorded) -> Changes:
    """An answer that is dropped was not given, so it is written anew."""
    if event.letters == "send":
        return {"frozen": None}
    unanswered = state.outcome_letter in letterbook.to_others(state.letters)
    anew = {"outcome_letter": None} if unanswered else {}
    return {"frozen": None, "letters": letterbook.dropped(state.letters), **anew}


@changes.register(e.LetterResent)
def _(event: e.LetterResent, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"letters": letterbook.again(state.letters, event.letter, recorded)}


@changes.register(e.EarlierRequestsCounted)
def _(event: e.EarlierRequestsCounted, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"earlier": event}


@changes.register(e.ReportCompiled)
def _(event: e.ReportCompiled, state: "RequestState", recorded: e.Recorded) -> Changes:
    # Whoever agreed to release the version before has not seen this one.
    return {"report": event, "rebuilding": False, "agreements": ()}


@changes.register(e.ItemsReviewed)
def _(event: e.ItemsReviewed, state: "RequestState", recorded: e.Recorded) -> Changes:
    review = standing(state.review, event.decisions)
    return {"review": review, "review_steps": state.review_steps + 1}


@changes.register(e.RebuildAsked)
def _(event: e.RebuildAsked, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"rebuilding": True}


@changes.register(e.ReportReleased)
def _(event: e.ReportReleased, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"released_by": event.actor}


@changes.register(e.DataCorrected)
def _(event: e.DataCorrected, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"corrected": event}


@changes.register(e.ChoiceApplied)
def _(event: e.ChoiceApplied, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"choice": event}


@changes.register(e.AccountDeactivated)
def _(event: e.AccountDeactivated, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"deactivated": event}


@changes.register(e.FeeQuoted)
def _(event: e.FeeQuoted, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"fee": event}


@changes.register(e.FeeAccepted)
def _(event: e.FeeAccepted, state: "RequestState", recorded: e.Recorded) -> Changes:
    return _seen(state, event.inbox) | {"fee_accepted": True}


@changes.register(e.ReportsSettled)
def _(event: e.ReportsSettled, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"reports_settled": True}


@changes.register(e.ReportWaitEnded)
def _(event: e.ReportWaitEnded, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"report_wait_ended": True}


@changes.register(e.MinorNoticed)
def _(event: e.MinorNoticed, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"purge": event.purge}


@changes.register(e.AgeEstablished)
def _(event: e.AgeEstablished, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"age_established": event.method}


@changes.register(e.RequestWithdrawn)
def _(event: e.RequestWithdrawn, state: "RequestState", recorded: e.Recorded) -> Changes:
    decided = _decided(Decision.WITHDRAWN, event.reason, event.actor)
    seen = _seen(state, event.inbox) if event.inbox else {}
    return decided | seen | {"parked": None}


@changes.register(e.DuplicateNamed)
def _(event: e.DuplicateNamed, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"named_duplicate": event}


@changes.register(e.DuplicateDismissed)
def _(event: e.DuplicateDismissed, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"named_duplicate": None}


@changes.register(e.RequestMerged)
def _(event: e.RequestMerged, state: "RequestState", recorded: e.Recorded) -> Changes:
    decided = _decided(Decision.DUPLICATE, "", event.actor)
    return decided | {"named_duplicate": None, "merged": event, "parked": None}


@changes.register(e.ExcessRefused)
def _(event: e.ExcessRefused, state: "RequestState", recorded: e.Recorded) -> Changes:
    return _decided(Decision.REFUSE_EXCESS, event.reason, event.actor)


@changes.register(e.RequestDisowned)
def _(event: e.RequestDisowned, state: "RequestState", recorded: e.Recorded) -> Changes:
    return _seen(state, event.inbox) | {"disowned": True, "decision": Decision.WITHDRAWN}


@changes.register(e.StatusLinkRequested)
def _(event: e.StatusLinkRequested, state: "RequestState", recorded: e.Recorded) -> Changes:
    return _seen(state, event.inbox)


@changes.register(e.PackageCodeRequested)
def _(event: e.PackageCodeRequested, state: "RequestState", recorded: e.Recorded) -> Changes:
    return _seen(state, event.inbox)


@changes.register(e.PackageFetched)
def _(event: e.PackageFetched, state: "RequestState", recorded: e.Recorded) -> Changes:
    return _seen(state, event.inbox) | {"package_ends_at": event.purge_at, "package_fetched": True}


@changes.register(e.PackageEnded)
def _(event: e.PackageEnded, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"package_ends_at": None}


@changes.register(e.MessageParked)
def _(event: e.MessageParked, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"parked_rows": state.parked_rows | {event.inbox}}


@changes.register(e.MessageIgnored)
def _(event: e.MessageIgnored, state: "RequestState", recorded: e.Recorded) -> Changes:
    return _seen(state, event.inbox)


@changes.register(e.IdentityAssessed)
def _(event: e.IdentityAssessed, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"assessment": event, "evidence_assessed": event.evidence}


@changes.register(e.IdentityVerified)
def _(event: e.IdentityVerified, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"verified": event, "evidence_assessed": event.evidence}


@changes.register(e.VerificationWindowClosed)
def _(event: e.VerificationWindowClosed, state: "RequestState", recorded: e.Recorded) -> Changes:
    downgraded = event.outcome is VerificationOutcome.DOWNGRADE_TO_CATEGORIES
    decision = Decision.GRANT if downgraded else Decision(event.outcome.value)
    return {"unverified": event.outcome, "decision": decision, "parked": None}


@changes.register(e.HoldingsSurveyed)
def _(event: e.HoldingsSurveyed, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"holdings": event} if state.identity_settled else {}


@changes.register(e.RequestApproved)
def _(event: e.RequestApproved, state: "RequestState", recorded: e.Recorded) -> Changes:
    return _decided(Decision.GRANT, event.reason, event.actor) | {"kept_by_staff": event.kept}


@changes.register(e.RequestDenied)
def _(event: e.RequestDenied, state: "RequestState", recorded: e.Recorded) -> Changes:
    denied = _decided(Decision.DENY, event.reason, event.actor)
    return denied | {"decision_law": event.law, "parked": None}


@changes.register(e.ExtensionApproved)
def _(event: e.ExtensionApproved, state: "RequestState", recorded: e.Recorded) -> Changes:
    fields = event.model_dump(include={"new_due", "reason", "letter", "notice_deadline"})
    return {"extension": Extension(**fields)}


@changes.register(e.DeadlineExtended)
def _(event: e.DeadlineExtended, state: "RequestState", recorded: e.Recorded) -> Changes:
    return _extension(state, "effective")


@changes.register(e.ExtensionLapsed)
def _(event: e.ExtensionLapsed, state: "RequestState", recorded: e.Recorded) -> Changes:
    # A letter that promises a day which no longer holds must not go out any more.
    letters = letterbook.withdrawn(state.letters, event.letter)
    return _extension(state, "lapsed") | {"letters": letters}


@changes.register(e.DeadlineWarned)
def _(event: e.DeadlineWarned, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"warned": state.warned | {f"{event.kind}:{event.day}"}}


@changes.register(e.DeadlineBreached)
def _(event: e.DeadlineBreached, state: "RequestState", recorded: e.Recorded) -> Changes:
    if event.kind == "confirm":
        return {"confirmation_breached": True}
    return {"breached": (*state.breached, event.due)}


@changes.register(e.ErasurePlanned)
def _(event: e.ErasurePlanned, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"plan": event}


@changes.register(e.RowsTakenOut)
def _(event: e.RowsTakenOut, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"undoing": Undoing(until=event.until)}


@changes.register(e.RestoreApproved)
def _(event: e.RestoreApproved, state: "RequestState", recorded: e.Recorded) -> Changes:
    return _undoing(state, approved=True) | {"agreements": ()}


@changes.register(e.DeletionUndone)
def _(event: e.DeletionUndone, state: "RequestState", recorded: e.Recorded) -> Changes:
    # As it was before the approval: what is held is counted again, and staff decide anew.
    undecided = dict.fromkeys(("decision", "decided_by", "plan", "undoing", "holdings", "parked"))
    return {**undecided, "decision_reason": ""}


@changes.register(e.RestoreJournalEnded)
def _(event: e.RestoreJournalEnded, state: "RequestState", recorded: e.Recorded) -> Changes:
    return _undoing(state, ended=True) | {"parked": None}


@changes.register(e.RestoreJournalDestroyed)
def _(event: e.RestoreJournalDestroyed, state: "RequestState", recorded: e.Recorded) -> Changes:
    return _undoing(state, destroyed=True)


@changes.register(e.DataErased)
def _(event: e.DataErased, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"erased": event}


@changes.register(e.OptOutApplied)
def _(event: e.OptOutApplied, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"opted_out_on": event.effective_on}


@changes.register(e.ProvidersDirected)
def _(event: e.ProvidersDirected, state: "RequestState", recorded: e.Recorded) -> Changes:
    views = {key: ProviderView(name=name) for key, name in event.providers.items()}
    return {"providers": views, "wait_for_providers_until": event.wait_until}


@changes.register(e.ProviderReported)
def _(event: e.ProviderReported, state: "RequestState", recorded: e.Recorded) -> Changes:
    known = (state.providers or {}).get(event.provider)
    view = ProviderView(
        name=known.name if known else event.provider,
        **event.model_dump(include={"standing", "at", "final", "head"}),
    )
    return {"providers": {**(state.providers or {}), event.provider: view}}


@changes.register(e.ProviderWaitEnded)
def _(event: e.ProviderWaitEnded, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"provider_wait_ended": True}


@changes.register(e.StepParked)
def _(event: e.StepParked, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"parked": Parked(step=event.step, reason=event.reason)}


@changes.register(e.StepRetried)
def _(event: e.StepRetried, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"parked": None}


@changes.register(e.StaffActed)
def _(event: e.StaffActed, state: "RequestState", recorded: e.Recorded) -> Changes:
    return _seen(state, event.inbox)


@changes.register(e.ActionAgreed)
def _(event: e.ActionAgreed, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"agreements": (*state.agreements, event)}


@changes.register(e.ActionRefused)
def _(event: e.ActionRefused, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"last_refusal": event}


@changes.register(e.SenderDiffered)
def _(event: e.SenderDiffered, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"sender_differed": event}


@changes.register(e.RequestAnswered)
def _(event: e.RequestAnswered, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"answered_at": event.accepted_at, "outcome": event.outcome}


@changes.register(e.RequestClosed)
def _(event: e.RequestClosed, state: "RequestState", recorded: e.Recorded) -> Changes:
    return {"retain_until": event.retain_until, "outcome": event.outcome}


def _seen(state: "RequestState", inbox: int) -> Changes:
    return {"inbox_seen": state.inbox_seen | {inbox}}


def _decided(decision: Decision, reason: str, actor: e.Actor) -> Changes:
    return {
        "decision": decision,
        "decision_reason": reason,
        "decided_by": actor,
        "agreements": (),
    }


def _extension(state: "RequestState", status: str) -> Changes:
    extension = state.extension
    return {"extension": extension.model_copy(update={"status": status})} if extension else {}


def _undoing(state: "RequestState", **moved: object) -> Changes:
    return {"undoing": state.undoing.model_copy(update=moved)} if state.undoing else {}


def _told(
    event: e.NoticeRequested, recorded: e.Recorded, told: dict[str, ProviderStanding]
) -> Changes:
    """Remember what the answer, and the supplement after it, say of each provider."""
    if event.tells_outcome:
        return {"outcome_letter": recorded.n, "told": told}
    return {"told": told} if event.notice is NoticeKind.SUPPLEMENT else {}
