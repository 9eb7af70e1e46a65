"""Doors to deadlines that letters meet or miss: timeliness and extension."""

from datetime import date, datetime, timedelta

from domain import clocks, timeliness
from domain.casebook import _facts as facts
from domain.casebook import _reading as read
from domain.casebook._reading import Case
from domain.days import local_date
from domain.policy import Policy
from domain.vocabulary import RequestType, Residency

Answer = dict[str, object]

_NOT_SENT = frozenset(
    {
        "bounced",
        "bounce",
        "hard_bounce",
        "soft_bounce",
        "undeliverable",
        "failed",
        "rejected",
        "refused",
        "deferred",
        "queued",
        "pending",
        "not_sent",
    }
)
"""What a mail system calls a letter that did not go out; bounced mail is not sent (section 2)."""

_ACKS = ("ack", "acknowledgement")
_NAMED_BY_THE_POLICY_ALONE = frozenset(
    {
        RequestType.ACCOUNT_REVIEW,
        RequestType.ACCOUNT_CHANGE,
        RequestType.ACCOUNT_TERMINATE,
        RequestType.TESTIMONIAL_CHANGE,
    }
)
"""Without a residency these run on the policy's 30 days, the cautious reading (CLK-06)."""


def judge_timeliness(case: Case) -> Answer:
    """Answer whether a letter was in time, and when staff were to be warned (CLK-01, CLK-16)."""
    policy, dates = _dates(case)
    due = _due(case, dates)
    sent_at = _sent_at(case)
    confirmed = _confirmed(case, policy, dates, sent_at)
    is_ack = _is_ack(case)
    alarms = clocks.warnings(policy, dates, due if due > dates.response_due else None)
    return {
        "on_time": confirmed if is_ack else timeliness.in_time(policy, due, sent_at),
        "ack_violation": not confirmed,
        "counts_as_sent": sent_at is not None,
        "response_due": due.isoformat(),
        "ack_due": read.iso(dates.ack_due),
        "response_warnings": _days(policy, alarms, "response", "extended"),
        "ack_warnings": _days(policy, alarms, "acknowledgement"),
    }


def extension(case: Case) -> Answer:
    """Answer whether the deadline may be extended, and to when (CLK-05, CLK-06)."""
    kind = read.request_type(case, RequestType.DELETE)
    received_at = read.instant(read.needed(case, "received_at"))
    policy = read.revision_at(received_at)
    judged = clocks.judge_extension(
        policy,
        request_type=kind,
        residency=read.residency(case, _presumed(kind)),
        received_at=received_at,
        notice_at=_notice_at(case, received_at),
        extra_days=_whole_days(case.get("extra_days")),
        reason=str(case.get("reason_text") or case.get("reason") or ""),
        prior_extensions=_count(case.get("prior_extensions")),
        answered=_is_answered(case),
    )
    if isinstance(judged, clocks.ExtensionRefused):
        return {"allowed": False, "new_due": None, "refuse_reason": judged.code.value}
    return {
        "allowed": True,
        "new_due": judged.new_due.isoformat(),
        "refuse_reason": None,
        "two_channels": judged.two_channels,
        "standing": _standing(case, policy, judged.notice_due, received_at),
    }


DOORS = {"timeliness": judge_timeliness, "extension": extension}


def _dates(case: Case) -> tuple[Policy, clocks.RequestDates]:
    received_at = read.instant(read.needed(case, "received_at"))
    policy = read.revision_at(received_at)
    kind = read.request_type(case, RequestType.DELETE)
    place = read.residency(case, _presumed(kind))
    return policy, clocks.request_dates(policy, kind, place, received_at)


def _due(case: Case, dates: clocks.RequestDates) -> date:
    extended = read.first_of(case, "extended_due", "new_due")
    if extended is not None:
        return read.day(extended)
    return dates.response_due + timedelta(days=_whole_days(case.get("extra_days")))


def _is_ack(case: Case) -> bool:
    kind = case.get("kind")
    if kind not in (None, *_ACKS, "response"):
        raise read.CaseUnreadable(f"`kind` is neither ack nor response: {kind}; write one of them.")
    return kind in _ACKS or (kind is None and "ack_sent_at" in case)


def _sent_at(case: Case) -> datetime | None:
    status = str(case.get("email_status") or "").lower()
    keys = ("sent_at", "ack_sent_at") if _is_ack(case) else ("sent_at", "final_response_sent_at")
    return None if status in _NOT_SENT else read.optional_instant(read.first_of(case, *keys))


def _confirmed(
    case: Case, policy: Policy, dates: clocks.RequestDates, sent_at: datetime | None
) -> bool:
    answered_at = read.optional_instant(case.get("final_response_sent_at"))
    if _is_ack(case):
        return timeliness.confirmed_in_time(policy, dates, sent_at, answered_at)
    acknowledged_at = read.optional_instant(case.get("ack_sent_at"))
    if acknowledged_at is None and "ack_sent_at" not in case:
        return True
    return timeliness.confirmed_in_time(policy, dates, acknowledged_at, answered_at or sent_at)


def _days(policy: Policy, alarms: tuple[clocks.Warning, ...], *kinds: str) -> list[str]:
    return [local_date(each.at, policy).isoformat() for each in alarms if each.kind in kinds]


def _presumed(kind: RequestType) -> Residency:
    return Residency.OTHER if kind in _NAMED_BY_THE_POLICY_ALONE else Residency.CA


def _notice_at(case: Case, received_at: datetime) -> datetime:
    """A case without a notice asks about one written on the day of receipt."""
    notice = read.first_of(case, "notice_at", "notice_sent_at")
    return received_at if notice is None else read.instant(notice)


def _whole_days(value: object) -> int:
    """Return a number of days; what is no whole number is out of every range."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _is_answered(case: Case) -> bool:
    sent = case.get("final_response_sent_at") is not None
    return sent or facts.said(case, "final_response_sent")


def _count(value: object) -> int:
    if isinstance(value, list | tuple):
        return len(value)
    if value is None or isinstance(value, bool):
        return int(bool(value))
    return read.whole(value, "prior_extensions")


def _standing(case: Case, policy: Policy, due: date, received_at: datetime) -> str:
    bounced_at = read.optional_instant(read.first_of(case, "bounced_at", "notice_bounced_at"))
    sent_at = _notice_at(case, received_at)
    return clocks.extension_standing(policy, due, sent_at, bounced_at).value
