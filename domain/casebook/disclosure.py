"""Doors to what is disclosed: redaction, the period of a report, what a report consists of."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from domain import know_report, redaction
from domain.casebook import _facts as facts
from domain.casebook import _reading as read
from domain.casebook._reading import Case
from domain.redaction import HeldField, Package

Answer = dict[str, Any]

_RELEASED = ("released", "counsel_released", "counsel_releases")
_LOOKED_AT = ("looked_at", "reviewed", "staff_reviewed", "seen_by_staff", "reviewed_by_staff")
_GROUNDS = ("ground", "refusal_ground", "denial_ground", "reason", "reason_code", "claimed_ground")
_SEARCH_FLAGS = tuple(know_report.NotSearched.model_fields)
_SOLD, _DISCLOSED = "sold_shared_list", "disclosed_list"


def redact(case: Case) -> Answer:
    """Answer what a package holds and withholds, or whether two values agree (RED)."""
    if facts.said(case, "post_correction_check") or "held" in case:
        kind = facts.field_type(case.get("field_type") or "")
        return {"match": redaction.holds_the_same(kind, case.get("held"), case.get("supplied"))}
    rows = read.rows(case.get("fields") or [], "fields")
    package = redaction.redact(facts.revision(case), [_field(row, case) for row in rows])
    return _written(package, _given_names(rows))


def lookback(case: Case) -> Answer:
    """Answer which period a request to know covers (KNO-03)."""
    policy = facts.revision(case)
    receipt = facts.receipt_date(case, policy)
    covered = know_report.period(policy, receipt, _chosen(case.get("requested_range")))
    return {
        "from": covered.first.isoformat(),
        "to": covered.last.isoformat(),
        "clipped": covered.clipped,
    }


def know_content(case: Case) -> Answer:
    """Answer what a report consists of and what is no ground to refuse it (KNO-01, -05, -09)."""
    answer = _lists(case)
    if any(flag in case for flag in _SEARCH_FLAGS):
        skip = know_report.may_skip_search(
            know_report.NotSearched(**{flag: facts.said(case, flag) for flag in _SEARCH_FLAGS})
        )
        answer |= {"may_skip_search": skip, "not_searched_statement_required": skip}
    route = know_report.route(_ground(case))
    return answer | {
        "auto_denial_allowed": know_report.DENIED_AUTOMATICALLY,
        "route": route.value if route else None,
    }


DOORS = {"redaction": redact, "lookback": lookback, "know_content": know_content}


def _field(row: Case, case: Case) -> HeldField:
    about = str(read.first_of(row, "about", "person") or "").lower()
    stated = {"value": row["value"]} if "value" in row else {}
    return HeldField(
        **stated,
        name=str(row.get("name") or ""),
        field_type=facts.field_type(read.needed(row, "field_type", "type")),
        readable=facts.maybe(row, "readable", "could_be_read") is not False
        and not facts.said(row, "unreadable", "unread"),
        looked_at=facts.said(row, *_LOOKED_AT),
        released=_released(row) or _released(case),
        about_others=about in ("other", "others", "other_person", "someone_else")
        or facts.said(row, "other_person", "about_other_person"),
        privileged=facts.said(row, "privileged", "privilege"),
    )


def _released(row: Case) -> bool:
    decided = str(read.first_of(row, "counsel_decision", "counsel") or "").lower()
    return facts.said(row, *_RELEASED) or decided.startswith("release")


def _given_names(rows: list[Case]) -> dict[str, list[str]]:
    """Return what the case calls each type, so that the answer speaks its language."""
    names: dict[str, list[str]] = {}
    for row in rows:
        given = str(read.first_of(row, "field_type", "type"))
        names.setdefault(facts.field_type(given), []).append(given)
    return {kind: list(dict.fromkeys(given)) for kind, given in names.items()}


def _written(package: Package, names: Mapping[str, list[str]]) -> Answer:
    shown = [piece.model_dump(mode="json") for piece in package.disclosed]
    return {
        "disclosed": [piece.name for piece in package.disclosed],
        "withheld": [
            {"field_type": given, "reason": each.reason.value, "line": each.line}
            for each in package.withheld
            for given in names.get(each.field_type, [each.field_type])
        ],
        "package": json.dumps(shown, ensure_ascii=False, default=str),
        "review_tasks": list(package.review),
        "final_letter_allowed": package.may_go_out,
    }


def _chosen(value: object) -> tuple[date | None, date | None] | None:
    if isinstance(value, Mapping):
        value = [read.first_of(value, "from", "start"), read.first_of(value, "to", "end")]
    if not isinstance(value, list | tuple) or not value:
        return None
    days = [None if each is None else read.day(each) for each in value[:2]]
    return days[0], days[1] if len(days) > 1 else None


def _lists(case: Case) -> Answer:
    """Answer with the two lists, by the names that the case gives them (KNO-01)."""
    given = case.get("lists")
    source = given if isinstance(given, Mapping) else case
    sold = next((key for key in source if "sold" in key and "no_sale" not in key), _SOLD)
    shown = next((key for key in source if "disclosed" in key), _DISCLOSED)
    return {
        "lists": [sold, shown],
        "sold_list_statement_required": know_report.needs_statement(_content(source.get(sold))),
        "disclosed_list_statement_required": know_report.needs_statement(
            _content(source.get(shown))
        ),
    }


def _content(value: object) -> list[object]:
    if isinstance(value, Mapping):
        return list(value)
    return facts.many(value) if facts.yes(value) or isinstance(value, list) else []


def _ground(case: Case) -> str:
    stated = facts.plain(read.first_of(case, *_GROUNDS) or "")
    risk = facts.said(case, know_report.SECURITY_RISK)
    return know_report.SECURITY_RISK if risk or "security" in stated else stated
