"""What happens with a request: its steps, letters, possible outcomes, and who must approve."""

from collections.abc import Iterator, Mapping

from pydantic import BaseModel, ConfigDict

from domain import frequency, recipients, verification
from domain.decisions.outcome import is_answered_by_letter, outcome_letter
from domain.notice_words import DirectedAction
from domain.paths import PATHS, Fulfilment, Path, Proof
from domain.policy import Policy
from domain.policy_terms.staff import IdentityLevel, Role
from domain.state import RequestState
from domain.vocabulary import (
    Decision,
    NoticeKind,
    Requester,
    RequestType,
    Residency,
    VerificationOutcome,
)

NO_REQUEST = "PR-0000-0000"
"""Stands in for the number of a request that does not exist."""

_FULFILMENT = {
    Fulfilment.ERASE: ("plan the erasure, erase, prove that nothing is left", "DEL-05"),
    Fulfilment.TREAT_AS_OPT_OUT: ("apply the opt-out", "DEL-10"),
    Fulfilment.COLLECT: ("have providers that return copies send theirs: return_copy", "KNO-02"),
    Fulfilment.DISCLOSE: ("gather the data, redact it, have staff review the package", "KNO-02"),
    Fulfilment.CORRECT: ("write the corrected values and pin them", "COR-04"),
    Fulfilment.CHOOSE: ("apply the choice and put it on record", "OPT-01"),
    Fulfilment.DEACTIVATE: ("deactivate, so that it can be undone", "REQ-16"),
}
_DECIDED_BY = {
    Fulfilment.ERASE: "DEL-01",
    Fulfilment.DISCLOSE: "KNO-06",
    Fulfilment.CORRECT: "COR-01",
    Fulfilment.DEACTIVATE: "REQ-16",
    Fulfilment.CHOOSE: "OPT-03",
    Fulfilment.TREAT_AS_OPT_OUT: "DEL-10",
}
_OUTCOMES = {
    Fulfilment.ERASE: (
        Decision.GRANT,
        Decision.GRANT_PARTIAL,
        Decision.DENY,
        Decision.NO_DATA,
    ),
    Fulfilment.DISCLOSE: (
        Decision.GRANT,
        Decision.GRANT_PARTIAL,
        Decision.DENY,
        Decision.NO_DATA,
    ),
    Fulfilment.CORRECT: (Decision.GRANT, Decision.GRANT_PARTIAL, Decision.DENY),
    Fulfilment.DEACTIVATE: (Decision.GRANT, Decision.DENY),
    Fulfilment.CHOOSE: (Decision.GRANT,),
}
_UNVERIFIED = {
    VerificationOutcome.UNVERIFIED_DENY: Decision.UNVERIFIED_DENY,
    VerificationOutcome.UNVERIFIED_TREAT_AS_OPT_OUT: Decision.UNVERIFIED_TREAT_AS_OPT_OUT,
    VerificationOutcome.DOWNGRADE_TO_CATEGORIES: Decision.GRANT_PARTIAL,
}
_ACTIONS = ("approve", "deny", "extend_deadline")


class Step(BaseModel):
    """One stage of the procedure and the rule that asks for it."""

    model_config = ConfigDict(frozen=True)

    what: str
    rule: str


class PlannedLetter(BaseModel):
    """A letter that is or may become due."""

    model_config = ConfigDict(frozen=True)

    notice: NoticeKind
    when: str
    rule: str


class PossibleOutcome(BaseModel):
    """How the request can end, and the letter that says so."""

    model_config = ConfigDict(frozen=True)

    decision: Decision
    when: str
    notice: NoticeKind | None


class Approver(BaseModel):
    """Who must take an action, how well known, and how many of them."""

    model_config = ConfigDict(frozen=True)

    action: str
    role: Role
    identity: IdentityLevel
    people: int


_DIRECTED: Mapping[DirectedAction, str] = {
    DirectedAction.DELETE: "direct every provider that may hold what was found",
    DirectedAction.CORRECT: "direct every provider that may hold what was corrected",
    DirectedAction.STOP_SALE_SHARING: "tell those to whom data is sold or shared",
    DirectedAction.LIMIT: "direct every provider that may hold sensitive data",
    DirectedAction.SUPPRESS: "direct every provider that has a marketing list",
}


def steps_of(path: Path, *, asks_authority: bool) -> tuple[Step, ...]:
    """Return the stages in the order in which they are walked."""
    return tuple(_steps(path, asks_authority=asks_authority))


def letters_of(
    policy: Policy,
    request_type: RequestType,
    residency: Residency,
    *,
    acts: bool,
    asks_authority: bool,
    lacks: bool,
    excess: bool,
    reported: bool = False,
) -> tuple[PlannedLetter, ...]:
    """Return the letters on the way to the answer; outcomes name those that tell them.

    ``acts`` says that somebody asks for the consumer, ``asks_authority`` that they still have to
    show that they may.
    """
    clock = policy.clock_for(request_type, residency)
    needs_proof = verification.is_required(policy, request_type, residency)
    proves = needs_proof or _takes_two_steps(request_type)
    held: tuple[tuple[bool, NoticeKind, str, str], ...] = (
        (
            clock.acknowledge_within is not None or proves or acts or reported,
            NoticeKind.ACKNOWLEDGEMENT,
            "on the day of receipt",
            "CLK-01",
        ),
        (asks_authority, NoticeKind.AGENT_PROOF, "until authority is shown", "AGT-01"),
        (needs_proof and lacks, NoticeKind.MORE_INFORMATION, "while proof is missing", "VER-16"),
        (excess, NoticeKind.FEE_ESTIMATE, "if the privacy officer quotes a fee", "FEE-03"),
        (clock.extension is not None, NoticeKind.EXTENSION, "if staff extend in time", "CLK-05"),
        (True, NoticeKind.LATE_ANSWER, "on the day of a missed date, if it is missed", "CLK-16"),
        (
            _directs(request_type),
            NoticeKind.PROVIDER_DIRECTION,
            "to each provider that it concerns",
            "SVC-08",
        ),
        (
            request_type in recipients.OPT_OUTS or _erases(request_type),
            NoticeKind.THIRD_PARTY_NOTICE,
            "to third parties to whom data was sold or shared",
            "SVC-08",
        ),
    )
    return tuple(
        PlannedLetter(notice=notice, when=when, rule=rule)
        for holds, notice, when, rule in held
        if holds
    )


def outcomes_of(
    policy: Policy,
    request_type: RequestType,
    residency: Residency,
    *,
    excess: bool,
    requester: Requester = Requester.CONSUMER,
) -> tuple[PossibleOutcome, ...]:
    """Return every way in which the request can end."""
    return tuple(
        PossibleOutcome(
            decision=decision, when=when, notice=_letter(request_type, requester, decision)
        )
        for decision, when in _outcomes(policy, request_type, residency, excess=excess)
    )


def approvers_of(
    policy: Policy, request_type: RequestType, *, excess: bool
) -> tuple[Approver, ...]:
    """Return who must decide; what the law has done without a decision needs nobody."""
    path = PATHS.get(request_type)
    actions = () if path is None or path.by_rule else _ACTIONS
    extra = ("quote_fee", "serve_although_excess") if excess else ()
    rows = (policy.approval_for(action, request_type) for action in (*actions, *extra))
    return tuple(
        Approver(action=row.action, role=row.role, identity=row.identity, people=row.people)
        for row in rows
        if row is not None
    )


def _steps(path: Path, *, asks_authority: bool) -> Iterator[Step]:
    yield Step(what="register the request, pin the policy, confirm receipt", rule="CLK-01")
    if asks_authority:
        yield Step(what="check the authority of whoever asks", rule="AGT-01")
    if path.proof is Proof.IDENTITY:
        yield Step(what="match the points, prove the address", rule="VER-16")
    elif path.proof is Proof.CONFIRMATION:
        yield Step(what="have the second step confirmed", rule="OPT-07")
    for fulfilment in path.at_once:
        what, rule = _FULFILMENT[fulfilment]
        yield Step(what=f"at once: {what}", rule=rule)
    if path.proof is Proof.NOTHING and not path.by_rule:
        yield Step(what="staff record how the age was established", rule="MIN-06")
    if not path.by_rule:
        yield Step(what="staff decide", rule=_DECIDED_BY[path.fulfilment[-1]])
    for fulfilment in path.fulfilment:
        what, rule = _FULFILMENT[fulfilment]
        yield Step(what=what, rule=rule)
    if path.directs is not None and path.directs in _DIRECTED:
        yield Step(what=f"{_DIRECTED[path.directs]}: {path.directs.value}", rule="SVC-01")
    yield Step(
        what="answer by letter, then close when providers have had their word", rule="SVC-02"
    )
    yield Step(what="keep the record, then destroy its key", rule="REC-01")


def _outcomes(
    policy: Policy, request_type: RequestType, residency: Residency, *, excess: bool
) -> Iterator[tuple[Decision, str]]:
    path = PATHS.get(request_type)
    for decision in _OUTCOMES[path.fulfilment[-1]] if path else ():
        yield decision, "by what is held and decided"
    if request_type in (RequestType.OPT_OUT_SALE_SHARING, RequestType.LIMIT_SPI):
        yield Decision.DENY, "only on a documented belief of fraud"
    if verification.is_required(policy, request_type, residency):
        fallback = policy.tier_for(request_type, residency).if_unverified
        if fallback is VerificationOutcome.DOWNGRADE_TO_CATEGORIES:
            yield Decision.GRANT_PARTIAL, "as categories, if known only well enough for those"
            yield Decision.UNVERIFIED_DENY, "if not even that when the window closes"
        else:
            yield _UNVERIFIED[fallback], "if not verified when the window closes"
    elif _takes_two_steps(request_type):
        yield Decision.UNVERIFIED_DENY, "if the second step is not taken in time"
    if excess and request_type in frequency.COUNTED:
        yield Decision.REFUSE_EXCESS, "by default, as one too many"
    if verification.is_required(policy, request_type, residency):
        yield Decision.DUPLICATE, "if the same person asked the same before and that is open"
    yield Decision.WITHDRAWN, "if the consumer takes it back"


def _letter(
    request_type: RequestType, requester: Requester, decision: Decision
) -> NoticeKind | None:
    if request_type not in PATHS:
        return None
    state = RequestState(
        request_id=NO_REQUEST, request_type=request_type, requester=requester, decision=decision
    )
    return outcome_letter(state)[0] if is_answered_by_letter(state) else None


def _takes_two_steps(request_type: RequestType) -> bool:
    path = PATHS.get(request_type)
    return path is not None and path.proof is Proof.CONFIRMATION


def _directs(request_type: RequestType) -> bool:
    path = PATHS.get(request_type)
    return path is not None and path.directs is not None


def _erases(request_type: RequestType) -> bool:
    path = PATHS.get(request_type)
    return path is not None and _is_erasure(path)


def _is_erasure(path: Path) -> bool:
    return Fulfilment.ERASE in path.fulfilment
