"""What the metrics page shows, gathered once: the period, its requests, the forecast, the year."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain import policies
from domain.calendar import holidays
from domain.days import local_date, local_instant
from domain.metrics import Figures, Group, yearly_figures
from domain.months import months_before
from domain.pace import Forecast, Owed, forecast
from domain.workload import Handled, Month, Span, by_month, median_days, spread
from records.connection import Connection
from records.outcomes import Standing, outcomes, standings

LONGEST = timedelta(days=120)
"""What is answered within a period was received at most so long before it."""


@dataclass(frozen=True)
class TeamFigures:
    """The requests of some months, up to today."""

    today: date
    first: date
    months: tuple[Month, ...]
    received: tuple[Handled, ...]
    answered: tuple[Handled, ...]
    open: int
    forecast: Forecast

    @property
    def decided(self) -> tuple[Handled, ...]:
        """The answers of the period to requests that somebody had to decide."""
        return tuple(each for each in self.answered if each.takes_work)

    @property
    def spans(self) -> tuple[Span, ...]:
        """How long those took."""
        return spread(self.decided)

    @property
    def median_days(self) -> float | None:
        """The days by which half of those had come."""
        return median_days(self.decided)

    @property
    def share_in_time(self) -> float | None:
        """The part of all answers of the period that came in time, from 0 to 1."""
        in_time = sum(each.in_time for each in self.answered)
        return in_time / len(self.answered) if self.answered else None

    @property
    def received_lately(self) -> int:
        """Requests of the last 30 days."""
        since = self.today - timedelta(days=30)
        return sum(each.received_on > since for each in self.received)


async def team_figures(conn: Connection, now: datetime, months: int) -> TeamFigures:
    """Gather the figures of the last ``months`` calendar months, the current one among them."""
    policy = policies.in_force_at(now)
    today = local_date(now, policy)
    first = months_before(today.replace(day=1), months - 1)
    since = local_instant(first - LONGEST, datetime.min.time(), policy)
    found = await standings(conn, since)
    handled = [_handled(each) for each in found]
    unanswered = [each for each in found if not (each.closed or each.answered_at)]
    return TeamFigures(
        today=today,
        first=first,
        months=by_month(handled, first, months),
        received=tuple(each for each in handled if each.received_on >= first),
        answered=tuple(each for each in handled if each.answered_on and each.answered_on >= first),
        open=sum(not each.closed for each in found),
        forecast=forecast(
            _owed([_handled(each) for each in unanswered]),
            [each.answered_on for each in handled if each.takes_work and each.answered_on],
            today,
            holidays(policy),
        ),
    )


async def figures_of_year(conn: Connection, year: int) -> Mapping[Group, Figures]:
    """Return the figures that the law asks for, of the requests received in a year (MET-02)."""
    return yearly_figures(policies.nearest_to(date(year, 12, 31)), year, await outcomes(conn))


def _handled(one: Standing) -> Handled:
    policy = policies.nearest_to(one.received_at.date())
    return Handled(
        request_id=one.request_id,
        request_type=one.request_type,
        received_on=local_date(one.received_at, policy),
        due=local_date(one.respond_by, policy) if one.respond_by else None,
        answered_on=local_date(one.answered_at, policy) if one.answered_at else None,
        outcome=one.outcome,
    )


def _owed(unanswered: Sequence[Handled]) -> list[Owed]:
    return [
        Owed(request_id=each.request_id, due=each.due)
        for each in unanswered
        if each.takes_work and each.due
    ]
