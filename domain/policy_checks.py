"""Contradictions inside one policy revision that no single key shows."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import product
from typing import TYPE_CHECKING

from domain.policy_problems import Path
from domain.policy_terms.clocks import Clock
from domain.policy_terms.identity import Tier
from domain.vocabulary import RequestType, Residency

if TYPE_CHECKING:
    from domain.policy import Policy

Contradiction = tuple[Path, str]

_ACTIONS_EVERYBODY_NEEDS = ("approve", "deny", "extend_deadline")
_ACTIONS_WITH_REASONS = (*_ACTIONS_EVERYBODY_NEEDS, "quote_fee")


def contradictions(policy: "Policy") -> list[Contradiction]:
    """Return everything in ``policy`` that cannot be kept, with its place and what to do."""
    return [
        *_coverage("clocks", policy.clocks),
        *_coverage("verification.tiers", policy.verification.tiers),
        *_clock_faults(policy.clocks),
        *_holiday_faults(policy),
        *_reason_faults(policy),
        *_agent_faults(policy),
        *_repeated_codes(policy),
    ]


def _coverage(section: str, rows: Iterable[Clock] | Iterable[Tier]) -> Iterator[Contradiction]:
    path: Path = tuple(section.split("."))
    pairs: Counter[tuple[RequestType, Residency]] = Counter()
    for row in rows:
        pairs.update(product(row.request_types, row.residencies))
    for request_type, residency in product(RequestType, Residency):
        count = pairs[request_type, residency]
        if count != 1:
            advice = "add it to one row" if count == 0 else "leave it in one row only"
            yield path, f"{request_type} from {residency} stands in {count} rows; {advice}"


def _clock_faults(clocks: tuple[Clock, ...]) -> Iterator[Contradiction]:
    for index, clock in enumerate(clocks):
        path: Path = ("clocks", index)
        yield from (((*path, *where), what) for where, what in _one_clock_faults(clock))


def _one_clock_faults(clock: Clock) -> Iterator[Contradiction]:
    days = min((period.days for period in clock.respond_within if period.days), default=None)
    last = clock.extension and clock.extension.at_most.days
    if days and last and last <= days:
        what = f"the longest time, {last} days, is not longer than the first, {days}; raise it"
        yield ("extension", "at_most"), what
    late = [n for n in clock.warnings.response.days if days and n >= days]
    if late:
        yield ("warnings", "response"), f"warn before day {days}; remove {late}"
    if clock.warnings.acknowledgement != type(clock.warnings.acknowledgement)() and (
        clock.acknowledge_within is None
    ):
        yield ("warnings", "acknowledgement"), "there is no acknowledge_within to warn of; add it"


def _holiday_faults(policy: "Policy") -> Iterator[Contradiction]:
    tables = policy.holidays.get(policy.calendar)
    if tables is None:
        yield ("calendar",), f"there is no holidays.{policy.calendar}; add it or name another"
        return
    for year in (policy.effective_from.year, policy.effective_from.year + 1):
        if year not in tables:
            yield ("holidays", policy.calendar), f"the holidays of {year} are missing; add them"
    for name, years in policy.holidays.items():
        for year, days in years.items():
            wrong = [day for day in days if day.year != year]
            if wrong:
                yield ("holidays", name, year), f"{wrong[0]} is not in {year}; move it"


def _reason_faults(policy: "Policy") -> Iterator[Contradiction]:
    for index, reason in enumerate(policy.reasons):
        if reason.action not in _ACTIONS_WITH_REASONS:
            known = ", ".join(_ACTIONS_WITH_REASONS)
            yield ("reasons", index, "action"), f"write one of {known}"
    for action in _ACTIONS_EVERYBODY_NEEDS:
        if all(reason.action != action for reason in policy.reasons):
            yield ("reasons",), f"staff could give no reason to {action}; add one"
        if all(row.action != action for row in policy.approvals):
            yield ("approvals",), f"nobody may {action}; add a row for it"


def _agent_faults(policy: "Policy") -> Iterator[Contradiction]:
    agents = policy.verification.agents
    if agents.consumer_verifies_directly and agents.consumer_confirms_permission:
        what = "the law lets you ask for one of the two, not both; set one to false"
        yield ("verification", "agents", "consumer_confirms_permission"), what


def _repeated_codes(policy: "Policy") -> Iterator[Contradiction]:
    tables: dict[Path, list[str]] = {
        ("reasons",): [f"{reason.action} {reason.code}" for reason in policy.reasons],
        ("clocks",): [clock.name for clock in policy.clocks],
        ("deletion", "exceptions"): [row.code for row in policy.deletion.exceptions],
        ("disclosure", "categories"): [row.code for row in policy.disclosure.categories],
        ("disclosure", "sources"): [row.code for row in policy.disclosure.sources],
        ("disclosure", "purposes"): [row.code for row in policy.disclosure.purposes],
        ("disclosure", "recipients"): [row.code for row in policy.disclosure.recipients],
        ("parameters",): [row.name for row in policy.parameters],
        ("rights",): [row.request_type for row in policy.rights],
    }
    for path, codes in tables.items():
        for code, count in Counter(codes).items():
            if count > 1:
                yield path, f"{code} stands here {count} times; keep one"
