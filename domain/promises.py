"""What a policy revision promises, in words, and what another revision changes about it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from pydantic import BaseModel, ConfigDict

from domain.policy import Policy
from domain.policy_terms.base import Period
from domain.vocabulary import RequestType, Residency

_MATERIAL_SECTIONS = (
    "business",
    "rights",
    "deletion",
    "correction",
    "frequency",
    "fees",
    "broker",
    "opt_out",
    "minors",
    "disclosure",
    "retention",
    "parameters",
    "verification",
)
_INTERNAL_SECTIONS = (
    "title",
    "time_zone",
    "warn_at",
    "calendar",
    "holidays",
    "clocks",
    "approvals",
    "reasons",
    "providers",
    "links",
    "mail",
    "metrics",
    "conflicts",
)
_ROW_NAMES = ("code", "name", "row", "field_type", "point", "request_type", "since", "action")
_NOTHING = "nothing"
_TOLD_BY_REQUEST: dict[str, Any] = {
    "clocks": {
        "__all__": {
            "request_types": True,
            "residencies": True,
            "acknowledge_within": True,
            "respond_within": True,
            "target": True,
            "evidence_window_closes": True,
            "extension": {"at_most"},
            "appeal": {"answer_within"},
        }
    },
    "verification": {"tiers"},
}
"""What is said once for each type of request, and not again with its section."""

Promises = dict[tuple[str, str], str]
"""From (whom or what it is about, what is promised) to what the revision says."""


class Change(BaseModel):
    """One promise that differs; ``material`` where people were told the old one."""

    model_config = ConfigDict(frozen=True)

    about: tuple[str, ...]
    promise: str
    before: str
    after: str
    material: bool

    def __str__(self) -> str:
        subject = ": ".join(part for part in ("; ".join(self.about), self.promise) if part)
        return f"{subject}: {self.before} → {self.after}"


def changes(older: Policy, newer: Policy) -> tuple[Change, ...]:
    """Return every promise that ``newer`` changes, the material ones first.

    A change that is the same for several types of request is one change about all of them.
    """
    by_request = _grouped(_differing(_request_promises(older), _request_promises(newer)))
    material = _differing(
        _sections(older, _MATERIAL_SECTIONS), _sections(newer, _MATERIAL_SECTIONS)
    )
    internal = _differing(
        _sections(older, _INTERNAL_SECTIONS), _sections(newer, _INTERNAL_SECTIONS)
    )
    return (
        *by_request,
        *(_change(row, material=True) for row in material),
        *(_change(row, material=False) for row in internal),
    )


def in_words(periods: Sequence[Period] | None) -> str:
    """Return periods in words: ``30 days or 1 month, whichever ends first``."""
    if not periods:
        return _NOTHING
    ending = ", whichever ends first" if len(periods) > 1 else ""
    return " or ".join(_period(period) for period in periods) + ending


_Row = tuple[str, str, str, str]


def _differing(before: Promises, after: Promises) -> list[_Row]:
    keys = list(before) + [key for key in after if key not in before]
    return [
        (*key, before.get(key, _NOTHING), after.get(key, _NOTHING))
        for key in keys
        if before.get(key, _NOTHING) != after.get(key, _NOTHING)
    ]


def _grouped(rows: list[_Row]) -> Iterator[Change]:
    groups: dict[tuple[str, str, str], list[str]] = {}
    for about, promise, before, after in rows:
        groups.setdefault((promise, before, after), []).append(about)
    for (promise, before, after), requests in groups.items():
        places = _by_place(requests)
        yield Change(about=places, promise=promise, before=before, after=after, material=True)


def _by_place(requests: list[str]) -> tuple[str, ...]:
    places: dict[str, list[str]] = {}
    for request in requests:
        kind, _, place = request.partition(" from ")
        places.setdefault(place, []).append(kind)
    return tuple(f"{', '.join(kinds)} from {place}" for place, kinds in places.items())


def _change(row: _Row, *, material: bool) -> Change:
    about, promise, before, after = row
    return Change(about=(about,), promise=promise, before=before, after=after, material=material)


def _request_promises(policy: Policy) -> Promises:
    return {
        (f"{kind} from {place}", promise): value
        for kind, place in product(RequestType, Residency)
        for promise, value in {
            **_dates(policy, kind, place),
            **_identity(policy, kind, place),
        }.items()
    }


def _dates(policy: Policy, kind: RequestType, place: Residency) -> dict[str, str]:
    clock = policy.clock_for(kind, place)
    appeal = clock.appeal.answer_within if clock.appeal else None
    return {
        "receipt is confirmed within": _maybe(clock.acknowledge_within),
        "is answered within": in_words(clock.respond_within),
        "takes at most, with an extension": _maybe(
            clock.extension.at_most if clock.extension else None
        ),
        "takes effect within": in_words(clock.target),
        "proof is taken on the last day until": _text(clock.evidence_window_closes),
        "an appeal is answered within": in_words(appeal),
    }


def _identity(policy: Policy, kind: RequestType, place: Residency) -> dict[str, str]:
    tier = policy.tier_for(kind, place)
    sensitive = tier.points_if_sensitive
    points = str(tier.points) if sensitive is None else f"{tier.points}, {sensitive} if sensitive"
    return {
        "points of identity needed": points,
        "signed declaration needed": _text(tier.declaration),
        "if identity is not verified": tier.if_unverified.value,
    }


def _maybe(period: Period | None) -> str:
    return in_words((period,) if period else None)


def _period(period: Period) -> str:
    for unit, name in (("days", "day"), ("business_days", "business day"), ("months", "month")):
        count = getattr(period, unit)
        if count is not None:
            return f"{count} {name}" if count == 1 else f"{count} {name}s"
    return _NOTHING


def _sections(policy: Policy, names: Sequence[str]) -> Promises:
    dump = policy.model_dump(mode="json", exclude=_TOLD_BY_REQUEST)
    return {
        (_readable(name), " ".join(path)): value
        for name in names
        for path, value in _leaves(dump[name])
    }


def _leaves(node: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from _below(_readable(str(key)), value)
    elif isinstance(node, list) and node and isinstance(node[0], Mapping):
        for index, row in enumerate(node, start=1):
            yield from _below(_row_name(row, index), row)
    else:
        yield (), _text(node)


def _below(step: str, node: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    for path, value in _leaves(node):
        yield (step, *path), value


def _row_name(row: Mapping[str, Any], index: int) -> str:
    name = next((str(row[key]) for key in _ROW_NAMES if row.get(key)), str(index))
    prefix = f"{row['action']} " if "action" in row and name != row["action"] else ""
    return prefix + name


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_text(each) for each in value) or _NOTHING
    return _NOTHING if value in (None, "") else str(value)


def _readable(name: str) -> str:
    return name.replace("_", " ")
