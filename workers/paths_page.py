"""docs/requests.md: the path of each kind of request, drawn from the table of paths."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from domain.notice_words import DirectedAction
from domain.paths import PATHS, Fulfilment, Path, Proof
from domain.policy import Policy
from domain.policy_terms.base import EarliestOf, Period
from domain.policy_terms.identity import Tier
from domain.verification import points_asked
from domain.vocabulary import RequestType, Residency, VerificationOutcome

HOME = Residency.CA

_DONE = {
    Fulfilment.ERASE: "data erased,<br/>proved gone by a fresh search",
    Fulfilment.COLLECT: "copies fetched<br/>from providers",
    Fulfilment.DISCLOSE: "report compiled",
    Fulfilment.CORRECT: "right values written,<br/>read back",
    Fulfilment.CHOOSE: "choice stored",
    Fulfilment.DEACTIVATE: "switched off",
}
_TOLD = {
    DirectedAction.DELETE: "delete",
    DirectedAction.CORRECT: "correct",
    DirectedAction.STOP_SALE_SHARING: "stop selling and sharing",
    DirectedAction.LIMIT: "limit the use",
    DirectedAction.SUPPRESS: "stop marketing",
}
_UNPROVED = {
    VerificationOutcome.UNVERIFIED_DENY: "denied",
    VerificationOutcome.DOWNGRADE_TO_CATEGORIES: "only the categories<br/>are reported",
    VerificationOutcome.UNVERIFIED_TREAT_AS_OPT_OUT: "opted out of sale<br/>and sharing instead",
    VerificationOutcome.NOT_REQUIRED: "denied",
}


class Picture(NamedTuple):
    """What is drawn of a path; types of request with equal pictures share one."""

    letter_of_receipt: bool
    question: str
    unproved: str
    at_once: tuple[Fulfilment, ...]
    decision: str
    fulfilment: tuple[Fulfilment, ...]
    directs: DirectedAction | None


def page(policy: Policy) -> str:
    """Return the whole page, for the promises of one policy towards Californians."""
    return "\n".join((*_opening(policy), *_table(policy), *_drawings(policy)))


def _opening(policy: Policy) -> Iterator[str]:
    yield "# What happens to each kind of request"
    yield ""
    yield (
        "Every kind of request goes through the same procedure, `workflows/consumer_request.py`. "
        "What differs stands in one table, `domain/paths.py`, and every number in a policy."
    )
    yield (
        f"This page is drawn from the two, for a Californian under `{policy.version}`, by "
        "`.venv/bin/python -m workers.pages --write`; a test keeps it true."
    )
    yield ""
    yield (
        "Not drawn: an agent, parent or conservator also shows that they may ask; staff may "
        "extend a deadline; whoever asked may take the request back; a bare browser's signal "
        "has no address and gets no letter."
    )
    yield ""


def _table(policy: Policy) -> Iterator[str]:
    yield "## All kinds"
    yield ""
    yield "| a request … | `request_types` | asked first | decided by | answered within |"
    yield "| --- | --- | --- | --- | --- |"
    for request_type, path in PATHS.items():
        decided = "rule" if path.by_rule else "staff"
        yield (
            f"| {path.in_words} | `{request_type}` | {_asked(policy, request_type)}"
            f" | {decided} | {_promise(policy, request_type)} |"
        )
    yield ""


def _asked(policy: Policy, request_type: RequestType) -> str:
    path, tier = PATHS[request_type], _tier(policy, request_type)
    if path.proof is Proof.NOTHING:
        return "nothing"
    if path.proof is Proof.CONFIRMATION:
        return "a second yes, by link"
    needed = points_asked(policy, request_type, HOME)
    points = "1 matching point" if needed == 1 else f"{needed} matching points"
    more = f" ({tier.points_if_sensitive} if sensitive)" if tier.points_if_sensitive else ""
    return f"{points}{more}, address proved{', declaration signed' if tier.declaration else ''}"


def _promise(policy: Policy, request_type: RequestType) -> str:
    clock = policy.clock_for(request_type, HOME)
    longest = f", {_period(clock.extension.at_most)} if extended" if clock.extension else ""
    return f"{_earliest(clock.respond_within)}{longest}"


def _earliest(periods: EarliestOf) -> str:
    return " or ".join(_period(period) for period in periods)


def _period(period: Period) -> str:
    units = {"business days": period.business_days, "days": period.days, "months": period.months}
    return next(f"{count} {unit}" for unit, count in units.items() if count is not None)


def _drawings(policy: Policy) -> Iterator[str]:
    for picture, types in _pictures(policy).items():
        yield f"## {', '.join(f'`{each}`' for each in types)}"
        yield ""
        yield f"Requests {'; '.join(PATHS[each].in_words for each in types)}."
        yield ""
        yield "```mermaid"
        yield from _diagram(picture)
        yield "```"
        yield ""


def _pictures(policy: Policy) -> Mapping[Picture, list[RequestType]]:
    found: dict[Picture, list[RequestType]] = {}
    for request_type, path in PATHS.items():
        found.setdefault(_picture(policy, request_type, path), []).append(request_type)
    return found


def _picture(policy: Policy, request_type: RequestType, path: Path) -> Picture:
    tier = _tier(policy, request_type)
    proves = path.proof is not Proof.NOTHING
    return Picture(
        proves or policy.clock_for(request_type, HOME).acknowledge_within is not None,
        _question(policy, request_type),
        _UNPROVED[tier.if_unverified] if proves else "",
        path.at_once,
        _decision(request_type, path),
        path.fulfilment,
        path.directs,
    )


def _question(policy: Policy, request_type: RequestType) -> str:
    if PATHS[request_type].proof is Proof.NOTHING:
        return ""
    return _asked(policy, request_type).replace(", ", ",<br/>") + "?"


def _decision(request_type: RequestType, path: Path) -> str:
    if path.by_rule:
        return ""
    purge = request_type is RequestType.MINOR_PURGE
    return "staff establish the age,<br/>then decide" if purge else "staff decide"


def _diagram(picture: Picture) -> Iterator[str]:
    yield "flowchart LR"
    steps = list(_steps(picture))
    for (before, _, arrow), (after, shape, _) in pairwise(steps):
        yield f"  {before} -->{arrow} {after}{shape}"
    if picture.unproved:
        yield f'  proof -->|not in time| unproved["{picture.unproved}"] --> answered'
    if picture.decision:
        yield "  decision -->|deny| answered"


def _steps(picture: Picture) -> Iterator[tuple[str, str, str]]:
    """Give each step's node, its shape and words, and the words on the arrow that leaves it."""
    yield "received([received])", "", ""
    if picture.letter_of_receipt:
        yield "receipt", '["receipt confirmed<br/>by letter"]', ""
    if picture.question:
        yield "proof", f'{{{{"{picture.question}"}}}}', "|yes|"
    for kind in picture.at_once:
        yield f"{kind}_at_once", f'["{_DONE[kind]} at once"]', ""
    if picture.decision:
        yield "decision", f'{{{{"{picture.decision}"}}}}', "|approve|"
    for kind in picture.fulfilment:
        yield kind, f'["{_DONE[kind]}"]', ""
    if picture.directs in _TOLD:
        yield "providers", f'["service providers told<br/>to {_TOLD[picture.directs]}"]', ""
    yield "answered", '["answered<br/>by letter"]', ""
    last = "closed after every provider's<br/>last word" if picture.directs else "closed"
    yield "closed", f'(["{last}"])', ""


def _tier(policy: Policy, request_type: RequestType) -> Tier:
    return policy.tier_for(request_type, HOME)
