"""Door to letters: whether one carries what its rule requires (NOT-01, NOT-03, NOT-04)."""

from collections.abc import Iterator, Mapping

from domain.casebook import _facts as facts
from domain.casebook import _reading as read
from domain.casebook._reading import Case
from domain.notice_items import ONE_TEXT, REQUIRED_ITEMS, Condition, missing_items
from domain.vocabulary import NoticeKind, RequestType, Residency

Answer = dict[str, object]

_CORRECTIONS = frozenset({RequestType.CORRECT, RequestType.ACCOUNT_CHANGE})
_CATEGORIES = frozenset({RequestType.KNOW_CATEGORIES, RequestType.KNOW_BOTH})
_DENIED = frozenset({"deny", "denied", "unverified_deny"})
_GRANTED = frozenset({"grant", "granted", "grant_partial", "corrected", "done"})


def notice(case: Case) -> Answer:
    """Answer whether a notice may be sent, what it lacks, whether its text tells nothing."""
    kind = read.word(NoticeKind, str(read.needed(case, "notice")).upper())
    missing = missing_items(kind, _items(case.get("items")), set(_conditions(case)))
    return {
        "may_send": not missing,
        "missing": missing,
        "same_text": kind in ONE_TEXT or (kind is NoticeKind.DENIAL and _is_unverified(case)),
        "required": list(REQUIRED_ITEMS[kind].always),
    }


DOORS = {"notice": notice}


def _items(value: object) -> list[str]:
    """Read the filled items: a list of names, or an object whose blank values are not filled."""
    if isinstance(value, Mapping):
        return [str(name) for name, text in value.items() if str(text or "").strip()]
    return [str(name) for name in facts.many(value)]


def _conditions(case: Case) -> Iterator[Condition]:
    """Read the conditions of section 19 that a case says hold."""
    kind = read.request_type(case) if case.get("request_type") else None
    correction = kind in _CORRECTIONS or facts.said(case, "correction")
    opted_out = facts.maybe(case, "already_opted_out", "opted_out")
    held = {
        Condition.EEA: read.residency(case) is Residency.EEA,
        Condition.CATEGORIES_UNVERIFIED: _is_unverified(case) and kind in _CATEGORIES,
        Condition.DELETE_NOT_OPTED_OUT: opted_out is False and kind in (None, RequestType.DELETE),
        Condition.CORRECTION: correction,
        Condition.NOT_SEARCHED: facts.said(case, "not_searched", "records_not_searched"),
        Condition.RANGE_CLIPPED: facts.said(case, "clipped", "clipped_range", "range_clipped"),
        Condition.SOLD_OR_SHARED: facts.said(case, "sold_or_shared", "sold_shared", "sold"),
        Condition.GRANTED: _outcome(case) in _GRANTED or facts.said(case, "granted"),
        Condition.DENIED: _outcome(case) in _DENIED or facts.said(case, "denied"),
        Condition.HEALTH_DENIED: _denied_health(case),
        Condition.COMPANY_NOT_SOURCE: facts.maybe(case, "company_is_source") is False,
        Condition.THIRD_PARTIES_TOLD: facts.said(case, "third_parties_told"),
        Condition.ENTITY_AGENT: facts.said(case, "entity") or case.get("agent_kind") == "entity",
        Condition.ALTERNATIVE_DATE: facts.said(case, "alternative_date", "next_allowed"),
        Condition.EXCEPTIONS: facts.said(case, "exceptions", "has_exceptions"),
        Condition.STILL_OPEN: facts.said(case, "still_open"),
    }
    yield from (condition for condition, holds in held.items() if holds)


def _outcome(case: Case) -> str:
    return facts.plain(read.first_of(case, "outcome", "decision", "result") or "")


def _denied_health(case: Case) -> bool:
    denied = _outcome(case) in _DENIED or facts.said(case, "denied")
    return denied and facts.said(case, "health", "health_data", "is_health_data")


def _is_unverified(case: Case) -> bool:
    if facts.maybe(case, "verified", "identity_verified") is False:
        return True
    words = facts.plain(read.first_of(case, "basis", "verification_outcome", "decision") or "")
    return "unverified" in words or facts.said(case, "unverified", "categories_unverified")
