"""Doors to who asks: verification of the consumer, authority of an agent."""

from collections.abc import Mapping

from domain import agents, clocks, declarations, verification
from domain.casebook import _facts as facts
from domain.casebook import _reading as read
from domain.casebook._reading import Case
from domain.declarations import Declaration, Signer
from domain.notice_words import Reader
from domain.policy import Policy
from domain.verification import AccountRoute, Evidence, Point, Question
from domain.vocabulary import PointOfIdentity, Requester, RequestType

Answer = dict[str, object]

_BROKEN = {"unsigned": "signed", "undated": "dated", "no_perjury_words": "perjury_words"}
_ABOUT_ONE_AGENT = ("request_type", "agent_kind", "signed_permission", "poa", "requester")
_ENTITIES = ("entity", "business", "business_entity", "company")
_NATURAL = ("natural", "natural_person", "person", "individual")
_STEPS = {"verif": "verification", "identity": "verification", "confirm": "confirmation"}


def verify(case: Case) -> Answer:
    """Answer how well a person is known and what follows (VER-01 to VER-16)."""
    policy, kind = facts.revision(case), read.request_type(case)
    place, dates = read.residency(case), _dates(case, policy)
    requester = facts.requester(case)
    question = Question(
        request_type=kind,
        residency=place,
        requester=requester,
        sensitive=facts.said(case, "sensitive"),
        erases=facts.said(case, "erases", "also_delete", "delete_too", "delete_data"),
    )
    judged = verification.assess(
        policy,
        question,
        _evidence(case, policy, requester),
        window_open=facts.window_open(case, dates.window_closes_at if dates else None),
    )
    return {
        "verification_outcome": judged.outcome.value,
        "points_counted": judged.points_counted,
        "points_required": judged.points_required,
        "declaration_required": judged.declaration_required,
        "fraud_flag": judged.fraud_flag,
        "ambiguous": judged.ambiguous,
        "response_due": dates.response_due.isoformat() if dates else None,
        "window_closes_utc": read.utc(dates.window_closes_at) if dates else None,
    }


def agent(case: Case) -> Answer:
    """Answer whether an agent may act, or whether a company may ask so much (AGT-01 to AGT-08)."""
    if not any(key in case for key in _ABOUT_ONE_AGENT):
        return {"config_valid": _may_be_asked(case)}
    policy, authority = facts.revision(case), _authority(case)
    outcome = agents.assess_agent(
        policy,
        read.request_type(case, RequestType.DELETE),
        read.residency(case),
        authority,
        window_open=facts.window_open(case, None),
    )
    to_agent = agents.reader(authority) is Reader.REQUESTER
    answer: Answer = {
        "agent_outcome": outcome.value,
        "delivery": "agent" if to_agent else "consumer",
    }
    return answer | ({"config_valid": _may_be_asked(case)} if "config" in case else {})


DOORS = {"verification": verify, "agent": agent}


def _dates(case: Case, policy: Policy) -> clocks.RequestDates | None:
    received_at = facts.received_at(case)
    if received_at is None:
        return None
    kind, place = read.request_type(case), read.residency(case)
    return clocks.request_dates(policy, kind, place, received_at)


def _evidence(case: Case, policy: Policy, requester: Requester) -> Evidence:
    points = [_point(row, policy) for row in read.rows(case.get("data_points") or [], "points")]
    contested = {facts.point_kind(name) for name in facts.many(case.get("contested_fields"))}
    counted = verification.count_points(policy, read.request_type(case), points, contested)
    stated = {} if points else _stated_counts(case.get("points_counted"))
    return counted.model_copy(
        update={
            **stated,
            "account": read.word(AccountRoute, str(case.get("account") or AccountRoute.NONE)),
            "declaration": declarations.is_valid(_declaration(case, requester), requester),
        }
    )


def _stated_counts(value: object) -> dict[str, object]:
    """Read counts that somebody has made: one number, or one for each person (VER-18)."""
    if value is None:
        return {}
    each = value.values() if isinstance(value, Mapping) else facts.many(value)
    counts = sorted(read.whole(count, "points_counted") for count in each) or [0]
    return {"points_counted": counts[-1], "counts_of_others": tuple(counts[:-1])}


def _point(row: Case, policy: Policy) -> Point:
    kind = facts.point_kind(read.needed(row, "name", "point", "kind"))
    fact, person = read.first_of(row, "value", "fact"), read.first_of(row, "person", "person_id")
    return Point(
        kind=kind,
        matched=facts.said(row, "matched", "match", "matches"),
        reliable=_reliable(row, kind, policy),
        fact=None if fact is None else str(fact).strip().casefold(),
        person=None if person is None else str(person),
    )


def _reliable(row: Case, kind: str, policy: Policy) -> bool:
    stated = facts.maybe(row, "reliable")
    if stated is not None or kind not in set(PointOfIdentity):
        return bool(stated)
    proved = facts.said(row, "control_proved", "proved")
    return policy.verification.is_reliable(PointOfIdentity(kind), control_proved=proved)


def _declaration(case: Case, requester: Requester) -> Declaration | None:
    stated = case.get("declaration")
    signer = _signer(case, requester)
    if signer is None:
        return None
    if isinstance(stated, Mapping):
        whole = {name: facts.said(stated, name) for name in _BROKEN.values()}
        return Declaration(signer=signer, **whole)
    if stated is True or stated in ("valid", "signed"):
        return Declaration(signer=signer)
    flaw = _flaw(stated)
    return Declaration.model_validate({"signer": signer, flaw: False}) if flaw else None


def _flaw(stated: object) -> str | None:
    word = str(stated or "none")
    if word != "none" and word not in _BROKEN:
        known = ", ".join(("none", "valid", *_BROKEN))
        raise read.CaseUnreadable(f"`declaration` is none of {known}: {word}; write one of them.")
    return _BROKEN.get(word)


def _signer(case: Case, requester: Requester) -> Signer | None:
    stated = case.get("declaration")
    inner = stated.get("signer") if isinstance(stated, Mapping) else None
    keys = ("declaration_signer", "declaration_wording", "declared_as", "signed_by")
    named = inner or read.first_of(case, *keys)
    if named is None:
        return declarations.signer_for(requester)
    words = facts.plain(named)
    return next((signer for signer in Signer if signer.value in words), None)


def _authority(case: Case) -> agents.Authority:
    kind = _agent_kind(case)
    requester = str(case.get("requester") or "").lower()
    conservator = Requester.CONSERVATOR in (kind, requester)
    return agents.Authority(
        entity=kind in _ENTITIES,
        entity_registered=facts.said(case, "entity_registered", "registered"),
        signed_permission=_permission(case),
        power_of_attorney=_power(case),
        letters_of_conservatorship=facts.said(
            case, "letters_of_conservatorship", "conservatorship_letters", "letters"
        )
        or (conservator and facts.said(case, "proof")),
        consumer_verified=facts.said(case, "consumer_verified_at_tier", "consumer_verified"),
        consumer_confirmed=facts.said(
            case, "consumer_confirmed_permission", "consumer_confirmed", "permission_confirmed"
        ),
        may_receive_answer=facts.said(
            case,
            "agent_may_receive",
            "permission_covers_receipt",
            "permission_allows_receipt",
            "may_receive",
            "expressly_lets_agent_receive",
        ),
    )


def _agent_kind(case: Case) -> str:
    kind = facts.plain(read.first_of(case, "agent_kind", "kind") or _NATURAL[0])
    if kind not in (*_NATURAL, *_ENTITIES, Requester.CONSERVATOR):
        raise read.CaseUnreadable(
            f"`agent_kind` is neither natural nor entity: {kind}; write one of them."
        )
    return kind


def _permission(case: Case) -> bool:
    value = case.get("signed_permission")
    if isinstance(value, Mapping):
        return facts.yes(value.get("signed", True))
    return facts.yes(value) and value != "unsigned"


def _power(case: Case) -> agents.PowerOfAttorney | None:
    value = read.first_of(case, "poa", "power_of_attorney")
    if not isinstance(value, Mapping):
        whole = facts.yes(value) and value != "invalid"
        return agents.PowerOfAttorney(dated=True, signed=True, notarized=True) if whole else None
    section = read.first_of(value, "section", "probate_section", "probate_code_section")
    witnesses = read.first_of(value, "adult_witnesses", "witnesses")
    revoked = facts.said(value, "revoked", "expired")
    return agents.PowerOfAttorney(
        dated=facts.said(value, "dated", "date") and not revoked,
        signed=facts.said(value, "signed", "principal_signature"),
        notarized=facts.said(value, "notarized", "notarised"),
        adult_witnesses=0 if witnesses is None else read.whole(witnesses, "adult_witnesses"),
        section=None if section is None else read.whole(section, "section"),
    )


def _may_be_asked(case: Case) -> bool:
    config = case.get("config", case)
    asked = set(_asked(config))
    return agents.may_be_asked(
        verification="verification" in asked,
        confirmation="confirmation" in asked,
        power_of_attorney="power" in asked,
    )


def _asked(config: object) -> list[str]:
    """Name what a company asks for, from switches that are on or from a list of steps."""
    if isinstance(config, Mapping):
        switches = [(str(key), value) for key, value in config.items()]
    else:
        switches = [(str(step), True) for step in facts.many(config)]
    found = []
    for key, value in switches:
        words = key if isinstance(value, bool) else f"{key} {value}"
        found += _steps(words.lower()) if facts.yes(value) else []
    return found


def _steps(words: str) -> list[str]:
    if "both" in words:
        return ["verification", "confirmation"]
    if "poa" in words or "power" in words:
        demanded = "require" in words or "demand" in words or "must" in words
        return ["power"] if demanded else []
    if "permission" in words and "identity" not in words:
        return ["confirmation"] if "confirm" in words or "verif" in words else []
    return [step for word, step in _STEPS.items() if word in words][:1]
