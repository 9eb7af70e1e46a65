"""Doors to correcting and choosing: correction, optout."""

from collections.abc import Mapping

from domain import correction, fraud, preferences, recipients
from domain.casebook import _facts as facts
from domain.casebook import _reading as read
from domain.casebook._reading import Case
from domain.correction import Circumstances, PriorDenial, Weighing
from domain.fraud import Belief
from domain.policy import Policy
from domain.recipients import Disclosure
from domain.vocabulary import Decision, RequestType, VerificationOutcome

Answer = dict[str, object]

_ACCURATE = (
    "more_likely_accurate",
    "more_likely_than_not_accurate",
    "likely_accurate",
    "more_likely_than_not",
    "held_value_likely_accurate",
)
_LIKELIHOOD = ("likelihood_accurate", "probability_accurate", "accuracy_likelihood")
_WEIGHT_OF_FACTS = (
    "company_is_source",
    "company_documents",
    "consumer_documents",
    "consumer_assertion",
    "weighing",
    "totality",
    *_ACCURATE,
    *_LIKELIHOOD,
)
_EVEN = 0.5
_FRAUD = ("fraudulent", "abusive", "fraud", "fraudulent_or_abusive")


def correct(case: Case) -> Answer:
    """Answer how a correction is decided, and what else the law says of it (COR-01 to COR-10)."""
    policy = facts.revision(case)
    answer: Answer = {
        "repeat_denial_allowed": correction.may_deny_as_repeated(
            policy, facts.receipt_date(case, policy), _prior(case)
        ),
        "fraud_denial_allowed": fraud.allows_denial(_belief(case)),
        "counts_toward_know_limit": False,
    }
    return (
        answer | _weighed(case) | _instead(case) | _statement(case, policy) | _source(case, policy)
    )


def choose(case: Case) -> Answer:
    """Answer how an opt-out, limit, signal or opt-in is decided and recorded (OPT-01 to OPT-10)."""
    policy = facts.revision(case)
    kind = read.request_type(case, RequestType.OPT_OUT_SALE_SHARING)
    if kind in preferences.OPT_INS:
        return _opted_in(case, policy, kind)
    ignored = _is_mere_header(case) and not _signals(case, policy)
    decision = None if ignored else preferences.decide(kind, _belief(case))
    granted = decision is Decision.GRANT
    letter = preferences.confirmation(policy, kind)
    return {
        "decision": decision.value if decision else None,
        "explanation_required": decision is Decision.DENY,
        "must_notify": _must_notify(case),
        "opt_out_recorded": granted,
        "verification_outcome": VerificationOutcome.NOT_REQUIRED.value,
        "status_display_required": policy.opt_out.status_display_required,
        "notice": letter.value if letter and granted else None,
        "nothing_sold_statement": granted and not policy.disclosure.sells_or_shares,
        "expires_on": None,
        **_signal_records(case),
    }


DOORS = {"correction": correct, "optout": choose}


def _belief(case: Case) -> Belief | None:
    claim = facts.plain(read.first_of(case, "claim", "belief") or "")
    if claim not in _FRAUD and not facts.said(case, "fraudulent", "abusive"):
        return None
    return Belief(
        documented=facts.said(case, "documented", "documentation", "belief_documented"),
        good_faith=facts.maybe(case, "good_faith") is not False,
        reasonable=facts.maybe(case, "reasonable") is not False,
    )


def _prior(case: Case) -> PriorDenial | None:
    denied_on = read.first_of(case, "prior_denial_date", "denial_date", "denied_on", "prior_denial")
    if denied_on is None:
        return None
    documents = read.first_of(case, "new_documents", "new_documentation", "additional_documents")
    return PriorDenial(
        denied_on=read.day(denied_on),
        same_inaccuracy=facts.maybe(case, "same_inaccuracy", "same") is not False,
        new_documents=facts.yes(documents),
    )


def _weighed(case: Case) -> Answer:
    if not any(key in case for key in _WEIGHT_OF_FACTS):
        return {}
    decision = correction.propose(
        Circumstances(
            company_is_source=facts.said(case, "company_is_source"),
            company_documents=_documents(case, "company_documents"),
            consumer_documents=_documents(case, "consumer_documents", "documents"),
            consumer_assertion=facts.maybe(case, "consumer_assertion") is not False,
            weighing=_weighing(case),
        )
    )
    return {"decision": decision.value}


def _documents(case: Case, *keys: str) -> int:
    value = read.first_of(case, *keys)
    if isinstance(value, bool) or value is None:
        return int(bool(value))
    return len(value) if isinstance(value, list | tuple) else read.whole(value, keys[0])


def _weighing(case: Case) -> Weighing | None:
    likelihood = read.first_of(case, *_LIKELIHOOD)
    accurate = facts.maybe(case, *_ACCURATE)
    if likelihood is not None:
        accurate = facts.number(likelihood, _LIKELIHOOD[0]) > _EVEN
    words = facts.plain(read.first_of(case, "weighing", "totality", "finding") or "")
    if words:
        accurate = "accurate" in words and "inaccurate" not in words
    if accurate is None:
        return None
    return Weighing.LIKELY_ACCURATE if accurate else Weighing.LIKELY_INACCURATE


def _instead(case: Case) -> Answer:
    """Answer whether deleting would do instead (COR-05)."""
    if "negative_impact" not in case:
        return {}
    allowed = correction.may_delete_instead(
        negative_impact=facts.said(case, "negative_impact"),
        consent=facts.said(case, "consent", "consumer_consent"),
    )
    return {
        "decision": Decision.GRANT.value,
        "delete_instead_allowed": allowed,
        "action": "delete_or_correct" if allowed else "correct",
    }


def _statement(case: Case, policy: Policy) -> Answer:
    statement = read.first_of(case, "statement", "statement_text", "health_statement")
    words = read.first_of(case, *(key for key in case if "word" in key))
    if statement is None and words is None:
        return {}
    count = correction.words_in(str(statement)) if words is None else read.whole(words, "words")
    health = facts.maybe(case, "health", "health_data", "is_health_data", "about_health")
    accepted = correction.statement_accepted(policy, count, about_health=health is not False)
    return {"statement_accepted": accepted, "words": count}


def _source(case: Case, policy: Policy) -> Answer:
    if case.get("company_is_source") is None:
        return {}
    own = facts.said(case, "company_is_source")
    naming = correction.naming_of_source(policy, facts.receipt_date(case, policy))
    return {
        "name_source": correction.names_source(policy, company_is_source=own),
        "source_naming": naming.value if naming and not own else None,
    }


def _opted_in(case: Case, policy: Policy, kind: RequestType) -> Answer:
    complete = preferences.opt_in_complete(policy, _steps(case, policy))
    need = VerificationOutcome.NEED_MORE_INFO
    outcome = VerificationOutcome.NOT_REQUIRED if complete else need
    return {
        "decision": Decision.GRANT.value if complete else need.value,
        "verification_outcome": outcome.value,
        "explanation_required": False,
        "must_notify": [],
        "opt_out_recorded": not complete,
        "needs": None if complete else "second_step",
        "notice": None,
    }


def _steps(case: Case, policy: Policy) -> int:
    value = read.first_of(case, "steps_done", "steps", "steps_completed")
    if value is None:
        confirmed = facts.said(case, "confirmed", "second_step", "confirmation")
        return policy.opt_out.opt_in_steps if confirmed else 1
    if isinstance(value, Mapping):
        return sum(facts.yes(done) for done in value.values())
    return len(value) if isinstance(value, list | tuple) else read.whole(value, "steps_done")


def _is_mere_header(case: Case) -> bool:
    """Tell whether nothing but a browser's headers asks for the opt-out."""
    asked = case.get("request_type") not in (None, RequestType.GPC_SIGNAL)
    return case.get("header") is not None and not asked


def _signals(case: Case, policy: Policy) -> bool:
    return preferences.signals_opt_out(policy, _headers(case["header"]))


def _headers(value: object) -> dict[str, str]:
    """Read headers from an object, a line `Sec-GPC: 1`, or a list of lines; a bare name is on."""
    if isinstance(value, Mapping):
        return {_header_name(str(name)): _sent(sent) for name, sent in value.items()}
    lines = [part for line in facts.many(value) for part in str(line).splitlines()]
    pairs = [line.replace("=", ":", 1).partition(":") for line in lines]
    return {_header_name(name): sent.strip() if parted else "1" for name, parted, sent in pairs}


def _header_name(name: str) -> str:
    return "Sec-GPC" if name.strip().upper() in ("GPC", "GLOBAL PRIVACY CONTROL") else name


def _sent(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _must_notify(case: Case) -> list[str]:
    rows = read.rows(case.get("disclosures") or [], "disclosures")
    if not rows:
        return []
    given = [
        Disclosure(to=str(read.needed(row, "to")), at=read.instant(read.needed(row, "at")))
        for row in rows
    ]
    received_at = read.instant(read.needed(case, "received_at"))
    complied_at = read.optional_instant(case.get("complied_at"))
    return list(recipients.received_between(given, received_at, complied_at))


def _signal_records(case: Case) -> Answer:
    """Answer how many records several signals make (OPT-10)."""
    if case.get("signals") is None:
        return {}
    signals = [
        (str(row.get("device") or row.get("device_id") or ""), str(row.get("person") or ""))
        for row in read.rows(case["signals"], "signals")
    ]
    made = len(preferences.records(signals))
    return {"records": made, "records_created": made}
