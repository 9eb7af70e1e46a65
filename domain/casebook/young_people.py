"""Door to young people: bands of age, opt-ins, parents (MIN)."""

from collections.abc import Mapping

from domain import clocks, minors, verification
from domain.asking_again import may_ask_again_from
from domain.casebook import _facts as facts
from domain.casebook import _reading as read
from domain.casebook._reading import Case
from domain.days import local_date
from domain.minors import Band, OptIn
from domain.policy import Policy
from domain.vocabulary import Requester, RequestType, VerificationOutcome

Answer = dict[str, object]

_METHODS = (
    ("signed_form", ("form",)),
    ("video_call", ("video",)),
    ("payment_card", ("payment", "card", "credit", "debit")),
    ("in_person", ("in_person", "face_to_face", "personal_visit")),
    ("government_id_check", ("government", "gov_id", "id_check", "id_database", "official_id")),
    ("phone_call", ("call", "telephone", "toll_free", "hotline", "trained_staff", "phone")),
)
"""Words by which a way to confirm a parent is known; the first that fits names it (MIN-05)."""

_BESIDE_THE_WAY = ("unsigned", "without", "no_notif", "unnotified", "phone_number", "untrained")
_NAMES_OF_PARENTS = ("parent", "guardian", "mother", "father")


def minor(case: Case) -> Answer:
    """Answer what follows from a person's age (MIN-01 to MIN-09, REQ-05)."""
    policy = facts.revision(case)
    band = _band(case, policy)
    method = _method(case, policy)
    answer: Answer = {
        "band": band.value if band else None,
        "parent_confirmed": minors.parent_confirmed(policy, method),
        "under16_is_spi": policy.minors.under16_is_sensitive,
    }
    if band is not None:
        answer |= _of_band(case, policy, band, method)
    return answer | _asking_again(case, policy) | _purge_dates(case, policy)


DOORS = {"minor": minor}


def _of_band(case: Case, policy: Policy, band: Band, method: str | None) -> Answer:
    opt_in = _opt_in(case, policy, method)
    letter = minors.confirmation_letter(policy, band, opt_in)
    return {
        "policy_purge": minors.opens_purge(band),
        "sale_allowed": minors.sale_allowed(
            policy, band, opt_in, opted_out=facts.said(case, "opted_out", "already_opted_out")
        ),
        "under16_is_spi": minors.is_sensitive(policy, band),
        "notice": letter.value if letter else None,
        **_filing(case, policy, band, method),
    }


def _filing(case: Case, policy: Policy, band: Band, method: str | None) -> Answer:
    if case.get("request_type") is None:
        return {"needs": None, "verification_outcome": None}
    kind = read.request_type(case)
    needs = minors.still_needed(
        policy, band, facts.requester(case), kind, steps=_steps(case), method=method
    )
    required = verification.is_required(policy, kind, read.residency(case))
    outcome = None if required else VerificationOutcome.NOT_REQUIRED
    if needs is not None:
        outcome = VerificationOutcome.NEED_MORE_INFO
    return {
        "needs": needs.value if needs else None,
        "verification_outcome": outcome.value if outcome else None,
    }


def _band(case: Case, policy: Policy) -> Band | None:
    stated = read.first_of(case, "band", "age_band")
    if stated is not None:
        return read.word(Band, str(stated).upper())
    birth_date = read.first_of(case, "birth_date", "date_of_birth")
    if birth_date is not None:
        return minors.band_on(policy, read.day(birth_date), facts.receipt_date(case, policy))
    age = read.first_of(case, "age")
    return None if age is None else minors.band_of_age(policy, read.whole(age, "age"))


def _method(case: Case, policy: Policy) -> str | None:
    opt_in = case.get("opt_in")
    inner = opt_in.get("method") if isinstance(opt_in, Mapping) else None
    stated = read.first_of(case, "method", "parent_method") or inner
    if stated is None:
        return None
    words = facts.plain(stated)
    if words in policy.minors.parent_methods or any(word in words for word in _BESIDE_THE_WAY):
        return words
    found = (name for name, marks in _METHODS if any(mark in words for mark in marks))
    return next(found, words)


def _opt_in(case: Case, policy: Policy, method: str | None) -> OptIn | None:
    stated = case.get("opt_in")
    if isinstance(stated, Mapping):
        return _detailed(case, stated, method)
    asked = read.first_of(case, "request_type") == RequestType.OPT_IN_MINOR
    if stated is None and asked:
        stated = _steps(case) is not None or method is not None
    if not facts.yes(stated):
        return None
    words = facts.plain(stated)
    confirmed = minors.parent_confirmed(policy, method)
    by_parent = facts.requester(case) is Requester.PARENT or _names_a_parent(words) or confirmed
    steps = 1 if "one_step" in words or "single" in words else _steps(case)
    return OptIn(by_parent=by_parent, steps=steps, method=method)


def _detailed(case: Case, stated: Case, method: str | None) -> OptIn | None:
    if facts.maybe(stated, "valid", "given") is False:
        return None
    by = facts.plain(read.first_of(stated, "by", "given_by", "actor", "from", "who") or "")
    steps = _counted(read.first_of(stated, "steps_done", "steps"))
    if steps is None and facts.maybe(stated, "confirmed", "second_step") is False:
        steps = 1
    asks = facts.requester(case) is Requester.PARENT and not by
    return OptIn(
        by_parent=asks or _names_a_parent(by),
        steps=_steps(case) if steps is None else steps,
        method=method,
    )


def _names_a_parent(words: str) -> bool:
    return any(name in words for name in _NAMES_OF_PARENTS)


def _steps(case: Case) -> int | None:
    return _counted(read.first_of(case, "steps_done", "steps"))


def _counted(value: object) -> int | None:
    """Read how many steps were taken: a number, a list of them, or a yes or no for each."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        return sum(facts.yes(done) for done in value.values())
    if isinstance(value, list | tuple):
        return len(value)
    return read.whole(value, "steps_done")


def _asking_again(case: Case, policy: Policy) -> Answer:
    refused = read.first_of(case, "refused_on", "refused_at", "refusal_date", "opt_in_refused_on")
    if refused is None:
        return {}
    birth_date = read.first_of(case, "birth_date", "date_of_birth")
    born = None if birth_date is None else read.day(birth_date)
    return {"may_ask_again_from": may_ask_again_from(policy, read.day(refused), born).isoformat()}


def _purge_dates(case: Case, policy: Policy) -> Answer:
    received_at = facts.received_at(case)
    if received_at is None or read.first_of(case, "request_type") != RequestType.MINOR_PURGE:
        return {}
    dates = clocks.request_dates(policy, RequestType.MINOR_PURGE, read.residency(case), received_at)
    return {
        "receipt_date": local_date(received_at, policy).isoformat(),
        "deactivate_by": read.iso(dates.target_due),
        "delete_by": dates.response_due.isoformat(),
    }
