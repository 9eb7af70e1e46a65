"""What can happen to a request, and to one provider's direction: immutable facts in the past tense.

None of them holds personal data: they stand in the ledger for years and pass through Temporal.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SerializeAsAny

from domain.citation import is_empty
from domain.links import LinkPurpose
from domain.package import ReviewDecision
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


class Fact(BaseModel):
    """A frozen value. Unknown fields are ignored: a ledger outlives the code that wrote it."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Event(Fact):
    """Something that happened. Its type's name is its name in the ledger."""

    @property
    def type(self) -> str:
        """The event's name in the ledger."""
        return type(self).__name__


class Actor(Fact):
    """Who did something, and how well that is known."""

    id: str
    known: Literal["self-asserted", "stated by client", "authenticated", "system"] = "self-asserted"


ENGINE = Actor(id="engine", known="system")
"""Who acts where no person decides."""


class Retention(Fact):
    """Rows of one collection that the law lets the company keep (DEL-01)."""

    collection: str
    ground: str
    rows: int = 0
    reviewer: str = ""


class PromisedDates(Fact):
    """The promises made at receipt, as Pacific dates and UTC instants (CLK-01, CLK-02, CLK-10)."""

    receipt_date: date
    confirm_by: date | None
    respond_by: date
    latest_respond_by: date | None
    window_closes_at: datetime | None


class RequestReceived(Event):
    """The request exists and its clocks run from ``received_at``."""

    request_type: RequestType
    requester: Requester
    residency: Residency
    channel: Channel
    language: Language
    received_at: AwareDatetime
    points_offered: tuple[PointOfIdentity, ...]
    policy: PolicyPin
    dates: PromisedDates
    must_prove: bool = True
    needs_authority: bool = False
    linked: tuple[str, ...] = ()
    waits_for: tuple[str, ...] = ()
    age_band: str = ""
    fields: tuple[str, ...] = ()
    agent_entity: bool = False
    synthetic: bool = False
    """Of the planted consumer who does not exist; it counts in no figure."""


class RequestResumed(Event):
    """The workflow was lost and goes on from the ledger."""


class NoticeRequested(Event):
    """A letter must go out. The event's number is the letter's number in the outbox."""

    notice: NoticeKind
    audience: Literal["consumer", "staff", "provider"] = "consumer"
    facts: dict[str, Any]
    tells_outcome: bool = False
    links: tuple[LinkPurpose, ...] = ()
    links_expire_at: AwareDatetime | None = None


class NoticeSent(Event):
    """The mail server accepted a letter; ``accepted_at`` is business time."""

    letter: int
    accepted_at: AwareDatetime


class NoticeRefused(Event):
    """The mail server refused a letter for good; staff decide what follows."""

    letter: int
    reply_code: str


class LetterQueued(Event):
    """A letter is written on paper and waits at the post desk (NOT-07)."""

    letter: int


class LetterPosted(Event):
    """Staff posted a letter; the day that they entered is when it counts as sent (NOT-07)."""

    letter: int
    posted_on: date
    actor: Actor


class LetterBounced(Event):
    """A letter that the mail server had accepted came back; bounced mail is not sent (NOT-07)."""

    inbox: int
    letter: int
    status: str


class LetterSwitched(Event):
    """A letter goes out again on paper; this event's number is the new letter's (NOT-07)."""

    letter: int


class LetterRetried(Event):
    """Staff had a refused letter sent again; it keeps its Message-ID."""

    letter: int
    actor: Actor


class AddressConfirmed(Event):
    """The consumer pressed the button behind the link: they control the address."""

    inbox: int


class PointsAdded(Event):
    """The consumer offered more points of identity."""

    inbox: int
    kinds: tuple[PointOfIdentity, ...]


class DeclarationSigned(Event):
    """The consumer signed under penalty of perjury; the signed text is in the vault (VER-14)."""

    inbox: int


class AuthorityAccepted(Event):
    """Staff checked that somebody may ask for the consumer (AGT-01 to AGT-08, MIN-05)."""

    actor: Actor
    form: str
    seen: tuple[str, ...] = ()


class AuthorityRefused(Event):
    """Staff checked a proof of authority and it does not do."""

    actor: Actor
    reason: str


class AgeEstablished(Event):
    """Staff recorded how a young person's age was established (MIN-06)."""

    actor: Actor
    method: str


class RequestReassigned(Event):
    """Somebody of the team handles the request from now on."""

    actor: Actor
    to: str


class RequestReclassified(Event):
    """It is another kind of request, of another residency or requester, than was understood.

    What was proved is judged anew; no date is due before the day of this event (REQ-14, REQ-15).
    """

    actor: Actor
    request_type: RequestType
    residency: Residency
    requester: Requester
    dates: PromisedDates
    must_prove: bool
    needs_authority: bool


class ConsumerAsked(Event):
    """Staff asked the consumer for something more, by a letter (VER-16)."""

    actor: Actor
    need: str


class ContactCorrected(Event):
    """Staff corrected the consumer's address; it stands in the vault under its inbox ``row``.

    Nobody has confirmed it yet, and no link in an earlier letter opens anything any more (VER-17).
    """

    actor: Actor
    row: int


class DocumentRejected(Event):
    """Staff looked at an uploaded document, and it does not do."""

    actor: Actor
    purpose: str
    reason: str


class WindowReopened(Event):
    """Staff let proof of identity count until an extended due date (CLK-10)."""

    actor: Actor
    until: AwareDatetime | None


class HoldPlaced(Event):
    """A legal hold: nothing that this request asks for is erased until its release (REC-06)."""

    actor: Actor
    hold: str
    matter: str


class HoldReleased(Event):
    """A legal hold that was placed on this request is over."""

    actor: Actor
    hold: str


class FraudFlagged(Event):
    """Staff suspect fraud: nothing is granted until they clear it or deny (COR-07, OPT-03)."""

    actor: Actor
    reason: str


class FraudCleared(Event):
    """The suspicion of fraud did not hold."""

    actor: Actor


class RequestFrozen(Event):
    """Something of it reached the wrong person: until its release nothing leaves or is decided."""

    actor: Actor


class RequestUnfrozen(Event):
    """Staff found out what went wrong and let it go on; letters that were held go out, or never."""

    actor: Actor
    reason: str
    letters: Literal["send", "drop"]


class LetterResent(Event):
    """A letter goes out once more with fresh links; this event's number is the new letter's."""

    actor: Actor
    letter: int


class DeliveryRevoked(Event):
    """Every link to the package was made worthless (KNO-07)."""

    actor: Actor


class RequestReopened(Event):
    """Staff took a closed request up again: its clock runs anew, and they decide once more."""

    actor: Actor
    reason: str
    dates: PromisedDates


class RequestWithdrawn(Event):
    """The request was taken back; it is recorded all the same (REC-07)."""

    actor: Actor
    reason: str
    inbox: int = 0


class DuplicateNamed(Event):
    """Staff say that this request repeats an earlier one, ``lead``; the two are compared now."""

    actor: Actor
    lead: str


class DuplicateDismissed(Event):
    """The two were compared, and this request goes on by itself (REQ-17)."""

    lead: str


class RequestMerged(Event):
    """It repeats ``lead``, which came first, is due no later, and gets the one answer (REQ-17)."""

    actor: Actor
    lead: str
    lead_received_on: date
    answer_by: date


class ExcessRefused(Event):
    """Staff refuse a request to know that is one too many in its window (FRQ-04)."""

    actor: Actor
    reason: str


class FeeQuoted(Event):
    """Staff quoted a fee; nothing is done until the consumer accepts it (FEE-03)."""

    actor: Actor
    reason: str
    work_minutes: int
    hourly_rate_cents: int


class FeeAccepted(Event):
    """The consumer accepted the estimate."""

    inbox: int


class ReportsSettled(Event):
    """The reports asked for with this deletion were fetched, or there is nothing to fetch."""

    requests: tuple[str, ...]


class ReportWaitEnded(Event):
    """The last day on which a deletion waits for its report (REQ-12)."""


class MinorNoticed(Event):
    """A young person's age came up; the company opens a purge of its own (MIN-06)."""

    purge: str


class EarlierRequestsCounted(Event):
    """How many requests to know of this person count in the window (FRQ-01).

    ``received_on`` are the days of those, ``denied_on`` is when a correction of theirs was last
    denied (COR-06).
    """

    counted: int
    excess: bool
    next_allowed: date | None = None
    denied_on: date | None = None
    received_on: tuple[date, ...] = ()


class RequestDisowned(Event):
    """The holder of the address says: this was not me (NOT-05)."""

    inbox: int


class DocumentReceived(Event):
    """A document was uploaded; it stands in the vault under its inbox row, unopened (AGT-01)."""

    inbox: int
    purpose: str


class DeliveryChosen(Event):
    """The consumer said how a copy of the data is to come (NOT-07)."""

    inbox: int
    way: str


class StatusLinkRequested(Event):
    """The consumer asked for a new link to their own request."""

    inbox: int


class PackageCodeRequested(Event):
    """The consumer asked for the one-time code that opens a package; the vault has it (KNO-07)."""

    inbox: int
    letter: int


class PackageFetched(Event):
    """The consumer has the package; its days until the purge begin (KNO-07)."""

    inbox: int
    content_hash: str
    purge_at: AwareDatetime


class PackageReissued(Event):
    """Staff had a new link to the package sent; those before it open nothing (KNO-07)."""

    actor: Actor


class PackageEnded(Event):
    """Nobody can fetch the package any more; what is left of it is purged."""


class MessageReceived(Event):
    """A mail of the consumer stands in the vault under its inbox row (REQ-07).

    ``reading`` says how it was understood; anything but ``clear`` waits for a person to read it.
    """

    inbox: int
    reading: Literal["clear", "unclear", "for_another", "reply", "another_sender"]
    files: int = 0
    files_refused: int = 0


class MessagesRead(Event):
    """Staff have read what was written, and dealt with it."""

    actor: Actor


class MessageParked(Event):
    """A message from outside cannot be read; it waits in the inbox until staff retry it."""

    inbox: int
    reason: str


class MessageIgnored(Event):
    """A message from outside came too late, or is not of our vocabulary; it changed nothing."""

    inbox: int


class IdentityAssessed(Event):
    """The points were matched and do not suffice yet (VER-16, VER-18). Counts, never values."""

    outcome: VerificationOutcome
    points_counted: int
    mismatches: int
    ambiguous: bool
    address_on_file: bool
    address_settled: bool = True
    evidence: int


class IdentityVerified(Event):
    """The tier is met by one person, and the address is proved (VER-16 to VER-19).

    Or a member of staff, the ``actor``, verified that person by other ``means``.
    """

    points_counted: int
    points_required: int
    evidence: int
    means: str = ""
    actor: Actor | None = None


class VerificationWindowClosed(Event):
    """The evidence window ended without a verified identity (CLK-10)."""

    outcome: VerificationOutcome


class HoldingsSurveyed(Event):
    """What is held of the verified person, in counts, so that staff know what they decide on."""

    rows: dict[str, int]
    retained: tuple[Retention, ...]
    doubtful: dict[str, int] = Field(default_factory=dict)
    """Rows that may be somebody else's as well; they are left alone (VER-18)."""
    fallen: tuple[Retention, ...] = ()
    """What the data map would keep on a ground that is none for this request (DEL-16)."""
    sources: tuple[str, ...] = ()
    """The policy's codes of where disputed values came from (COR-10)."""


class RequestApproved(Event):
    """Staff granted the request, with the retentions that they confirmed (DEL-01)."""

    actor: Actor
    reason: str
    confirmed_grounds: tuple[str, ...]
    kept: tuple[Retention, ...] = ()
    """What staff keep beside what the data map keeps."""
    confirmed_fallen: tuple[str, ...] = ()
    """Grounds that are none here: staff saw that what rested on them is erased (DEL-16)."""


class RequestDenied(Event):
    """Staff denied the request for a coded reason, and by which law where it rests on one."""

    actor: Actor
    reason: str
    law: str = Field(default="", exclude_if=is_empty)


class ExtensionApproved(Event):
    """Staff decided to extend; it holds only when the letter is accepted in time (CLK-05)."""

    actor: Actor
    reason: str
    extra_days: int
    new_due: date
    notice_deadline: AwareDatetime
    letter: int


class DeadlineExtended(Event):
    """The extension letter was accepted in time: the new due date holds (CLK-05)."""

    new_due: date


class ExtensionLapsed(Event):
    """The extension letter was not accepted in time: the old due date stands (CLK-05)."""

    letter: int


class DeadlineWarned(Event):
    """Staff were told that a due date comes near (CLK-16)."""

    kind: str
    day: int


class DeadlineBreached(Event):
    """A due date passed without an answer (CLK-16); never silent."""

    kind: Literal["confirm", "response"]
    due: date


class ErasurePlanned(Event):
    """The plan, with its row keys, is in the vault; here are its hash and its counts."""

    plan_hash: str
    rows: dict[str, int]
    retained: tuple[Retention, ...]


class RowsTakenOut(Event):
    """The planned rows are out of the systems, but pre-images of them stand until an instant.

    While they do, nothing counts as deleted, and two people can have it put back (DEL-17).
    """

    planned: dict[str, int]
    until: AwareDatetime


class RestoreApproved(Event):
    """The deletion was wrong: what was taken out is put back (DEL-17)."""

    actor: Actor
    reason: str


class DeletionUndone(Event):
    """The rows stand again and the journal is destroyed; staff decide anew (DEL-17).

    ``missing`` counts rows whose place something else has taken meanwhile.
    """

    restored: dict[str, int]
    missing: dict[str, int]


class RestoreJournalEnded(Event):
    """The day of the restore journal: from now on nothing can be put back (DEL-17)."""


class RestoreJournalDestroyed(Event):
    """The pre-images are gone; only now is anything said to be deleted (DEL-17)."""


class DataErased(Event):
    """Planned rows were proven absent through a fresh connection; never a statement's row count."""

    planned: dict[str, int]
    absent: dict[str, int]
    retained: tuple[Retention, ...]


class ReportCompiled(Event):
    """The report, or the package, is in the vault; here are its hash and its counts (REC-05)."""

    specific_pieces: bool
    content_hash: str
    period_from: date
    period_to: date
    report: dict[str, Any]
    rows: dict[str, int] = {}
    withheld: tuple[dict[str, str], ...] = ()
    needs_review: tuple[str, ...] = ()
    review: int = 0
    """Steps of the review that it is built by."""


class ItemsReviewed(Event):
    """Staff decided on items of the package, by name and reason, without its content (REC-05)."""

    actor: Actor
    decisions: tuple[ReviewDecision, ...]

    def by_counsel(self) -> "ItemsReviewed":
        """Return the same as counsel's word, which alone counts for what speaks of health."""
        counsels = (one.model_copy(update={"by_counsel": True}) for one in self.decisions)
        return self.model_copy(update={"decisions": tuple(counsels)})


class RebuildAsked(Event):
    """Staff want the package built anew by what the review decided."""

    actor: Actor


class ReportReleased(Event):
    """Staff looked the package through and release it (KNO-08)."""

    actor: Actor


class DataCorrected(Event):
    """Fields were corrected, re-read and pinned against feeds (COR-04)."""

    fields: tuple[str, ...]
    refused: tuple[str, ...] = ()


class ChoiceApplied(Event):
    """A choice stands in the preference store and on the suppression list (OPT-01, REQ-10)."""

    scope: str
    opts_in: bool
    effective_on: date


class AccountDeactivated(Event):
    """The account, or the publication, is switched off (MIN-06, REQ-16)."""

    rows: dict[str, int]


class OptOutApplied(Event):
    """The person counts as opted out of sale and sharing (VER-08, DEL-10)."""

    effective_on: date


class ProvidersDirected(Event):
    """A workflow of its own runs for each of these providers."""

    providers: dict[str, str]
    wait_until: AwareDatetime


class ProviderReported(Event):
    """Where a provider stands by its stream, whose hash ``head`` is."""

    provider: str
    standing: ProviderStanding
    at: AwareDatetime
    final: bool
    head: str


class ProviderWaitEnded(Event):
    """The last day to wait for providers passed: the answer says what is confirmed and what not."""


class StepParked(Event):
    """A step failed for good; the clock runs on and staff decide."""

    step: str
    reason: str


class StepRetried(Event):
    """Staff had a parked step tried again."""

    step: str
    actor: Actor


class StaffActed(Event):
    """Staff sent an action by a row of the inbox; what it came to follows.

    The row is the proof of who it was, where somebody was signed in; a note is in the vault.
    """

    inbox: int
    action: str
    actor: Actor


class ActionAgreed(Event):
    """One of several people whom the policy asks for wants an action, on these terms."""

    actor: Actor
    action: str
    terms: dict[str, Any]
    people: int

    def wants(self, action: str, terms: dict[str, Any]) -> bool:
        """Whether it is the same action on the same terms."""
        return (self.action, self.terms) == (action, terms)


class ActionRefused(Event):
    """A signalled action was unlawful, pointless or unreadable; it changed nothing."""

    action: str
    refusal: str


class SenderDiffered(Event):
    """A signal names another actor than Temporal recorded as its sender."""

    action: str
    actor: Actor
    sent_by: Actor


class CancelRequested(Event):
    """Somebody pressed cancel; a legal duty is not cancelled by a button."""


class RequestAnswered(Event):
    """The outcome letter was accepted: the clock stops."""

    outcome: Decision
    letter: int
    accepted_at: AwareDatetime


class RequestClosed(Event):
    """Nothing is left to do. The record is kept until ``retain_until`` (REC-01)."""

    outcome: Decision
    retain_until: date


class DirectionIssued(Event):
    """A provider is to act; the first event of its stream, with all that it is told (SVC-01)."""

    provider: str
    name: str
    protocol: str
    action: str
    remind_at: AwareDatetime
    confirm_by: date
    escalate_at: AwareDatetime
    give_up_at: AwareDatetime
    notice: NoticeKind = NoticeKind.PROVIDER_DIRECTION
    scope: tuple[str, ...] = ()
    exceptions: tuple[Retention, ...] = ()


class DirectionSent(Event):
    """The provider's system took the direction, or staff posted its letter.

    ``repeat`` is 0 for the direction and n for its n-th repetition.
    """

    repeat: int = 0
    reference: str = ""
    proof_hash: str = ""
    actor: Actor | None = None


class DirectionDelayed(Event):
    """The direction could not be handed over yet; it is tried further, and staff were told."""

    reason: str


class DirectionUndeliverable(Event):
    """The provider's system refuses the direction for good; staff are told."""

    reason: str


class SendingRetried(Event):
    """Staff had a direction sent again, or a returned copy fetched again."""

    actor: Actor


class ProviderWord(Event):
    """What a provider said of a direction, and by what it is believed.

    The raw bytes are in the vault under their inbox row; here are the hash of what is kept there,
    the hash of the raw body, how it was verified and the mark of the key that verified it.
    """

    inbox: int = 0
    standing: ProviderStanding
    at: AwareDatetime
    evidence_hash: str = ""
    body_hash: str = ""
    scheme: str = ""
    key_fingerprint: str = ""
    sub_processors: tuple[str, ...] = ()
    reason: str = ""


class AcknowledgementRecorded(ProviderWord):
    """The provider answered, or staff entered its answer (``actor``)."""

    actor: Actor | None = None
    copy_waits: bool = False


class CopyReceived(Event):
    """The copy that an acknowledgement pointed to is in the vault, numbered by its inbox row."""

    message: int
    content_hash: str
    content_type: str
    size: int


class CopyNotReceived(Event):
    """The copy that an acknowledgement pointed to cannot be had; staff are told."""

    message: int
    reason: str


class ProviderReminded(Event):
    """The provider was asked again (SVC-02)."""


class ProviderEscalated(Event):
    """The provider did not confirm in time; staff were told (SVC-02)."""


class ProviderGivenUp(Event):
    """The last day to wait for a provider passed without its last word (SVC-02)."""


class DirectionClosed(Event):
    """Staff stopped waiting for a provider, for a coded reason."""

    actor: Actor
    reason: str


class DirectionEnded(Event):
    """The last event of a direction; the request records the hash that it leads to."""

    standing: ProviderStanding


class LateAnswerCompared(Event):
    """A late answer was compared with what the consumer's last letter says of the provider."""

    provider: str
    standing: ProviderStanding
    told: ProviderStanding | None = None


class LateAnswerSettled(Event):
    """Whoever had to hear of a late answer has been written to."""

    inbox: int


def _kinds(base: type[Event]) -> Iterator[type[Event]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _kinds(kind)


EVENT_TYPES: dict[str, type[Event]] = {kind.__name__: kind for kind in _kinds(Event)}


class UnknownEvent(ValueError):
    """The ledger names an event type that this release does not know: run a newer release."""


_PLACES = ("letter", "evidence")
"""Fields that name another event of the same stream by its number."""


def renumbered(event: Event, *, beyond: int, by: int) -> Event:
    """Return an event after those behind number ``beyond``, which it may name, moved ``by``."""
    named = {name: getattr(event, name, 0) for name in _PLACES}
    moved = {name: n + by for name, n in named.items() if n > beyond}
    return event.model_copy(update=moved) if moved else event


class Recorded(Fact):
    """An event in its place: number in the stream, from 1, and business time."""

    n: Annotated[int, Field(ge=1)]
    at: AwareDatetime
    event: SerializeAsAny[Event]

    def document(self, stream: str) -> dict[str, Any]:
        """Return the JSON document whose canonical bytes the ledger stores and hashes."""
        return {
            "at": self.at.isoformat(),
            "data": self.event.model_dump(mode="json"),
            "n": self.n,
            "stream": stream,
            "type": self.event.type,
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "Recorded":
        """Read an event back from the ledger.

        Raises:
            UnknownEvent: the document's type is not known to this release.
        """
        kind = EVENT_TYPES.get(document["type"])
        if kind is None:
            raise UnknownEvent(f"event type {document['type']!r} is unknown to this release")
        event = kind.model_validate(document["data"])
        return cls(n=document["n"], at=document["at"], event=event)
