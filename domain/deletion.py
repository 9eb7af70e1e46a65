"""What is deleted and what may be kept: each record is decided, then the request (DEL)."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.clocks import stop_by
from domain.policy import Policy
from domain.policy_terms.duties import ExceptionTerms
from domain.vocabulary import Decision, RequestType, Residency

NOT_COLLECTED = "NCC"
"""Code of the ground for records that come from others than the consumer (DEL-14)."""


class Verdict(StrEnum):
    """What becomes of one record."""

    DELETE = "delete"
    DEFER = "defer"
    RETAIN = "retain"
    REVIEW = "review"


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True)


class Claim(_Facts):
    """The ground on which staff would keep a record, with what is on paper for it."""

    code: str
    reviewer: str = ""
    reason: str = ""
    hold_id: str = ""
    informed_consent: bool = False
    expectations_aligned: bool = False
    context_compatible: bool = False


class HeldRecord(_Facts):
    """One record held of the consumer.

    ``marketing_list`` marks a row of a marketing list, which no ground of source keeps (REQ-10);
    ``ours`` marks the record of the request and suppression, which are not retained data (DEL-02).
    """

    id: str
    from_consumer: bool = True
    in_backup: bool = False
    claim: Claim | None = None
    marketing_list: bool = False
    ours: bool = False


class RecordVerdict(_Facts):
    """What was decided on one record.

    ``ground`` is the code under which it stays, ``fallen`` one that the law does not accept and
    staff must see before anything is erased (DEL-16), ``lacks`` what is missing on paper.
    """

    id: str
    verdict: Verdict
    ground: str | None = None
    fallen: str | None = None
    lacks: tuple[str, ...] = ()


class DeletionPlan(_Facts):
    """Every record's verdict, and what the request comes to."""

    verdicts: tuple[RecordVerdict, ...]
    decision: Decision

    @property
    def deleted(self) -> tuple[str, ...]:
        """Records that are erased now; none while anything must be reviewed (DEL-01)."""
        return () if self.must_wait else self._with(Verdict.DELETE)

    @property
    def deferred(self) -> tuple[str, ...]:
        """Copies in backups, erased when the backup is used again (DEL-06)."""
        return self._with(Verdict.DEFER)

    @property
    def retained(self) -> Mapping[str, str]:
        """Records that stay, with the code of the ground."""
        return {each.id: each.ground for each in self.verdicts if each.ground is not None}

    @property
    def in_review(self) -> tuple[str, ...]:
        """Records whose ground is incomplete on paper."""
        return self._with(Verdict.REVIEW)

    @property
    def fallen(self) -> Mapping[str, str]:
        """Records whose ground is none in law; staff confirm before they are erased (DEL-16)."""
        return {each.id: each.fallen for each in self.verdicts if each.fallen is not None}

    @property
    def must_wait(self) -> bool:
        """Whether nothing may be erased and no final letter may go out yet (DEL-01)."""
        return self.decision is Decision.REVIEW_REQUIRED

    @property
    def suppresses_marketing(self) -> bool:
        """Whether data from others stays, so that it must not be used for marketing (DEL-14)."""
        return NOT_COLLECTED in self.retained.values()

    def _with(self, verdict: Verdict) -> tuple[str, ...]:
        return tuple(each.id for each in self.verdicts if each.verdict is verdict)


def plan(
    policy: Policy,
    records: Iterable[HeldRecord],
    *,
    received_on: date,
    residency: Residency = Residency.CA,
) -> DeletionPlan:
    """Decide every record and the request (DEL-01, DEL-02)."""
    theirs = [record for record in records if not record.ours]
    verdicts = tuple(
        judge(policy, record, received_on=received_on, residency=residency) for record in theirs
    )
    return DeletionPlan(verdicts=verdicts, decision=_decision(verdicts))


def judge(
    policy: Policy, record: HeldRecord, *, received_on: date, residency: Residency
) -> RecordVerdict:
    """Decide one record (DEL-01, DEL-03, DEL-06, DEL-14).

    A ground that the law does not accept falls away; one that is incomplete on paper blocks.
    """
    if record.claim is None:
        return _without_claim(policy, record, residency)
    terms = _terms(policy, record.claim.code)
    if terms is None:
        return RecordVerdict(id=record.id, verdict=Verdict.REVIEW, lacks=("code",))
    if not _is_lawful(terms, record, received_on, residency):
        unfounded = _without_claim(policy, record, residency)
        return unfounded.model_copy(update={"fallen": terms.code})
    lacks = tuple(name for name in terms.needs if not _stated(record.claim, name))
    if lacks:
        return RecordVerdict(id=record.id, verdict=Verdict.REVIEW, lacks=lacks)
    return RecordVerdict(id=record.id, verdict=Verdict.RETAIN, ground=terms.code)


def offers_opt_out(decision: Decision, *, already_opted_out: bool) -> bool:
    """Tell whether a denial, whole or in part, offers to opt out of sale and sharing (DEL-09)."""
    return decision in (Decision.DENY, Decision.GRANT_PARTIAL) and not already_opted_out


def may_use(policy: Policy, ground: str | None, purpose: str) -> bool:
    """Tell whether data kept under ``ground`` may be used for ``purpose`` (DEL-04).

    Data that is kept under no ground is not locked.
    """
    if not ground:
        return True
    terms = _terms(policy, ground)
    allowed = {ground.casefold(), *(terms.purposes if terms else ())}
    return purpose.casefold() in allowed


def opt_out_effective_by(
    policy: Policy, received_at: datetime, decided_at: datetime | None
) -> date:
    """Return by when an unverified deletion counts as an opt-out (VER-08, DEL-10).

    The clock is that of an opt-out received on the day of the request; where it has run out when
    the request is denied, the opt-out is applied on that day.
    """
    now = decided_at or received_at
    return stop_by(policy, RequestType.OPT_OUT_SALE_SHARING, Residency.CA, received_at, now)


def must_delete_again(*, restored: bool, was_deleted: bool) -> bool:
    """Tell whether a restored or reused backup has a deletion replayed on it (DEL-06)."""
    return restored and was_deleted


def final_letter_allowed(plan: DeletionPlan, *, journal_stands: bool = False) -> bool:
    """Tell whether a letter may say what became of the request (DEL-01, DEL-17)."""
    return not plan.must_wait and not journal_stands


def _without_claim(policy: Policy, record: HeldRecord, residency: Residency) -> RecordVerdict:
    if _kept_as_not_collected(policy, record, residency):
        return RecordVerdict(id=record.id, verdict=Verdict.RETAIN, ground=NOT_COLLECTED)
    return RecordVerdict(
        id=record.id, verdict=Verdict.DEFER if record.in_backup else Verdict.DELETE
    )


def _kept_as_not_collected(policy: Policy, record: HeldRecord, residency: Residency) -> bool:
    terms = _terms(policy, NOT_COLLECTED)
    if terms is None or policy.deletion.delete_third_party_sourced or record.marketing_list:
        return False
    return not record.from_consumer and not (terms.not_for_eea and residency is Residency.EEA)


def _terms(policy: Policy, code: str) -> ExceptionTerms | None:
    rows = policy.deletion.exceptions
    return next((row for row in rows if row.code == code.strip().upper()), None)


def _is_lawful(
    terms: ExceptionTerms, record: HeldRecord, received_on: date, residency: Residency
) -> bool:
    if terms.not_for_eea and residency is Residency.EEA:
        return False
    if terms.lawful_until is not None and received_on > terms.lawful_until:
        return False
    if terms.code == NOT_COLLECTED and (record.from_consumer or record.marketing_list):
        return False
    return all(_stated(record.claim, name) for name in terms.conditions)


def _stated(claim: Claim | None, name: str) -> bool:
    value = getattr(claim, name, None)
    return bool(value.strip()) if isinstance(value, str) else bool(value)


def _decision(verdicts: Iterable[RecordVerdict]) -> Decision:
    found = {each.verdict for each in verdicts}
    if Verdict.REVIEW in found:
        return Decision.REVIEW_REQUIRED
    if not found:
        return Decision.NO_DATA
    if Verdict.RETAIN not in found:
        return Decision.GRANT
    return Decision.GRANT_PARTIAL if Verdict.DELETE in found else Decision.DENY
