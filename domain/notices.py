"""The facts that each notice is written from: dates, counts, codes and names of systems only.

Nothing here is personal data: facts stand in the outbox and pass through Temporal. The reader's
name, the links and what finds a person for a provider join them at rendering.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from domain.citation import Citation, is_empty
from domain.documents import DocumentPurpose
from domain.notice_items import REQUIRED_ITEMS as REQUIRED_ITEMS
from domain.notice_items import Condition as Condition
from domain.notice_items import missing_frame_items as missing_frame_items
from domain.notice_items import missing_items as missing_items
from domain.notice_words import (
    ConsumerStep,
    CorrectionOutcome,
    DenialBasis,
    DirectedAction,
    DocumentFault,
    ExcessFinding,
    Need,
    OptOutScope,
    Reader,
    Situation,
    Stage,
    UnverifiedConsequence,
    WithheldReason,
)
from domain.vocabulary import (
    NoticeKind,
    PointOfIdentity,
    ProviderStanding,
    Requester,
    RequestType,
    Residency,
)

Code = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9_.:-]+$")]
"""A code of the policy or the data map; the letter says it in words."""

DisplayName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=r"^[^<>]+$")
]
"""How a company calls itself, from our own registry."""


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class NoticeFacts(_Facts):
    """What every notice states: which request, when it was received, when this was written."""

    request_id: str = Field(pattern=r"^PR-[0-9A-Z]{4}-[0-9A-Z]{4}$")
    request_type: RequestType
    receipt_date: date
    written_on: date

    def conditions(self) -> frozenset[Condition]:
        """Return the conditions of section 19 that hold for these facts."""
        return frozenset()


class ConsumerFacts(NoticeFacts):
    """What every letter to a person states besides.

    ``address_confirmed`` false (the default) puts the "this was not me" passage in (NOT-05).
    """

    residency: Residency = Residency.UNKNOWN
    requester: Requester = Requester.CONSUMER
    reader: Reader = Reader.REQUESTER
    address_confirmed: bool = False

    def conditions(self) -> frozenset[Condition]:
        """Return the conditions of section 19 that hold for these facts."""
        return _held(
            {
                Condition.EEA: self.residency is Residency.EEA,
                Condition.ADDRESS_UNCONFIRMED: not self.address_confirmed,
            }
        )


class Retained(_Facts):
    """One collection of the data map that stays, and the policy's code of why (DEL-01)."""

    collection: Code
    ground: Code


class ProviderReport(_Facts):
    """What is known of one provider, and since when (SVC-02); never more than it has said."""

    name: DisplayName
    standing: ProviderStanding
    on: date | None = None


class Withheld(_Facts):
    """What is held and not shown: a field type of the policy, or a collection (RED, KNO-08)."""

    kind: Code
    reason: WithheldReason = WithheldReason.NEVER_DISCLOSE


class DisclosedCategory(_Facts):
    """A category of data and the categories of those who received it, as policy codes (KNO-01)."""

    category: Code
    recipients: tuple[Code, ...] = Field(min_length=1)


class AcknowledgementFacts(ConsumerFacts):
    """N-01. Takes nothing that depends on our records: one text for known and unknown (NOT-03).

    ``also_asked`` are the other rights exercised in the same submission (REQ-12);
    ``read_broadly`` says that an unclear wish was taken as what gives the person most (REQ-14).
    """

    expected_response_date: date
    latest_response_date: date | None = None
    points_required: int = Field(default=0, ge=0)
    needs: tuple[Need, ...] = ()
    points: tuple[PointOfIdentity, ...] = ()
    usable_until: date | None = None
    also_asked: tuple[RequestType, ...] = ()
    read_broadly: bool = False


class RejectedDocument(_Facts):
    """A document that was uploaded and does not do, and why."""

    document: DocumentPurpose
    fault: DocumentFault


class MoreInformationFacts(ConsumerFacts):
    """N-02. ``points`` are kinds not offered yet: they follow from the offer, not from a match."""

    rejected: RejectedDocument | None = None
    points_required: int = Field(default=0, ge=0)
    points: tuple[PointOfIdentity, ...] = ()
    needs: tuple[Need, ...] = Field(min_length=1)
    usable_until: date
    consequence: UnverifiedConsequence


class ExtensionFacts(ConsumerFacts):
    """N-03 (CLK-05). ``reason`` is a code of the policy."""

    reason: Code
    old_due_date: date
    new_due_date: date
    extra_days: int = Field(ge=1)


class DenialFacts(ConsumerFacts):
    """N-04. ``reasons`` are codes of the policy, for the basis ``policy_reason``.

    ``law`` is the one that such a reason rests on (DEL-04).
    """

    basis: DenialBasis
    reasons: tuple[Code, ...] = ()
    law: Citation = Field(default="", exclude_if=is_empty)
    retained: tuple[Retained, ...] = ()
    opted_out_on: date | None = None
    health_data: bool = False

    def conditions(self) -> frozenset[Condition]:
        """Return the conditions of section 19 that hold for these facts."""
        going_on = self.basis is not DenialBasis.WITHDRAWN
        offered = self.request_type is RequestType.DELETE and self.opted_out_on is None
        corrects = self.request_type is RequestType.CORRECT
        return super().conditions() | _held(
            {
                Condition.CATEGORIES_UNVERIFIED: self.basis is DenialBasis.UNVERIFIED
                and self.request_type in _KNOW,
                Condition.DELETE_NOT_OPTED_OUT: going_on and offered,
                Condition.CORRECTION: going_on and corrects,
            }
        )


class PartialOutcomeFacts(ConsumerFacts):
    """N-05. For deletions ``retained`` says what stays, for disclosures ``withheld``; ``reasons``,
    codes of the policy, say why the rest was not done.
    """

    done: tuple[Code, ...] = Field(min_length=1)
    done_on: date
    retained: tuple[Retained, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    reasons: tuple[Code, ...] = ()
    providers: tuple[ProviderReport, ...] = ()
    opted_out_on: date | None = None

    def conditions(self) -> frozenset[Condition]:
        """Return the conditions of section 19 that hold for these facts."""
        offered = self.request_type is RequestType.DELETE and self.opted_out_on is None
        return super().conditions() | _held({Condition.DELETE_NOT_OPTED_OUT: offered})


class AccessReportFacts(ConsumerFacts):
    """N-06. All codes but ``not_searched`` are the policy's tables (KNO-12).

    ``specific_pieces`` false is a categories report; ``downgraded`` says that pieces were asked
    and could not be given (VER-06). ``copies_missing`` are providers that were asked for their copy
    and have not returned all of it (SVC-02). ``link_expires_on`` is the last day of the download
    link; a categories report without one is whole in the letter itself.
    """

    period_from: date
    period_to: date
    asked_from: date | None = None
    specific_pieces: bool
    downgraded: bool = False
    categories: tuple[Code, ...] = ()
    sources: tuple[Code, ...] = ()
    purposes: tuple[Code, ...] = ()
    third_parties: tuple[Code, ...] = ()
    sold_or_shared: tuple[DisclosedCategory, ...] = ()
    disclosed: tuple[DisclosedCategory, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    not_searched: tuple[Code, ...] = ()
    copies_missing: tuple[ProviderReport, ...] = ()
    link_expires_on: date | None = None

    def conditions(self) -> frozenset[Condition]:
        """Return the conditions of section 19 that hold for these facts."""
        clipped = self.asked_from is not None and self.asked_from < self.period_from
        return super().conditions() | _held(
            {
                Condition.NOT_SEARCHED: bool(self.not_searched),
                Condition.RANGE_CLIPPED: clipped,
            }
        )


class DeletionCompleteFacts(ConsumerFacts):
    """N-07. ``third_parties_excused`` is the policy code of why third parties were not told."""

    deleted: tuple[Code, ...] = Field(min_length=1)
    deleted_on: date
    deidentified: tuple[Code, ...] = ()
    account_closed_on: date | None = None
    providers: tuple[ProviderReport, ...] = ()
    sold_or_shared: bool = False
    third_parties_told: tuple[DisplayName, ...] = ()
    third_parties_excused: Code | None = None

    def conditions(self) -> frozenset[Condition]:
        """Return the conditions of section 19 that hold for these facts."""
        return super().conditions() | _held({Condition.SOLD_OR_SHARED: self.sold_or_shared})


class CorrectionResultFacts(ConsumerFacts):
    """N-08. ``fields`` are the data map's names; ``sources`` are whence we may have it."""

    outcome: CorrectionOutcome
    decided_on: date
    fields: tuple[Code, ...] = Field(min_length=1)
    reasons: tuple[Code, ...] = ()
    law: Citation = Field(default="", exclude_if=is_empty)
    providers: tuple[ProviderReport, ...] = ()
    sources: tuple[Code, ...] = ()
    health_data: bool = False

    def conditions(self) -> frozenset[Condition]:
        """Return the conditions of section 19 that hold for these facts."""
        denied = self.outcome in {CorrectionOutcome.DENIED, CorrectionOutcome.PARTLY_CORRECTED}
        return super().conditions() | _held(
            {
                Condition.GRANTED: self.outcome is not CorrectionOutcome.DENIED,
                Condition.DENIED: denied,
                Condition.HEALTH_DENIED: denied and self.health_data,
                Condition.COMPANY_NOT_SOURCE: bool(self.sources),
            }
        )


class UnverifiedDeletionFacts(ConsumerFacts):
    """N-09 (VER-08, NOT-04). Who is told of the opt-out follows from the registry alone."""

    opted_out_on: date
    third_parties_told: tuple[DisplayName, ...] = ()


class OptOutDoneFacts(ConsumerFacts):
    """N-10. ``only_permitted_uses`` says that the right to limit changes nothing here (OPT-08)."""

    applied_on: date
    scope: tuple[OptOutScope, ...] = Field(min_length=1)
    third_parties_told: tuple[DisplayName, ...] = ()
    may_ask_again_from: date | None = None
    only_permitted_uses: bool = False

    def conditions(self) -> frozenset[Condition]:
        """Return the conditions of section 19 that hold for these facts."""
        told = bool(self.third_parties_told)
        return super().conditions() | _held({Condition.THIRD_PARTIES_TOLD: told})


class AgentProofFacts(ConsumerFacts):
    """N-11 (AGT-01 to AGT-04; for parents MIN-05)."""

    deadline: date
    consumer_step: ConsumerStep
    rejected: RejectedDocument | None = None
    agent_is_entity: bool = False

    def conditions(self) -> frozenset[Condition]:
        """Return the conditions of section 19 that hold for these facts."""
        return super().conditions() | _held({Condition.ENTITY_AGENT: self.agent_is_entity})


class FeeEstimateFacts(ConsumerFacts):
    """N-12 (FEE-03). The amount follows from its parts, so that they cannot contradict it.

    ``earlier`` are the receipt dates of the requests that were counted (FRQ-01).
    """

    reason: Code
    earlier: tuple[date, ...] = ()
    work_minutes: int = Field(ge=0)
    hourly_rate_cents: int = Field(ge=0)
    materials_cents: int = Field(default=0, ge=0)
    accept_by: date
    next_allowed: date | None = None

    @property
    def amount_cents(self) -> int:
        """The whole fee in US cents, work rounded down to the cent."""
        return self.work_minutes * self.hourly_rate_cents // 60 + self.materials_cents

    def conditions(self) -> frozenset[Condition]:
        """Return the conditions of section 19 that hold for these facts."""
        known = self.next_allowed is not None
        return super().conditions() | _held({Condition.ALTERNATIVE_DATE: known})


class MinorOptInFacts(ConsumerFacts):
    """N-13: an opt-in by a teen or a parent (MIN-04), or after an earlier opt-out (OPT-07)."""

    recorded_on: date


class ProviderDirectionFacts(NoticeFacts):
    """N-14. ``scope`` and ``exceptions`` name collections of the data map."""

    action: DirectedAction
    scope: tuple[Code, ...] = ()
    exceptions: tuple[Retained, ...] = ()
    confirm_by: date

    def conditions(self) -> frozenset[Condition]:
        """Return the conditions of section 19 that hold for these facts."""
        return _held({Condition.EXCEPTIONS: bool(self.exceptions)})


class ThirdPartyNoticeFacts(NoticeFacts):
    """N-15 (OPT-01, DEL-07)."""

    action: DirectedAction
    confirm_by: date | None = None


class ExcessRefusalFacts(ConsumerFacts):
    """N-16. ``earlier`` are the receipt dates of the requests that were counted (FRQ-01).

    ``reason`` is a code of the policy; a mere count needs none.
    """

    finding: ExcessFinding
    reason: Code | None = None
    earlier: tuple[date, ...] = ()
    next_allowed: date | None = None


class NothingFoundFacts(ConsumerFacts):
    """N-17 (NOT-04): control of the address is proved and nothing matches any detail given."""

    searched_on: date


class LateAnswerFacts(ConsumerFacts):
    """N-18. ``was_due`` passed without an answer; ``next_date`` is when we write again."""

    was_due: date
    stage: Stage
    next_date: date


class ProviderReminderFacts(ProviderDirectionFacts):
    """P-01: the direction again, for a provider that has not confirmed (SVC-02)."""

    directed_on: date


class SupplementFacts(ConsumerFacts):
    """S-01: providers answered after our letter of ``answered_on``."""

    answered_on: date
    providers: tuple[ProviderReport, ...] = Field(min_length=1)
    still_open: tuple[ProviderReport, ...] = ()

    def conditions(self) -> frozenset[Condition]:
        """Return the conditions of section 19 that hold for these facts."""
        return super().conditions() | _held({Condition.STILL_OPEN: bool(self.still_open)})


class PackageCodeFacts(ConsumerFacts):
    """S-02: the one-time code for a package (KNO-07). The code itself stands in the vault, as the
    evidence of the row ``inbox``.
    """

    inbox: int = Field(ge=1)
    minutes: int = Field(ge=1)


class AgentToldFacts(ConsumerFacts):
    """S-03: an agent hears that the consumer has the answer, and nothing of it (AGT-07)."""

    answered_on: date
    withdrawn: bool = False


class MergedFacts(ConsumerFacts):
    """S-04: the same was asked before; the answer to ``lead`` answers both (REQ-17)."""

    lead: str = Field(pattern=r"^PR-[0-9A-Z]{4}-[0-9A-Z]{4}$")
    lead_received_on: date
    answer_by: date


class NewLinkFacts(ConsumerFacts):
    """S-05: a link to the page of the request, for whoever asked for one."""

    usable_until: date
    closed: bool = False


class StaffAlertFacts(NoticeFacts):
    """T-01. ``place`` is a step or collection; the addressee's link ``workflow`` opens the UI."""

    situation: Situation
    due: date | None = None
    days_left: int | None = None
    provider: DisplayName | None = None
    place: Code | None = None


FACTS: Mapping[NoticeKind, type[NoticeFacts]] = {
    NoticeKind.ACKNOWLEDGEMENT: AcknowledgementFacts,
    NoticeKind.MORE_INFORMATION: MoreInformationFacts,
    NoticeKind.EXTENSION: ExtensionFacts,
    NoticeKind.DENIAL: DenialFacts,
    NoticeKind.PARTIAL_OUTCOME: PartialOutcomeFacts,
    NoticeKind.ACCESS_REPORT: AccessReportFacts,
    NoticeKind.DELETION_COMPLETE: DeletionCompleteFacts,
    NoticeKind.CORRECTION_RESULT: CorrectionResultFacts,
    NoticeKind.UNVERIFIED_DELETION: UnverifiedDeletionFacts,
    NoticeKind.OPT_OUT_DONE: OptOutDoneFacts,
    NoticeKind.AGENT_PROOF: AgentProofFacts,
    NoticeKind.FEE_ESTIMATE: FeeEstimateFacts,
    NoticeKind.MINOR_OPT_IN: MinorOptInFacts,
    NoticeKind.PROVIDER_DIRECTION: ProviderDirectionFacts,
    NoticeKind.THIRD_PARTY_NOTICE: ThirdPartyNoticeFacts,
    NoticeKind.EXCESS_REFUSAL: ExcessRefusalFacts,
    NoticeKind.NOTHING_FOUND: NothingFoundFacts,
    NoticeKind.LATE_ANSWER: LateAnswerFacts,
    NoticeKind.PROVIDER_REMINDER: ProviderReminderFacts,
    NoticeKind.SUPPLEMENT: SupplementFacts,
    NoticeKind.PACKAGE_CODE: PackageCodeFacts,
    NoticeKind.AGENT_TOLD: AgentToldFacts,
    NoticeKind.MERGED: MergedFacts,
    NoticeKind.NEW_LINK: NewLinkFacts,
    NoticeKind.STAFF_ALERT: StaffAlertFacts,
}
"""The facts model of each notice."""

_KNOW = {
    RequestType.KNOW_CATEGORIES,
    RequestType.KNOW_SPECIFIC,
    RequestType.KNOW_BOTH,
    RequestType.PORTABILITY,
    RequestType.ACCOUNT_REVIEW,
}


def _held(conditions: Mapping[Condition, bool]) -> frozenset[Condition]:
    return frozenset(condition for condition, holds in conditions.items() if holds)
