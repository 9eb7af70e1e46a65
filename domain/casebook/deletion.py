"""Doors to deletion and to everyone else who is told: deletion, providers."""

from collections.abc import Mapping
from datetime import date

from domain import clocks, deletion, feeds, recipients, sequence
from domain.casebook import _facts as facts
from domain.casebook import _reading as read
from domain.casebook._reading import Case
from domain.days import local_date
from domain.deletion import Claim, HeldRecord
from domain.policy import Policy
from domain.recipients import CompanyRole, Disclosure, Holder, Role, Told
from domain.vocabulary import Decision, RequestType, VerificationOutcome

Answer = dict[str, object]

_OURS = frozenset({"request_record", "request", "request_log", "suppression", "suppression_entry"})
_USED_AGAIN = (
    "accessed_for_commercial_purpose",
    "used_for_commercial_purpose",
    "next_accessed",
    "used_for_sale",
)
_EXECUTED = (
    "executed_at",
    "decision_executed_at",
    "executed_on",
    "directive_at",
    "directive_date",
    "directed_at",
    "directive_sent_at",
    "decided_at",
    "decision_at",
)
_DECIDED = (
    "decided_at",
    "denied_at",
    "denial_at",
    "unverified_at",
    "window_closed_at",
    "closed_at",
    "as_of",
    "evaluated_at",
    "now",
)
_PURPOSES = (
    "purpose",
    "requested_purpose",
    "requested_use",
    "intended_use",
    "use_for",
    "used_for",
    "use",
    "use_purpose",
    "adapter",
)
_LOCKS = ("use_lock", "retained_under", "retained_code", "exception_code", "ground", "code")
_UNVERIFIED = frozenset(
    {VerificationOutcome.UNVERIFIED_TREAT_AS_OPT_OUT, VerificationOutcome.UNVERIFIED_DENY}
)
_COMPANY_ROLES = {
    "contractor": CompanyRole.SERVICE_PROVIDER,
    "processor": CompanyRole.SERVICE_PROVIDER,
}
_ROLES = {"provider": Role.SERVICE_PROVIDER, "processor": Role.SERVICE_PROVIDER}


def delete(case: Case) -> Answer:
    """Answer what a deletion comes to, and what follows from it (DEL, REQ-12, SVC-02)."""
    policy = _operators_choice(case, facts.revision(case))
    answer: Answer = {"redelete": _redelete(case)}
    answer |= _unverified(case, policy)
    if case.get("records") is not None and "decision" not in answer:
        answer |= _planned(case, policy)
    if case.get("holders") is not None:
        answer |= _told(case, review=answer.get("decision") == Decision.REVIEW_REQUIRED)
    return answer | _order(case, policy) | _use(case, policy) | _execution(case, policy)


def provide(case: Case) -> Answer:
    """Answer what providers do, and what feeds and imports may not (SVC, COR-04, DEL-13)."""
    policy, role = facts.revision(case), _company_role(case)
    answers = recipients.answers_consumer(role)
    answer: Answer = {
        "disclose": answers,
        "action": None if answers else _as_service_provider(case),
        "consumer_letter_waits": recipients.LETTER_WAITS,
    }
    if case.get("holders") is not None:
        answer |= _told(case, review=False)
    return answer | _execution(case, policy) | _fed(case) | _imported(case)


DOORS = {"deletion": delete, "providers": provide}


def _planned(case: Case, policy: Policy) -> Answer:
    records = [_record(row) for row in read.rows(case["records"], "records")]
    planned = deletion.plan(
        policy,
        records,
        received_on=_received_on(case, policy),
        residency=read.residency(case),
    )
    opted_out = facts.said(case, "already_opted_out", "opted_out")
    journal = facts.said(case, "journal_stands", "restore_journal_open")
    return {
        "decision": planned.decision.value,
        "deleted": list(planned.deleted),
        "retained": dict(planned.retained),
        "deferred_backup": list(planned.deferred),
        "in_review": list(planned.in_review),
        "confirm_before_erasure": dict(planned.fallen),
        "opt_out_offer": deletion.offers_opt_out(planned.decision, already_opted_out=opted_out),
        "marketing_suppressed": planned.suppresses_marketing,
        "final_letter_allowed": deletion.final_letter_allowed(planned, journal_stands=journal),
    }


def _record(row: Case) -> HeldRecord:
    role = facts.plain(read.first_of(row, "role", "kind", "collection_role") or "")
    source = facts.plain(read.first_of(row, "source") or "consumer")
    return HeldRecord(
        id=str(read.needed(row, "id", "name")),
        from_consumer=source in ("consumer", "you", "self", "person"),
        in_backup=facts.plain(row.get("system") or "live") in ("backup", "archive", "archived"),
        claim=_claim(row.get("exception")),
        marketing_list=role == "marketing_list",
        ours=role in _OURS or facts.plain(row.get("system") or "") in _OURS,
    )


def _claim(value: object) -> Claim | None:
    if isinstance(value, str):
        value = {"code": value}
    if not isinstance(value, Mapping) or not any(value.values()):
        return None
    texts = {name: str(value.get(name) or "") for name in ("reviewer", "reason", "hold_id")}
    conditions = ("informed_consent", "expectations_aligned", "context_compatible")
    flags = {name: facts.said(value, name) for name in conditions}
    return Claim.model_validate({"code": str(value.get("code") or ""), **texts, **flags})


def _received_on(case: Case, policy: Policy) -> date:
    """Return the day of receipt; a case without one is of today's law."""
    moment = facts.received_at(case)
    return local_date(moment, policy) if moment else policy.effective_from


def _operators_choice(case: Case, policy: Policy) -> Policy:
    choice = read.first_of(case, "delete_third_party_sourced", "delete_ncc", "ncc_delete")
    if choice is None and case.get("ncc_policy") is not None:
        choice = str(case["ncc_policy"]).lower() == "delete"
    if choice is None:
        return policy
    terms = policy.deletion.model_copy(update={"delete_third_party_sourced": facts.yes(choice)})
    return policy.model_copy(update={"deletion": terms})


def _unverified(case: Case, policy: Policy) -> Answer:
    """Answer for a deletion whose identity was not verified (VER-08, DEL-10)."""
    outcome = str(read.first_of(case, "verification_outcome", "outcome") or "")
    verified = facts.maybe(case, "verified", "identity_verified")
    unverified = outcome in _UNVERIFIED or verified is False
    received_at = facts.received_at(case)
    if received_at is None or (verified or (outcome and not unverified)):
        return {}
    decided_at = read.optional_instant(read.first_of(case, *_DECIDED))
    effective_by = deletion.opt_out_effective_by(policy, received_at, decided_at)
    answer: Answer = {"opt_out_effective_by": effective_by.isoformat()}
    if not unverified:
        return answer
    return answer | {
        "decision": Decision.UNVERIFIED_TREAT_AS_OPT_OUT.value,
        "verification_outcome": VerificationOutcome.UNVERIFIED_TREAT_AS_OPT_OUT.value,
        "deleted": [],
        "retained": {},
        "deferred_backup": [],
        "opt_out_offer": False,
        "final_letter_allowed": True,
    }


def _redelete(case: Case) -> bool:
    happened = str(read.first_of(case, "event", "backup_event") or "")
    told = (key for key, value in case.items() if "restor" in key and facts.yes(value))
    restored = facts.said(case, *_USED_AGAIN) or any(told) or "restor" in happened.lower()
    deleted = facts.maybe(case, "previously_deleted", "was_deleted", "on_reapply_list", "in_list")
    return deletion.must_delete_again(restored=restored, was_deleted=deleted is not False)


def _order(case: Case, policy: Policy) -> Answer:
    names = facts.many(read.first_of(case, "types", "request_types"))
    if not names:
        return {}
    by_type = {read.request_type({"request_type": name}): str(name) for name in names}
    answer: Answer = {"order": [by_type[kind] for kind in sequence.in_order(by_type)]}
    received_at = facts.received_at(case)
    if received_at is None:
        return answer
    dates = clocks.request_dates(policy, RequestType.DELETE, read.residency(case), received_at)
    return answer | {
        "delete_at_latest": sequence.erase_at_latest(policy, dates.response_due).isoformat()
    }


def _use(case: Case, policy: Policy) -> Answer:
    purpose = read.first_of(case, *_PURPOSES)
    if purpose is None:
        return {}
    ground = _lock(case)
    code = None if ground is None else str(ground)
    allowed = deletion.may_use(policy, code, facts.plain(purpose))
    return {"use_allowed": allowed, "use_lock": code}


def _lock(case: Case) -> object:
    """Read the ground under which a record is kept: of the case, of its record, or of its list."""
    record, kept = case.get("record"), case.get("retained")
    if isinstance(record, Mapping):
        nested = record.get("exception")
        return _lock({**record, **(nested if isinstance(nested, Mapping) else {})})
    if isinstance(kept, Mapping) and kept:
        return kept.get(str(record), next(iter(kept.values())))
    return read.first_of(case, *_LOCKS)


def _told(case: Case, *, review: bool) -> Answer:
    kind = read.request_type(case, RequestType.DELETE)
    holders = [] if review else [_holder(row, case) for row in _holder_rows(case)]
    ways = recipients.everyone_told(holders, kind)
    return {
        "directives_to": list(ways[Told.DIRECTED]),
        "third_party_notices_to": list(ways[Told.NOTIFIED]),
        "erased_directly": list(ways[Told.ERASED_DIRECTLY]),
        "explained_to_consumer": list(ways[Told.EXPLAINED]),
    }


def _holder_rows(case: Case) -> list[Case]:
    return read.rows(facts.many(case["holders"]), "holders")


def _holder(row: Case, case: Case) -> Holder:
    role = facts.plain(read.needed(row, "role", "kind", "type"))
    received = facts.maybe(row, "received_data", "holds_data", "has_data", "holds", "data_held")
    contract = facts.maybe(row, "contract_ok", "contract")
    return Holder(
        name=str(read.needed(row, "name", "id", "to", "holder")),
        role=_ROLES.get(role) or read.word(Role, role),
        contract_ok=contract is not False,
        received_data=received is not False,
        sold_or_shared=facts.said(
            row, "sold_or_shared", "data_sold_or_shared", "sold_shared", "sold", "shared"
        )
        or facts.said(row, "shared", "data_shared"),
        between=_between(row, case),
        own_records=facts.said(row, "own_records", "has_own_records", "in_data_map"),
        unreachable=facts.said(row, "impossible", "disproportionate", "unreachable"),
    )


def _between(row: Case, case: Case) -> bool:
    """Tell whether a third party was given data before an opt-out took effect (SVC-08)."""
    at, received_at = read.first_of(row, "disclosed_at", "at"), facts.received_at(case)
    if at is None or received_at is None:
        keys = (
            "disclosed_between",
            "disclosed_between_request_and_compliance",
            "disclosed_after_request",
            "between",
        )
        return facts.said(row, *keys)
    complied_at = read.optional_instant(case.get("complied_at"))
    given = Disclosure(to="", at=read.instant(at))
    return bool(recipients.received_between([given], received_at, complied_at))


def _execution(case: Case, policy: Policy) -> Answer:
    at = read.optional_instant(read.first_of(case, *_EXECUTED, *filter(_dates_a_step, case)))
    if at is None:
        return {}
    revision = policy if facts.received_at(case) else read.revision_at(at)
    dates = recipients.execution(revision, at)
    return {
        "directive_date": dates.directive_date.isoformat(),
        "confirm_due": dates.confirm_due.isoformat(),
    }


def _dates_a_step(key: str) -> bool:
    """Tell whether a key dates the execution or a direction."""
    starts = key.startswith(("directive", "directed", "execut"))
    return starts and key.endswith(("_at", "_on", "_date"))


def _company_role(case: Case) -> CompanyRole:
    name = facts.plain(case.get("company_role") or CompanyRole.BUSINESS)
    return _COMPANY_ROLES.get(name) or read.word(CompanyRole, name)


def _as_service_provider(case: Case) -> str:
    instructed = facts.said(case, "client_instructions", "client_instruction", "instructions")
    return "ACT_ON_INSTRUCTIONS" if instructed else "FORWARD_TO_CLIENT"


def _fed(case: Case) -> Answer:
    """Answer whether a feed may write a field (COR-04)."""
    if "feed_value_differs" not in case and "feed_date" not in case:
        return {}
    corrected_on = read.first_of(case, "corrected_on", "corrected_at", "pinned_on")
    source = facts.plain(read.first_of(case, "feed_source", "source") or "feed")
    differs = facts.maybe(case, "feed_value_differs")
    return {
        "overwritten": feeds.overwrites(
            pinned=corrected_on is not None and facts.maybe(case, "pinned") is not False,
            differs=differs is not False,
            from_consumer=source in ("consumer", "person", "self"),
        )
    }


def _imported(case: Case) -> Answer:
    """Answer whether rows of an import get in (DEL-13)."""
    suppressed = read.first_of(case, *(key for key in case if "suppress" in key))
    rows = read.first_of(case, "import", "imports", "import_rows", "rows", "people", "persons")
    listed = [str(each) for each in facts.many(suppressed)]
    if isinstance(rows, list | tuple):
        return {"imported": feeds.admitted([_identity(row) for row in rows], listed)}
    if suppressed is None:
        return {}
    if not isinstance(suppressed, list | tuple):
        return {"imported": not facts.yes(suppressed)}
    person = _identity(rows if rows is not None else case)
    return {"imported": bool(feeds.admitted([person], listed)) if person else not listed}


def _identity(row: object) -> str:
    if not isinstance(row, Mapping):
        return str(row)
    return str(read.first_of(row, "id", "email", "person", "identity", "name") or "")
