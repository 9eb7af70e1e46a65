"""How the team does: requests over time, days to respond, what became of each kind."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from itertools import pairwise
from statistics import median

from pydantic import BaseModel, ConfigDict

from domain.months import months_after
from domain.paths import PATHS
from domain.vocabulary import Decision, RequestType


class Handled(BaseModel):
    """One request, by the company's calendar; ``outcome`` is ``None`` while it is open."""

    model_config = ConfigDict(frozen=True)

    request_id: str
    request_type: RequestType
    received_on: date
    due: date | None
    answered_on: date | None
    outcome: Decision | None

    @property
    def days(self) -> int | None:
        """Days from receipt to answer."""
        return (self.answered_on - self.received_on).days if self.answered_on else None

    @property
    def in_time(self) -> bool:
        """Whether it was answered by its due date."""
        return self.answered_on is not None and (self.due is None or self.answered_on <= self.due)

    @property
    def takes_work(self) -> bool:
        """Whether somebody must decide; choices are carried out by rule."""
        path = PATHS.get(self.request_type)
        return path is None or not path.by_rule


class Month(BaseModel):
    """The figures of one calendar month, named by its first day."""

    model_config = ConfigDict(frozen=True)

    first: date
    received: int
    in_time: int
    late: int

    @property
    def answered(self) -> int:
        """Answers of the month."""
        return self.in_time + self.late

    @property
    def share(self) -> float | None:
        """The part of them that came in time, from 0 to 1; ``None`` without an answer."""
        return self.in_time / self.answered if self.answered else None


class Span(BaseModel):
    """How many answers took ``first`` to ``last`` days; without ``last`` more."""

    model_config = ConfigDict(frozen=True)

    first: int
    last: int | None
    in_time: int
    late: int


class Result(StrEnum):
    """What became of a request, as a team counts it."""

    GRANTED = "granted"
    PARTLY = "granted in part"
    NOTHING = "nothing held"
    DENIED = "denied"
    UNVERIFIED = "not verified"
    WITHDRAWN = "withdrawn"
    DUPLICATE = "asked twice"
    OPEN = "open"


_RESULTS = {
    None: Result.OPEN,
    Decision.GRANT: Result.GRANTED,
    Decision.GRANT_PARTIAL: Result.PARTLY,
    Decision.NO_DATA: Result.NOTHING,
    Decision.UNVERIFIED_DENY: Result.UNVERIFIED,
    Decision.UNVERIFIED_TREAT_AS_OPT_OUT: Result.UNVERIFIED,
    Decision.WITHDRAWN: Result.WITHDRAWN,
    Decision.DUPLICATE: Result.DUPLICATE,
}

_LAST_DAYS = (5, 10, 15, 20, 25, 30, 35, 40, 45, 60, 75, 90)


def by_month(handled: Sequence[Handled], first: date, months: int) -> tuple[Month, ...]:
    """Return the figures of ``months`` calendar months, the first being that of ``first``."""
    received = Counter(each.received_on.replace(day=1) for each in handled)
    answered = Counter(
        (each.answered_on.replace(day=1), each.in_time) for each in handled if each.answered_on
    )
    return tuple(
        Month(
            first=month,
            received=received[month],
            in_time=answered[month, True],
            late=answered[month, False],
        )
        for month in (months_after(first.replace(day=1), n) for n in range(months))
    )


def spread(handled: Iterable[Handled]) -> tuple[Span, ...]:
    """Return how many answers took how long, in spans of days that end at the law's dates."""
    answered = [(each.days, each.in_time) for each in handled if each.days is not None]
    edges = (-1, *_LAST_DAYS, None)
    return tuple(
        _span(answered, 0 if before is None else before + 1, last)
        for before, last in pairwise(edges)
    )


def median_days(handled: Iterable[Handled]) -> float | None:
    """Return the days by which half of the answers had come; ``None`` without an answer."""
    days = [each.days for each in handled if each.days is not None]
    return float(median(days)) if days else None


def by_type(handled: Iterable[Handled]) -> Mapping[RequestType, Mapping[Result, int]]:
    """Return what became of each kind of request, the most frequent kind first."""
    counted: dict[RequestType, Counter[Result]] = {}
    for each in handled:
        result = _RESULTS.get(each.outcome, Result.DENIED)
        counted.setdefault(each.request_type, Counter())[result] += 1
    return dict(sorted(counted.items(), key=lambda kind: (-kind[1].total(), kind[0])))


def _span(answered: Sequence[tuple[int, bool]], first: int, last: int | None) -> Span:
    within = [
        in_time for days, in_time in answered if first <= days and (last is None or days <= last)
    ]
    late = within.count(False)
    return Span(first=first, last=last, in_time=len(within) - late, late=late)
