"""Doors to records and figures: retention, metrics, version."""

from collections.abc import Mapping
from typing import Any

from domain import metrics, retention, rights
from domain.casebook import _reading as read
from domain.casebook._reading import Case
from domain.days import local_date
from domain.policies import nearest_to
from domain.policy import Policy
from domain.vocabulary import Residency

Answer = dict[str, Any]


def judge_retention(case: Case) -> Answer:
    """Answer how long a record stands, or what it lacks (REC-01 to REC-06)."""
    answer: Answer = {}
    if case.get("record") is not None:
        answer |= _completeness(read.mapping(case["record"], "record"))
    if read.first_of(case, "closed_at", "last_event_at") is not None:
        answer |= _dates(case)
    return answer


def yearly_metrics(case: Case) -> Answer:
    """Answer with the figures of a year, and whether and by when to publish them (MET)."""
    year = read.whole(read.needed(case, "year"), "year")
    policy = nearest_to(read.day(f"{year}-12-31"))
    answer: Answer = {
        "publish_by": metrics.publish_by(policy, year).isoformat(),
        "population": policy.metrics.population,
    }
    if case.get("consumers_in_year") is not None:
        consumers = read.whole(case["consumers_in_year"], "consumers_in_year")
        answer["threshold_met"] = metrics.threshold_met(policy, consumers)
    if case.get("requests") is not None:
        answer |= _figures(policy, year, read.rows(case["requests"], "requests"))
    return answer


def version(case: Case) -> Answer:
    """Answer with what held on the day of receipt, whatever the day of asking (PRN-02)."""
    received_at = read.instant(read.needed(case, "received_at"))
    policy = read.revision_at(received_at)
    received_on = local_date(received_at, policy)
    answer: Answer = {"version": policy.version}
    if case.get("parameter") is not None:
        answer["value"] = _parameter(policy, str(case["parameter"])).on(received_on)
    if case.get("request_type") is not None:
        kind = read.request_type(case)
        switch = case.get("enabled")
        enabled = None if switch is None else bool(switch)
        answer["accepted"] = rights.accepts(policy, kind, received_on, enabled=enabled)
    return answer


DOORS = {"retention": judge_retention, "metrics": yearly_metrics, "version": version}


def _completeness(record: Mapping[str, object]) -> Answer:
    received_on = record.get("date_of_request")
    policy = nearest_to(read.day(received_on) if received_on else read.day("9999-01-01"))
    missing = retention.missing_fields(policy, record)
    return {"valid": not missing, "missing": list(missing)}


def _dates(case: Case) -> Answer:
    closed_at = read.instant(read.first_of(case, "closed_at", "last_event_at"))
    policy = read.revision_at(closed_at)
    if retention.kept_without_end(policy, str(case.get("record_kind") or "")):
        return {"retain_until": None, "purge_on": None, "purge_allowed": False}
    last_event_at = read.optional_instant(case.get("last_event_at"))
    dates = retention.retention_dates(policy, closed_at, last_event_at)
    answer: Answer = {
        "retain_until": dates.retain_until.isoformat(),
        "purge_on": dates.purge_on.isoformat(),
    }
    hold = bool(case.get("legal_hold"))
    if hold or case.get("as_of") is not None:
        today = read.day(case.get("as_of") or dates.retain_until, policy)
        answer["purge_allowed"] = retention.purge_allowed(dates, today, legal_hold=hold)
    return answer


def _figures(policy: Policy, year: int, requests: list[Case]) -> Answer:
    figures = metrics.yearly_figures(policy, year, [_outcome(request) for request in requests])
    answer: Answer = {
        group.value: each.model_dump(exclude={"denied_unverified"})
        for group, each in figures.items()
    }
    answer["denied_unverified"] = {
        group.value: each.denied_unverified for group, each in figures.items()
    }
    return answer


def _outcome(request: Case) -> metrics.Outcome:
    place = request.get("residency")
    return metrics.Outcome(
        received_at=read.instant(read.needed(request, "received_at")),
        responded_at=read.optional_instant(request.get("responded_at")),
        request_type=read.request_type(request),
        decision=request.get("decision"),
        residency=None if place is None else read.word(Residency, str(place)),
        synthetic=bool(request.get("synthetic")),
    )


def _parameter(policy: Policy, name: str) -> Any:
    found = {row.name: row for row in policy.parameters}.get(name)
    if found is None:
        known = ", ".join(row.name for row in policy.parameters)
        raise read.CaseUnreadable(f"There is no parameter `{name}`; choose one of {known}.")
    return found
