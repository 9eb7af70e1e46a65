"""Fees and refusals of unfounded or excessive requests: a person's finding, an estimate (FEE)."""

from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.notice_words import ExcessFinding
from domain.policy import Policy
from domain.vocabulary import Decision, NoticeKind

GROUNDS = frozenset({ExcessFinding.TOO_MANY, ExcessFinding.UNFOUNDED, ExcessFinding.EXCESSIVE})
"""What may be answered with a fee or a refusal (FRQ-04, FEE-02)."""


class Path(StrEnum):
    """The two answers to such a request (FEE-02)."""

    FEE = "fee"
    REFUSE = "refuse"


class Finding(BaseModel):
    """What was found of a request, by whom, and how far it has gone.

    ``by_person`` is a finding made by staff and not by a machine; ``accepted`` is the consumer's
    word on the estimate, ``None`` while there is none.
    """

    model_config = ConfigDict(frozen=True)

    ground: ExcessFinding | None = None
    reason: str = ""
    by_person: bool = True
    path: Path | None = None
    estimate: Decimal | None = None
    accepted: bool | None = None
    due_passed: bool = False


class FeeAnswer(BaseModel):
    """What follows; ``fee`` is what is asked for, ``may_start`` whether work may begin."""

    model_config = ConfigDict(frozen=True)

    decision: Decision
    fee: Decimal = Decimal(0)
    allowed: bool
    may_start: bool
    notice: NoticeKind | None = None


def judge(policy: Policy, finding: Finding) -> FeeAnswer:
    """Judge a fee or a refusal (FEE-01 to FEE-03).

    Without a finding a request costs what it ordinarily does, nothing. A finding without a written
    reason, or of a machine, allows nothing. A fee is estimated and accepted before any work; the
    clock runs on meanwhile.
    """
    if finding.ground is None:
        ordinary = Decimal(str(policy.fees.ordinary))
        return FeeAnswer(decision=Decision.GRANT, fee=ordinary, allowed=False, may_start=True)
    if not _is_established(finding):
        return FeeAnswer(decision=Decision.REVIEW_REQUIRED, allowed=False, may_start=False)
    if finding.path is Path.REFUSE:
        return _refused()
    return _priced(finding)


def _is_established(finding: Finding) -> bool:
    stated = finding.ground in GROUNDS and bool(finding.reason.strip())
    return stated and finding.by_person and finding.path is not None


def _priced(finding: Finding) -> FeeAnswer:
    if finding.estimate is None or finding.estimate <= 0:
        return FeeAnswer(decision=Decision.REVIEW_REQUIRED, allowed=False, may_start=False)
    if finding.accepted:
        return FeeAnswer(
            decision=Decision.GRANT, fee=finding.estimate, allowed=True, may_start=True
        )
    if finding.accepted is False or finding.due_passed:
        return _refused()
    return FeeAnswer(
        decision=Decision.FEE_ESTIMATE,
        fee=finding.estimate,
        allowed=True,
        may_start=False,
        notice=NoticeKind.FEE_ESTIMATE,
    )


def _refused() -> FeeAnswer:
    return FeeAnswer(
        decision=Decision.REFUSE_EXCESS,
        allowed=True,
        may_start=False,
        notice=NoticeKind.EXCESS_REFUSAL,
    )
