"""Doors to limits of number and to fees: frequency, fee."""

from decimal import Decimal, InvalidOperation

from domain import fees, frequency
from domain.casebook import _facts as facts
from domain.casebook import _reading as read
from domain.casebook._reading import Case
from domain.fees import Finding, Path
from domain.frequency import PriorRequest
from domain.notice_words import ExcessFinding

Answer = dict[str, object]

_SERVE, _REFUSE = "SERVE", "REFUSE_EXCESS"
_GROUNDS = {
    "manifestly_unfounded": ExcessFinding.UNFOUNDED,
    "repetitive": ExcessFinding.EXCESSIVE,
    "excess": ExcessFinding.EXCESSIVE,
    "manifestly_excessive": ExcessFinding.EXCESSIVE,
    "manifestly_unfounded_or_excessive": ExcessFinding.EXCESSIVE,
}
_MACHINES = frozenset({"system", "engine", "automatic", "automated", "auto", "software", "machine"})
_NOTHING = frozenset({"", "none", "no", "no_finding"})


def count(case: Case) -> Answer:
    """Answer how many requests to know count, and what that means (FRQ-01 to FRQ-04)."""
    current = read.mapping(read.needed(case, "current"), "current")
    receipt = read.day(read.needed(current, "receipt_date", "received_at"))
    policy = read.revision_at(read.instant(receipt))
    prior = [_prior(row) for row in read.rows(case.get("prior") or [], "prior")]
    judged = frequency.allowance(policy, _kind(current), receipt, prior)
    return {
        "counted": judged.counted,
        "excess": judged.excess,
        "default_action": _REFUSE if judged.excess else _SERVE,
        "next_allowed": read.iso(judged.next_allowed),
    }


def charge(case: Case) -> Answer:
    """Answer whether a fee or a refusal stands, and whether work may begin (FEE-01 to FEE-03)."""
    judged = fees.judge(facts.revision(case), _finding(case))
    return {
        "decision": judged.decision.value,
        "fee": float(judged.fee),
        "allowed": judged.allowed,
        "fulfilment_started": judged.may_start,
        "notice": judged.notice.value if judged.notice else None,
    }


DOORS = {"frequency": count, "fee": charge}


def _kind(current: Case) -> str:
    """Read the type of the request, which may be a mere look at a correction (COR-08)."""
    if current.get("request_type") == frequency.CORRECTION_CHECK:
        return frequency.CORRECTION_CHECK
    return read.request_type(current)


def _prior(row: Case) -> PriorRequest:
    result = read.first_of(row, "result", "decision")
    kind = str(read.first_of(row, "request_type", "type") or "")
    return PriorRequest(
        receipt_date=read.day(read.needed(row, "receipt_date", "received_at")),
        request_type="know_both" if kind == "know" else kind,
        result=None if result is None else str(result).upper(),
    )


def _finding(case: Case) -> Finding:
    stated = read.first_of(case, "path")
    estimate = read.first_of(case, "estimate", "estimated_fee", "amount")
    by = facts.plain(read.first_of(case, "found_by", "finding_by", "decided_by") or "")
    return Finding(
        ground=_ground(case),
        reason=str(read.first_of(case, "reason_text", "reason") or ""),
        by_person=by not in _MACHINES and not facts.said(case, "automatic", "automated"),
        path=None if stated is None else read.word(Path, facts.plain(stated)),
        estimate=None if estimate is None else _amount(estimate),
        accepted=facts.maybe(case, "accepted"),
        due_passed=facts.said(case, "due_passed"),
    )


def _ground(case: Case) -> ExcessFinding | None:
    words = facts.plain(case.get("finding") or "")
    if words in _NOTHING:
        return None
    known = ExcessFinding(words) if words in set(ExcessFinding) else None
    return _GROUNDS.get(words, known)


def _amount(value: object) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise read.CaseUnreadable(f"`estimate` is no amount: {value}.") from None
