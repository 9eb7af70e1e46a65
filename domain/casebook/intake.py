"""Doors to what comes in: intake, household, drop."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from domain import data_broker, household, intake
from domain.casebook import _facts as facts
from domain.casebook import _reading as read
from domain.casebook._reading import Case
from domain.days import local_date
from domain.policy import Policy
from domain.policy_terms.duties import BrokerTerms
from domain.vocabulary import Requester, RequestType, VerificationOutcome
from domain.wishes import Wish, read_wish

Answer = dict[str, object]

_TEXTS = ("subject", "body", "text", "message")
_USES = ("purpose", "use", "used_for", "use_of_request_data", "requested_use", "adapter")
_DEMANDS = ("demand", "demands", "asks_for", "ask_for", "asked_for", "requires", "required")
_EFFECTS = ("effect", "effects", "consequence", "retaliation", "price_change", "price_effect")
_ADVERSE = ("deny_service", "price", "quality", "service_level", "eligibility")
_NAMES_OF_USES = {
    "verif": "verify",
    "identity": "verify",
    "handl": "handle",
    "fulfil": "handle",
    "respond": "handle",
    "respons": "handle",
    "answer": "handle",
    "record": "record",
    "complian": "record",
    "secur": "secure",
}
_NAMES_OF_DEMANDS = {
    "resid": "proof_of_residency",
    "account": "account",
    "poa": "power_of_attorney",
    "power_of_attorney": "power_of_attorney",
    "fee": "fee",
    "payment": "fee",
    "notar": "notarization",
    "subject": "subject_line",
    "again": "filing_again",
    "resubmit": "filing_again",
}
_TESTIMONIAL_NAMES = {
    "name": ("name", "full_name"),
    "location": ("location", "testimonial_location", "location_of_testimonial", "url", "page"),
    "contact": ("contact", "contact_data", "contact_information", "contact_info", "email"),
}


def take(case: Case) -> Answer:
    """Answer what is taken as a request, and what may be asked and done (REQ, PRN)."""
    case = {**case, **(case["facts"] if isinstance(case.get("facts"), Mapping) else {})}
    policy = facts.revision(case)
    wish = _wish(case)
    kind = _kind(case, wish)
    opens = kind is not None or _is_told_of(case)
    contacts = list(_contacts(case))
    return {
        "opens_request": opens,
        "request_type": kind.value if kind else None,
        "request_types": [each.value for each in wish.types] if wish else _named(kind),
        "read_broadly": wish.read_broadly if wish else False,
        "accepted": opens if kind is None else _accepted(case, policy, kind),
        "treatment": intake.Treatment.TREAT_AS_SUBMITTED.value if opens else None,
        "clock_starts": intake.clock_starts(policy, contacts).isoformat() if contacts else None,
        **_allowed(case, policy),
        **_missing(case, kind),
    }


def split(case: Case) -> Answer:
    """Answer what becomes of each member of a household (REQ-06)."""
    policy = facts.revision(case)
    members = [_member(row) for row in facts.many(read.needed(case, "members"))]
    parts = household.split(
        policy,
        read.request_type(case, RequestType.KNOW_BOTH),
        members,
        verified=_by_member(case.get("verified"), members),
        prior_served=_counts(case.get("prior_know_of")),
    )
    return {
        "requests_created": len(parts.members),
        "unaffected_by_failure": list(parts.unaffected),
        "excess": list(parts.excess),
        "served": list(parts.served),
    }


def drop(case: Case) -> Answer:
    """Answer whether the state's platform is read, and often enough (DRP-01, DRP-02)."""
    policy = facts.revision(case)
    terms = _broker(case, policy)
    as_of = read.first_of(case, "as_of", "today", "evaluated_at")
    today = None if as_of is None else read.day(as_of, policy)
    pulls = [read.day(pull, policy) for pull in facts.many(case.get("pulls"))]
    received = read.first_of(case, "deletion_received_on", "received_on", "received_at")
    due = None if received is None else data_broker.delete_by(terms, read.day(received, policy))
    return {
        "drop_adapter_enabled": data_broker.reads_platform(terms, today),
        "compliant": data_broker.is_compliant(terms, pulls, today),
        "delete_by": read.iso(due),
    }


DOORS = {"intake": take, "household": split, "drop": drop}


def _wish(case: Case) -> Wish | None:
    texts = [str(case.get(key) or "") for key in _TEXTS]
    subject, *bodies = texts
    return read_wish(subject, "\n".join(bodies)) if any(key in case for key in _TEXTS) else None


def _kind(case: Case, wish: Wish | None) -> RequestType | None:
    if case.get("request_type") is not None:
        return read.request_type(case)
    return wish.types[0] if wish else None


def _is_told_of(case: Case) -> bool:
    """Tell whether the case speaks of a request without its words."""
    return "channel" in case and not any(key in case for key in _TEXTS)


def _named(kind: RequestType | None) -> list[str]:
    return [kind.value] if kind else []


def _accepted(case: Case, policy: Policy, kind: RequestType) -> bool:
    moment = facts.received_at(case)
    day = local_date(moment, policy) if moment else policy.effective_from
    default = Requester.REPORTER if kind in intake.COMPANY_OPENED else Requester.CONSUMER
    requester = facts.requester(case) if case.get("requester") else default
    enabled = facts.maybe(case, "enabled")
    return intake.is_taken(policy, kind, requester, day, enabled=enabled)


def _contacts(case: Case) -> Iterator[datetime]:
    """Read every instant at which the request reached somebody (REQ-08)."""
    nested = case.get("contacts")
    for row in facts.many(nested):
        value = read.first_of(row, "at", "received_at") if isinstance(row, Mapping) else row
        yield read.instant(value)
    for key, value in case.items():
        if key.endswith("_at") and value is not None:
            yield read.instant(value)


def _allowed(case: Case, policy: Policy) -> Answer:
    """Answer what may be asked of people and done with what they told (PRN-04, PRN-05)."""
    answers = [
        *(intake.may_use_request_data(_use(each)) for each in _values(case, _USES)),
        *(intake.may_demand(policy, _demand(each)) for each in _values(case, _DEMANDS)),
        *(not facts.yes(each) for each in _values(case, (*_EFFECTS, *_ADVERSE))),
        *(not facts.yes(case[key]) for key in case if _is_demand(key)),
    ]
    return {"allowed": all(answers)} if answers else {}


def _values(case: Case, keys: tuple[str, ...]) -> list[object]:
    return [each for key in keys for each in facts.many(case.get(key))]


def _is_demand(key: str) -> bool:
    words = key.lower()
    asked = words.startswith(("require_", "requires_", "demand_", "demands_", "ask_for_", "must_"))
    return asked and any(name in words for name in _NAMES_OF_DEMANDS)


def _use(value: object) -> str:
    words = facts.plain(value)
    return next((use for name, use in _NAMES_OF_USES.items() if name in words), words)


def _demand(value: object) -> str:
    words = facts.plain(value)
    found = (thing for name, thing in _NAMES_OF_DEMANDS.items() if name in words)
    return facts.field_type(words) if "number" in words else next(found, facts.field_type(words))


def _missing(case: Case, kind: RequestType | None) -> Answer:
    if kind is not RequestType.TESTIMONIAL_CHANGE:
        return {"missing": []}
    provided = {facts.plain(name) for name in facts.many(case.get("provided"))}
    given = {
        item: read.first_of(case, *names) or provided.intersection(names) or ""
        for item, names in _TESTIMONIAL_NAMES.items()
    }
    missing = intake.missing_testimonial_items(given)
    need = VerificationOutcome.NEED_MORE_INFO.value
    return {
        "missing": [_as_named(case, item) for item in missing],
        **({"verification_outcome": need} if missing else {}),
    }


def _as_named(source: Case, item: str) -> str:
    """Return what the case itself calls an item that it leaves blank."""
    return next((name for name in _TESTIMONIAL_NAMES[item] if name in source), item)


def _member(row: object) -> str:
    if isinstance(row, Mapping):
        return str(read.needed(row, "id", "name", "member"))
    return str(row)


def _by_member(value: object, members: list[str]) -> dict[str, bool]:
    """Read who is verified: an object, or a list of those who are."""
    if isinstance(value, Mapping):
        return {str(name): facts.yes(done) for name, done in value.items() if done is not None}
    if value is None:
        return {}
    listed = {str(name) for name in facts.many(value)}
    return {member: member in listed for member in members}


def _counts(value: object) -> dict[str, int]:
    if not isinstance(value, Mapping):
        return {}
    return {
        str(name): len(count)
        if isinstance(count, list)
        else read.whole(count or 0, "prior_know_of")
        for name, count in value.items()
    }


def _broker(case: Case, policy: Policy) -> BrokerTerms:
    stated = facts.maybe(case, "is_data_broker", "data_broker")
    if stated is None:
        return policy.broker
    return policy.broker.model_copy(update={"is_data_broker": stated})
